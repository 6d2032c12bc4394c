import { useEffect, useRef } from 'react'
import { useTheme } from '../../../lib/index.ts'
import { applyTheme, LANGUAGES, monaco } from './monaco.ts'

export interface Marker {
  readonly message: string
  readonly severity: 'error' | 'warning'
  /** 1-based; an absent end marks to the end of the word. */
  readonly line: number
  readonly column: number
  readonly endLine?: number | undefined
  readonly endColumn?: number | undefined
}

export interface CodeEditorProps {
  value: string
  onChange: (value: string) => void
  language: keyof typeof LANGUAGES
  label: string
  markers?: readonly Marker[]
  /** A field of a form: as high as its text between these numbers of lines, without line numbers. */
  lines?: { min: number; max: number }
  onBlur?: () => void
  readOnly?: boolean
  /** Where to go, again whenever `turn` rises. */
  goto?: { line: number; column?: number; turn: number } | null
}

const LINE = 18

/** Monaco as a form field or as a whole view. Undo inside it is its own while it has the focus. */
export default function CodeEditor(props: CodeEditorProps) {
  const { value, language, label, markers, lines, readOnly = false, goto } = props
  const box = useRef<HTMLDivElement>(null)
  const editor = useRef<monaco.editor.IStandaloneCodeEditor>(null)
  const latest = useRef(props)
  latest.current = props
  const theme = useTheme()
  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes is told to it below
  useEffect(() => {
    applyTheme()
    const model = monaco.editor.createModel(value, LANGUAGES[language])
    const field = lines !== undefined
    const made = monaco.editor.create(box.current!, {
      model,
      ariaLabel: label,
      fontFamily: '"JetBrains Mono Variable", monospace',
      fontSize: 12,
      lineHeight: LINE,
      tabSize: 2,
      minimap: { enabled: false },
      lineNumbers: field ? 'off' : 'on',
      glyphMargin: false,
      folding: !field,
      lineDecorationsWidth: field ? 8 : 12,
      lineNumbersMinChars: field ? 0 : 4,
      overviewRulerLanes: field ? 0 : 2,
      renderLineHighlight: field ? 'none' : 'line',
      scrollBeyondLastLine: false,
      wordWrap: field ? 'on' : 'off',
      automaticLayout: true,
      fixedOverflowWidgets: true,
      padding: { top: 4, bottom: 4 },
      scrollbar: { alwaysConsumeMouseWheel: false, verticalScrollbarSize: 8, horizontalScrollbarSize: 8 },
      quickSuggestions: false,
      contextmenu: !field,
      tabFocusMode: field,
      readOnly,
    })
    editor.current = made
    const changed = made.onDidChangeModelContent(() => {
      const next = model.getValue()
      if (next !== latest.current.value) latest.current.onChange(next)
    })
    const blurred = made.onDidBlurEditorText(() => latest.current.onBlur?.())
    const sized = field && made.onDidContentSizeChange(({ contentHeight }) => resize(contentHeight))
    const resize = (height: number) => {
      if (!box.current || !lines) return
      box.current.style.height = `${Math.max(lines.min * LINE + 8, Math.min(lines.max * LINE + 8, height))}px`
    }
    resize(made.getContentHeight())
    return () => {
      changed.dispose()
      blurred.dispose()
      if (sized) sized.dispose()
      made.dispose()
      model.dispose()
      editor.current = null
    }
  }, [])
  useEffect(() => {
    const model = editor.current?.getModel()
    if (model && model.getValue() !== value) model.setValue(value)
  }, [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme's tokens are read anew
  useEffect(() => applyTheme(), [theme])
  useEffect(() => {
    const model = editor.current?.getModel()
    if (model)
      monaco.editor.setModelMarkers(
        model,
        'millrace',
        (markers ?? []).map((marker) => markerOf(model, marker)),
      )
  }, [markers])
  useEffect(() => {
    if (!goto || !editor.current) return
    const position = { lineNumber: goto.line, column: goto.column ?? 1 }
    editor.current.setPosition(position)
    editor.current.revealPositionInCenter(position)
    editor.current.focus()
  }, [goto])
  return <div ref={box} style={{ height: lines ? lines.min * LINE + 8 : '100%' }} />
}

function markerOf(model: monaco.editor.ITextModel, marker: Marker): monaco.editor.IMarkerData {
  const line = Math.min(Math.max(1, marker.line), model.getLineCount())
  const word = model.getWordAtPosition({ lineNumber: line, column: marker.column })
  return {
    message: marker.message,
    severity: marker.severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
    startLineNumber: line,
    startColumn: marker.column,
    endLineNumber: marker.endLine ?? line,
    endColumn: marker.endColumn ?? Math.max(marker.column + 1, word?.endColumn ?? 0),
  }
}
