export { CodeEditor, type CodeEditorProps, loadEditor, type Marker, preloadEditor } from './CodeEditor.tsx'
