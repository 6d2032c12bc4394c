import { Columns3, Copy, Download } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'
import { IconButton } from '../Button.tsx'
import styles from '../DataTable.module.css'
import { SearchInput } from '../Input.tsx'
import { Menu } from '../Menu.tsx'
import type { ExportFormat } from './export.ts'
import { type DataColumn, EMPTY_LAYOUT, type TableLayout } from './types.ts'

/** The row above a table: filter, count, copy, columns, export. */
export function TableTools(props: {
  label: string
  tools: ReactNode
  filterBox: RefObject<HTMLSpanElement | null>
  filterText: string
  onFilter: (text: string) => void
  arrangeable: boolean
  rowCount: number
  /** Null where nothing is filtered. */
  matching: number | null
  onCopy: (() => void) | null
  columns: readonly DataColumn<never>[]
  layout: TableLayout
  onLayout: (layout: TableLayout) => void
  onExport: ((format: ExportFormat) => void) | null
}) {
  const { label, arrangeable, rowCount, matching, columns, layout, onCopy, onLayout, onExport } = props
  return (
    <div className={styles.tools}>
      {props.tools}
      <span ref={props.filterBox} className={styles.filter}>
        <SearchInput
          label={`Filter ${label}`}
          placeholder={arrangeable ? 'Filter: word, column:word, column>5' : 'Too many rows: filter in the query'}
          value={props.filterText}
          onChange={props.onFilter}
          disabled={!arrangeable}
          title={arrangeable ? undefined : 'Too many rows to filter here: filter in the query.'}
        />
      </span>
      <span className={styles.count} aria-live="polite">
        {matching === null ? '' : `${matching.toLocaleString()} of `}
        {rowCount.toLocaleString()} {rowCount === 1 ? 'row' : 'rows'}
      </span>
      <IconButton
        icon={<Copy size={14} />}
        label="Copy selected cells"
        shortcut="Mod+C"
        disabled={!onCopy}
        onClick={() => onCopy?.()}
      />
      <Menu
        align="end"
        trigger={<IconButton icon={<Columns3 size={14} />} label="Choose columns" />}
        items={[
          ...columns.map((column) => {
            const shown = !(layout.hidden[column.id] ?? column.hidden)
            return {
              title: column.title,
              checked: shown,
              onSelect: () => onLayout({ ...layout, hidden: { ...layout.hidden, [column.id]: shown } }),
            }
          }),
          'separator' as const,
          { title: 'Reset columns', onSelect: () => onLayout(EMPTY_LAYOUT) },
        ]}
      />
      <Menu
        align="end"
        trigger={<IconButton icon={<Download size={14} />} label="Export" disabled={!onExport} />}
        items={[
          { title: 'Export as CSV', onSelect: () => onExport?.('csv') },
          { title: 'Export as JSON', onSelect: () => onExport?.('json') },
        ]}
      />
    </div>
  )
}
