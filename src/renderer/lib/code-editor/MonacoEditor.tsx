import * as monaco from 'monaco-editor/editor/editor.api'
import { useEffect, useRef, useState } from 'react'
import { type MenuItem, PointMenu } from '../../ui/index.ts'
import type { CodeEditorProps, Marker } from './CodeEditor.tsx'
import { endLinesByEnter } from './monaco/enter.ts'
import { LANGUAGES } from './monaco/languages.ts'

const LINE = 18

/** Monaco as a form field or as a whole view. Undo inside it is its own while it has the focus. */
export default function MonacoEditor(props: CodeEditorProps) {
  const { value, language, markers, lines, readOnly = false, goto, label } = props
  const box = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  latest.current = props
  const [editor, setEditor] = useState<monaco.editor.IStandaloneCodeEditor | null>(null)
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null)
  // What belongs to the text; it goes before the editor does.
  useEffect(() => {
    if (!editor) return
    const model = monaco.editor.createModel(latest.current.value, LANGUAGES[language] ?? language)
    editor.setModel(model)
    const listeners = [
      editor.onDidChangeModelContent(() => {
        const next = model.getValue()
        if (next !== latest.current.value) latest.current.onChange?.(next)
      }),
      editor.onDidBlurEditorText(() => latest.current.onBlur?.()),
      ...(lines
        ? [editor.onDidContentSizeChange(({ contentHeight }) => resize(box.current, lines, contentHeight))]
        : []),
    ]
    if (lines) resize(box.current, lines, editor.getContentHeight())
    const leave = latest.current.onMount?.(editor, monaco)
    return () => {
      leave?.()
      for (const listener of listeners) listener.dispose()
      model.dispose()
    }
  }, [editor])
  // Made once, and after the box around it was painted: it measures the page, which would be laid out within the same task.
  useEffect(() => {
    let made: monaco.editor.IStandaloneCodeEditor | null = null
    let enter: monaco.IDisposable | undefined
    const cancel = afterPaint(() => {
      latest.current.onLoad?.(monaco)
      const { clientWidth: width, clientHeight: height } = box.current!
      made = monaco.editor.create(box.current!, {
        model: null,
        // Read before the editor is in the page: it would have the page laid out to measure the same.
        dimension: { width, height },
        ...optionsOf(latest.current),
      })
      if (!lines) made.getContainerDomNode().addEventListener('contextmenu', openMenu)
      if (latest.current.onRun)
        made.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => latest.current.onRun?.(), 'editorTextFocus')
      enter = endLinesByEnter(made)
      setEditor(made)
    })
    const openMenu = (event: MouseEvent) => {
      event.preventDefault()
      setMenuAt(placeOfMenu(made!, event))
    }
    return () => {
      cancel()
      made?.getContainerDomNode().removeEventListener('contextmenu', openMenu)
      enter?.dispose()
      made?.dispose()
      setEditor(null)
    }
  }, [])
  useEffect(() => {
    const model = editor?.getModel()
    if (model) replaceText(model, value)
  }, [editor, value])
  useEffect(() => {
    const model = editor?.getModel()
    if (model) monaco.editor.setModelLanguage(model, LANGUAGES[language] ?? language)
  }, [editor, language])
  useEffect(() => editor?.updateOptions({ readOnly, ariaLabel: label }), [editor, readOnly, label])
  useEffect(() => {
    const model = editor?.getModel()
    if (model)
      monaco.editor.setModelMarkers(
        model,
        'millrace',
        (markers ?? []).map((marker) => markerOf(model, marker)),
      )
  }, [editor, markers])
  useEffect(() => {
    if (!goto || !editor) return
    const position = { lineNumber: goto.line, column: goto.column ?? 1 }
    editor.setPosition(position)
    editor.revealPositionInCenterIfOutsideViewport(position)
    editor.focus()
  }, [editor, goto])
  return (
    <>
      <div ref={box} style={{ height: lines ? lines.min * LINE + 8 : '100%' }} />
      <PointMenu
        at={menuAt}
        items={menuAt && editor ? [...menuItems(props), ...clipboardItems(editor)] : []}
        onClose={() => setMenuAt(null)}
      />
    </>
  )
}

