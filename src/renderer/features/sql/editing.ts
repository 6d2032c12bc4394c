import type { editor } from 'monaco-editor/editor/editor.api'
import { openView } from '../../lib/index.ts'
import { describeModel, languageOf, namedAt, registerLanguages } from './language/register.ts'
import { quoted } from './model/names.ts'
import type { Session } from './session.ts'

type Monaco = typeof import('monaco-editor/editor/editor.api')

const mounted = new Map<string, editor.IStandaloneCodeEditor>()
let lastUsed: string | null = null

/** Gives an editor its languages, its place in the window and what is dropped into it. */
export function mountEditor(
  made: editor.IStandaloneCodeEditor,
  monaco: Monaco,
  session: Session,
  onPlace: (place: { from: number; to: number }) => void,
): () => void {
  registerLanguages(monaco)
  const model = made.getModel()!
  monaco.editor.setModelLanguage(model, languageOf(session.header.engine))
  describeModel(model, () => session.header)
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
  const definition = (position: { lineNumber: number; column: number } | null) => {
    if (!position) return
    const { table, cte } = namedAt(model, new monaco.Position(position.lineNumber, position.column), session.header)
    if (cte) {
      const to = model.getPositionAt(cte.offset)
      made.setPosition(to)
      made.revealPositionInCenterIfOutsideViewport(to)
    } else if (table && session.header.engine === 'athena')
      openView('catalog.table', { database: table.database, table: table.name })
  }
  made.addAction({
    id: 'millrace.definition',
    label: 'Go to table',
    keybindings: [monaco.KeyCode.F12],
    contextMenuGroupId: 'navigation',
    run: () => definition(made.getPosition()),
  })
  const listeners = [
    made.onDidChangeCursorSelection(place),
    made.onDidFocusEditorText(() => {
      lastUsed = session.key
    }),
    made.onMouseDown((event) => {
      if (event.event.ctrlKey || event.event.metaKey) definition(event.target.position)
    }),
  ]
  const undrop = acceptDrops(made)
  // The cursor starts under the header, where the query is.
  const first = /^(?:\s*--[^\n]*\n)+/.exec(model.getValue())?.[0].length ?? 0
  made.setPosition(model.getPositionAt(first))
  place()
  made.focus()
  return () => {
    undrop()
    for (const listener of listeners) listener.dispose()
    mounted.delete(session.key)
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

/** `flights.airports` is a table by its whole name; of `flights.airports.city` only the column is wanted. */
export function nameInSql(name: string): string {
  const parts = name.split('.')
  return parts.length === 3 ? quoted(parts[2]) : parts.map(quoted).join('.')
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
