import { useEffect, useMemo, useState } from 'react'
import type { DataSet } from '../../../../engines/bi/contract.ts'
import { plural, tableColumns, useCall } from '../../../lib/index.ts'
import { Button, DataTable, ErrorView, Loading } from '../../../ui/index.ts'
import styles from './dataset.module.css'
import type { Draft } from './draft.ts'

/** The first rows that the definition gives, asked for a moment after the last key. */
export function usePreview(draft: Draft, complete: boolean) {
  const [asked, setAsked] = useState(draft)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(draft), 600)
    return () => clearTimeout(timer)
  }, [draft])
  const call = useCall(
    (clients, signal) => (complete ? clients.bi.previewDataSet({ ...asked, rows: 200 }, { signal }) : null),
    [JSON.stringify(asked), complete],
  )
  const columns = useMemo(() => call.data?.columns ?? [], [call.data])
  return { ...call, columns }
}

export function Preview({ preview, complete }: { preview: ReturnType<typeof usePreview>; complete: boolean }) {
  const columns = useMemo(() => tableColumns(preview.columns), [preview.columns])
  const rows = useMemo(() => {
    const values = preview.data?.values ?? []
    return Array.from({ length: values[0]?.length ?? 0 }, (_, row) => values.map((column) => column[row]))
  }, [preview.data])
  if (preview.error)
    return (
      <ErrorView
        compact
        title="The rows cannot be shown"
        error={preview.error}
        actions={
          <Button size="s" onClick={preview.reload}>
            Try again
          </Button>
        }
      />
    )
  if (!complete) return <p className={styles.hint}>Give it a name and a source, and its first rows are shown here.</p>
  if (!preview.data) return <Loading label="Asking the source…" />
  return (
    <DataTable
      label="Preview"
      columns={columns}
      rows={rows}
      rowKey={(_, index) => `${index}`}
      tools={<span className={styles.note}>first {plural(rows.length, 'row')} after preparation</span>}
    />
  )
}

export function Columns({ columns }: { columns: DataSet['columns'] }) {
  return <DataTable label="Columns" rows={columns} rowKey={({ name }) => name} columns={COLUMN_COLUMNS} />
}

const COLUMN_COLUMNS = [
  { id: 'name', title: 'Column', value: (column: DataSet['columns'][number]) => column.name, mono: true, width: 220 },
  { id: 'type', title: 'Type', value: (column: DataSet['columns'][number]) => column.type, width: 120 },
  {
    id: 'declared',
    title: 'At the source',
    value: (column: DataSet['columns'][number]) => column.declared,
    mono: true,
    width: 180,
  },
]
