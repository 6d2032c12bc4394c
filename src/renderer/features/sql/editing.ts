import type { editor } from 'monaco-editor/editor/editor.api'
import { memory } from '../../lib/useRemembered.ts'
import { preview } from './execution.ts'
import { around } from './language/complete.ts'
import { describeModel, schemaFor } from './language/models.ts'
import { engineOf } from './model/header.ts'
import { namedIn } from './model/named.ts'
import { quoted } from './model/names.ts'
import { parametersOf, withParameters } from './model/parameters.ts'
import type { Session } from './session.ts'
import styles from './sql.module.css'
import { openTable } from './tables.ts'

type Monaco = typeof import('monaco-editor/editor/editor.api')

const mounted = new Map<string, editor.IStandaloneCodeEditor>()
let lastUsed: string | null = null

/** What parameters were given last. */
const knownValues = () => (memory.read('sql.parameters') ?? {}) as Record<string, string>

/** Whoever runs the text has done with writing it: a list that is open, or still asked for, would cover the result. */
export function endCompletion(made: editor.IStandaloneCodeEditor): void {
  made
    .getContribution<editor.IEditorContribution & { cancelSuggestWidget(): void }>('editor.contrib.suggestController')
    ?.cancelSuggestWidget()
}

/** Gives an editor its languages, its place in the window and what is dropped into it. */
export function mountEditor(
  made: editor.IStandaloneCodeEditor,
  monaco: Monaco,
  session: Session,
  onPlace: (place: { from: number; to: number }) => void,
): () => void {
  const model = made.getModel()!
  describeModel(model, {
    header: () => session.header,
    preview: (sql, rows, signal) => {
      const values = knownValues()
      if (parametersOf(sql, session.header.engine).some((name) => values[name] === undefined)) return null
      return preview(
        session.clients,
        { ...session.header, sql: withParameters(sql, values, session.header.engine) },
        rows,
        signal,
      )
    },
    look: (title, sql) => void session.looker.show(title, sql, knownValues()),
  })
  mounted.set(session.key, made)
  lastUsed = session.key
  const place = () => {
    const selection = made.getSelection()
    if (selection)
      onPlace({
        from: model.getOffsetAt(selection.getStartPosition()),
        to: model.getOffsetAt(selection.getEndPosition()),
      })
  }
  const links = definitions(made, monaco, session)
  made.addAction({
    id: 'millrace.definition',
    label: 'Go to definition',
    keybindings: [monaco.KeyCode.F12],
    run: () => links.go(made.getPosition()),
  })
  const listeners = [
    made.onDidChangeCursorSelection(place),
    made.onDidFocusEditorText(() => {
      lastUsed = session.key
    }),
    links,
  ]
  const undrop = acceptDrops(made)
  // The cursor starts under the header, where the query is.
  const first = /^(?:\s*--[^\n]*\n)+/.exec(model.getValue())?.[0].length ?? 0
  made.setPosition(model.getPositionAt(first))
  place()
  // Whoever walks a tree goes on walking it: keys such as Delete are meant for what is chosen there.
  if (!document.activeElement?.closest('[role=tree]')) made.focus()
  return () => {
    undrop()
    for (const listener of listeners) listener.dispose()
    mounted.delete(session.key)
  }
}

