export { CodeEditor, type CodeEditorProps, LazyEditor, type Marker } from './CodeEditor.tsx'
