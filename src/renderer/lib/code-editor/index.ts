export { CodeEditor, type CodeEditorProps, LazyEditor, type Marker, preloadEditor } from './CodeEditor.tsx'