/** A task of its own, once what stands now was drawn. */
function afterPaint(work: () => void): () => void {
  let timer = 0
  const frame = requestAnimationFrame(() => {
    timer = window.setTimeout(work)
  })
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
}

function resize(box: HTMLElement | null, { min, max }: { min: number; max: number }, height: number): void {
  if (box) box.style.height = `${Math.max(min * LINE + 8, Math.min(max * LINE + 8, height))}px`
}

/** At the pointer, or below the cursor where the key opened it; a click outside the selection moves the cursor there first. */
function placeOfMenu(made: monaco.editor.IStandaloneCodeEditor, event: MouseEvent): { x: number; y: number } {
  const target = event.button === 2 ? made.getTargetAtClientPoint(event.clientX, event.clientY) : null
  if (target?.position) {
    if (!made.getSelection()?.containsPosition(target.position)) made.setPosition(target.position)
    return { x: event.clientX, y: event.clientY }
  }
  const frame = made.getDomNode()!.getBoundingClientRect()
  const cursor = made.getScrolledVisiblePosition(made.getPosition()!)
  return { x: frame.left + (cursor?.left ?? 0), y: frame.top + (cursor ? cursor.top + cursor.height : 0) }
}

function menuItems({ menu }: CodeEditorProps): readonly MenuItem[] {
  const own = menu?.() ?? []
  return own.length > 0 ? [...own, 'separator'] : own
}

function clipboardItems(made: monaco.editor.IStandaloneCodeEditor): MenuItem[] {
  const act = (action: string) => () => {
    made.focus()
    made.trigger('menu', action, null)
  }
  const readOnly = made.getOption(monaco.editor.EditorOption.readOnly)
  return [
    { title: 'Cut', shortcut: 'Mod+X', disabled: readOnly, onSelect: act('editor.action.clipboardCutAction') },
    { title: 'Copy', shortcut: 'Mod+C', onSelect: act('editor.action.clipboardCopyAction') },
    { title: 'Paste', shortcut: 'Mod+V', disabled: readOnly, onSelect: act('editor.action.clipboardPasteAction') },
    'separator',
    { title: 'Find', shortcut: 'Mod+F', onSelect: act('actions.find') },
    { title: 'Select all', shortcut: 'Mod+A', onSelect: act('editor.action.selectAll') },
  ]
}

function optionsOf(props: CodeEditorProps): monaco.editor.IStandaloneEditorConstructionOptions {
  const field = props.lines !== undefined
  return {
    ariaLabel: props.label,
    fontFamily: '"JetBrains Mono Variable", monospace',
    fontSize: field ? 12 : 13,
    lineHeight: field ? LINE : 20,
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
    quickSuggestions: props.suggest ?? false,
    suggest: { showStatusBar: false, preview: false, localityBonus: false },
    wordBasedSuggestions: 'off',
    occurrencesHighlight: 'off',
    contextmenu: false,
    tabFocusMode: field,
    readOnly: props.readOnly ?? false,
    ...(props.placeholder !== undefined && { placeholder: props.placeholder }),
  }
}

/** Puts another text in place by the smallest edit, so that the cursor and undo stay what they were. */
function replaceText(model: monaco.editor.ITextModel, text: string): void {
  const before = model.getValue()
  if (before === text) return
  let start = 0
  const shorter = Math.min(before.length, text.length)
  while (start < shorter && before[start] === text[start]) start++
  let tail = 0
  while (tail < shorter - start && before[before.length - 1 - tail] === text[text.length - 1 - tail]) tail++
  const from = model.getPositionAt(start)
  const to = model.getPositionAt(before.length - tail)
  model.pushStackElement()
  model.pushEditOperations(
    null,
    [{ range: monaco.Range.fromPositions(from, to), text: text.slice(start, text.length - tail) }],
    () => null,
  )
  model.pushStackElement()
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
