import { Plus } from 'lucide-react'
import { type KeyboardEvent, use, useState } from 'react'
import { useStore } from 'zustand'
import type { Dashboard, Sheet } from '../../../../engines/bi/dashboard.ts'
import { formatAgo, formatTime, formatUtc, useNow } from '../../../lib/index.ts'
import { Button, ContextMenu, Dialog, Field, IconButton, Input, type MenuItem } from '../../../ui/index.ts'
import { DataSetsContext, useDashboard } from '../context.ts'
import { addSheet, duplicateSheet, editSheet, moveSheet, removeSheet } from '../model/edit.ts'
import styles from './canvas.module.css'

/** The sheets as tabs, and how old what they show is. */
export function SheetBar({ document, sheet }: { document: Dashboard; sheet: Sheet }) {
  const { session, reader } = useDashboard()
  const presenting = useStore(reader, (state) => state.presenting)
  const [renaming, setRenaming] = useState<Sheet | null>(null)
  const show = (id: string) => reader.setState({ sheet: id, selected: null, picks: [] })
  const menu = (its: Sheet): MenuItem[] => [
    { title: 'Rename…', onSelect: () => setRenaming(its) },
    {
      title: 'Duplicate',
      onSelect: () => {
        const made = session.document && duplicateSheet(session.document, its.id)
        if (!made) return
        session.apply('Duplicate sheet', () => made.document)
        show(made.id)
      },
    },
    { title: 'Move left', onSelect: () => session.apply('Move sheet', (d) => moveSheet(d, its.id, -1)) },
    { title: 'Move right', onSelect: () => session.apply('Move sheet', (d) => moveSheet(d, its.id, 1)) },
    'separator',
    {
      title: 'Delete',
      danger: true,
      disabled: document.sheets.length < 2,
      onSelect: () => session.apply('Delete sheet', (d) => removeSheet(d, its.id)),
    },
  ]
  const add = () => {
    const made = session.document && addSheet(session.document)
    if (!made) return
    session.apply('Add sheet', () => made.document)
    show(made.id)
  }
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = document.sheets.findIndex(({ id }) => id === sheet.id)
    const next = document.sheets[(at + step + document.sheets.length) % document.sheets.length]
    show(next.id)
    globalThis.document.getElementById(`sheet-${next.id}`)?.focus()
  }
  return (
    <div className={styles.sheets}>
      <div role="tablist" aria-label="Sheets" className={styles.sheetList} onKeyDown={walk}>
        {document.sheets.map((its) => (
          <ContextMenu key={its.id} items={presenting ? [] : menu(its)}>
            <button
              type="button"
              role="tab"
              id={`sheet-${its.id}`}
              aria-selected={its.id === sheet.id}
              tabIndex={its.id === sheet.id ? 0 : -1}
              className={styles.sheet}
              title={presenting ? its.title : `${its.title} (F2 renames, right button for more)`}
              onClick={() => show(its.id)}
              onDoubleClick={() => !presenting && setRenaming(its)}
              onKeyDown={(event) => event.key === 'F2' && !presenting && setRenaming(its)}
            >
              {its.title}
            </button>
          </ContextMenu>
        ))}
      </div>
      {!presenting && (
        <IconButton size="s" icon={<Plus size={13} />} label="Add sheet" onClick={add} tooltipSide="top" />
      )}
      <DataAge sheet={sheet} />
      {renaming && (
        <RenameSheet
          sheet={renaming}
          onClose={() => setRenaming(null)}
          onRename={(title) =>
            session.apply('Rename sheet', (d) => editSheet(d, renaming.id, (its) => ({ ...its, title })))
          }
        />
      )}
    </div>
  )
}

/** The oldest data on the sheet say how much to trust it. */
function DataAge({ sheet }: { sheet: Sheet }) {
  const { byId } = use(DataSetsContext)
  const now = useNow()
  const sets = [...new Set(sheet.visuals.map(({ dataSet }) => dataSet))].flatMap((id) => byId.get(id) ?? [])
  const direct = sets.filter(({ mode }) => mode === 'DIRECT_QUERY').length
  const taken = sets.flatMap(({ refreshedMs, name }) => (refreshedMs === null ? [] : [{ refreshedMs, name }]))
  const oldest = taken.sort((a, b) => a.refreshedMs - b.refreshedMs)[0]
  if (!oldest)
    return <span className={styles.age}>{direct > 0 ? 'Asked live' : sets.length > 0 ? 'No data taken yet' : ''}</span>
  const title = taken.map(({ name, refreshedMs }) => `${name}: ${formatUtc(refreshedMs)}`).join('\n')
  return (
    <span className={styles.age} title={title}>
      Data as of <b>{formatTime(oldest.refreshedMs)}</b> (
      {formatAgo(oldest.refreshedMs, Math.max(now, oldest.refreshedMs))})
    </span>
  )
}

function RenameSheet({
  sheet,
  onClose,
  onRename,
}: {
  sheet: Sheet
  onClose: () => void
  onRename: (title: string) => void
}) {
  const [title, setTitle] = useState(sheet.title)
  const rename = () => {
    if (title.trim() !== '') onRename(title.trim())
    onClose()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Rename sheet"
      width={360}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={title.trim() === ''} onClick={rename}>
            Rename
          </Button>
        </>
      }
    >
      <Field label="Title">
        {({ invalid: _, ...ids }) => (
          <Input {...ids} value={title} onChange={setTitle} onKeyDown={(event) => event.key === 'Enter' && rename()} />
        )}
      </Field>
    </Dialog>
  )
}
