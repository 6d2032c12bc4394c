/** What Monaco's editor stands on: commands, keys, services, text. */
import 'monaco-editor/editor/browser/editorExtensions.js'
