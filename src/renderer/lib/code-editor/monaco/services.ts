/** What the editor asks of the program around it. */
import 'monaco-editor/editor/standalone/browser/standaloneServices.js'