/** Names that lead somewhere: F12 and Ctrl+click go there; with Ctrl held they show that they do. */
function definitions(made: editor.IStandaloneCodeEditor, monaco: Monaco, session: Session) {
  const model = made.getModel()!
  const marked = made.createDecorationsCollection()
  const find = (position: { lineNumber: number; column: number }) => {
    const { header } = session
    const { sql, offset, start } = around(model.getValue(), model.getOffsetAt(position), header.engine)
    return { ...namedIn(sql, offset, schemaFor(header, model.getValue()), header), start }
  }
  const go = (position: { lineNumber: number; column: number } | null) => {
    if (!position) return
    const { table, cte, start } = find(position)
    if (cte) {
      const to = model.getPositionAt(start + cte.at)
      made.setPosition(to)
      made.revealPositionInCenterIfOutsideViewport(to)
    } else if (table) openTable(engineOf(session.header.engine), table)
  }
  const show = (
    event: { ctrlKey: boolean; metaKey: boolean },
    position: { lineNumber: number; column: number } | null,
  ) => {
    const word = position && (event.ctrlKey || event.metaKey) ? model.getWordAtPosition(position) : null
    const named = word && find(position!)
    const line = position?.lineNumber ?? 1
    marked.set(
      word && (named?.table ?? named?.cte)
        ? [
            {
              range: new monaco.Range(line, word.startColumn, line, word.endColumn),
              options: { inlineClassName: styles.link },
            },
          ]
        : [],
    )
  }
  const listeners = [
    made.onMouseDown((event) => {
      if (event.event.ctrlKey || event.event.metaKey) go(event.target.position)
    }),
    made.onMouseMove((event) => show(event.event, event.target.position)),
    made.onKeyUp(() => marked.clear()),
  ]
  return {
    go,
    dispose: () => {
      for (const listener of listeners) listener.dispose()
    },
  }
}

function acceptDrops(made: editor.IStandaloneCodeEditor): () => void {
  const box = made.getDomNode()!
  const ours = (event: DragEvent) => event.dataTransfer?.types.includes('application/x-millrace') ?? false
  const over = (event: DragEvent) => {
    if (!ours(event)) return
    event.preventDefault()
    event.dataTransfer!.dropEffect = 'copy'
    const target = made.getTargetAtClientPoint(event.clientX, event.clientY)
    if (target?.position) made.setPosition(target.position)
    made.focus()
  }
  const drop = (event: DragEvent) => {
    if (!ours(event)) return
    event.preventDefault()
    event.stopPropagation()
    const name = event.dataTransfer!.getData('application/x-millrace')
    insert(made, nameInSql(name))
  }
  box.addEventListener('dragover', over, true)
  box.addEventListener('drop', drop, true)
  return () => {
    box.removeEventListener('dragover', over, true)
    box.removeEventListener('drop', drop, true)
  }
}

const spans = new Map<string, editor.IEditorDecorationsCollection>()

/** Marks a part of a statement that was run, where the text still has it. */
export function markSpan(
  key: string,
  statement: { sql: string; at: { line: number; column: number } },
  span: { from: number; to: number } | null,
): void {
  const made = mounted.get(key)
  const model = made?.getModel()
  if (!made || !model) return
  spans.get(key)?.clear()
  spans.delete(key)
  if (!span) return
  const text = model.getValue()
  const near = model.getOffsetAt({ lineNumber: statement.at.line, column: statement.at.column })
  const start = text.startsWith(statement.sql, near) ? near : text.indexOf(statement.sql)
  if (start < 0) return
  const [from, to] = [model.getPositionAt(start + span.from), model.getPositionAt(start + span.to)]
  const range = {
    startLineNumber: from.lineNumber,
    startColumn: from.column,
    endLineNumber: to.lineNumber,
    endColumn: to.column,
  }
  spans.set(key, made.createDecorationsCollection([{ range, options: { inlineClassName: styles.span } }]))
  made.revealRangeInCenterIfOutsideViewport(range)
}

/** `flights.airports` is a table by its whole name; of `flights.airports.city` only the column is wanted. */
export function nameInSql(name: string): string {
  const parts = name.split('.')
  return parts.length === 3 ? quoted(parts[2]) : parts.map((part) => quoted(part)).join('.')
}

function insert(made: editor.IStandaloneCodeEditor, text: string): void {
  const selection = made.getSelection()
  if (!selection) return
  made.pushUndoStop()
  made.executeEdits('millrace', [{ range: selection, text, forceMoveMarkers: true }])
  made.pushUndoStop()
  made.focus()
}

/** Puts text at the cursor of the editor used last. False where none is open. */
export function insertAtCursor(text: string): boolean {
  const made = lastUsed === null ? undefined : mounted.get(lastUsed)
  if (!made?.getDomNode()?.isConnected) return false
  insert(made, text)
  return true
}
