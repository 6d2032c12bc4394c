/** How an editor draws its lines, and where. */
import 'monaco-editor/editor/browser/view.js'
