import { Columns3, Copy, Download, TextSearch } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'
import { IconButton } from '../Button.tsx'
import styles from '../DataTable.module.css'
import { SearchInput } from '../Input.tsx'
import { Menu, type MenuItem } from '../Menu.tsx'
import { COPY_FORMATS, type CopyFormat } from './copy.ts'
import { FILTER_HELP } from './filter.ts'
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
  onCopy: ((format: CopyFormat) => void) | null
  /** Null where the rows are all at hand: the filter does for finding then. */
  onFind: (() => void) | null
  columns: readonly DataColumn<never>[]
  layout: TableLayout
  onLayout: (layout: TableLayout) => void
  /** Null while a file is being written. */
  exports: readonly MenuItem[] | null
}) {
  const { label, arrangeable, rowCount, matching, columns, layout, onCopy, onLayout } = props
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
          title={arrangeable ? FILTER_HELP : 'Too many rows to filter here: filter in the query.'}
        />
      </span>
      <span className={styles.count} aria-live="polite">
        {matching === null ? '' : `${matching.toLocaleString()} of `}
        {rowCount.toLocaleString()} {rowCount === 1 ? 'row' : 'rows'}
      </span>
      {props.onFind && (
        <IconButton icon={<TextSearch size={14} />} label="Find in rows" shortcut="Mod+F" onClick={props.onFind} />
      )}
      <Menu
        align="end"
        trigger={<IconButton icon={<Copy size={14} />} label="Copy selected cells" disabled={!onCopy} />}
        items={copyItems(onCopy)}
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
        trigger={<IconButton icon={<Download size={14} />} label="Export" disabled={!props.exports} />}
        items={[...(props.exports ?? [])]}
      />
    </div>
  )
}

/** The ways to copy what is selected. */
function copyItems(onCopy: ((format: CopyFormat) => void) | null): MenuItem[] {
  return COPY_FORMATS.map(({ format, title, shortcut }) => ({
    title: `Copy as ${title}`.replace('as Cells', 'cells'),
    ...(shortcut && { shortcut }),
    onSelect: () => onCopy?.(format),
  }))
}

/** The menu of a cell: looking into it, what its row is good for, copying, and filtering by its value. */
export function cellItems(
  onInspect: (() => void) | null,
  own: readonly MenuItem[],
  onCopy: (format: CopyFormat) => void,
  onFilter: ((operator: '=' | '!=') => void) | null,
): MenuItem[] {
  return [
    ...(onInspect ? [{ title: 'Show the whole value', shortcut: 'Enter', onSelect: onInspect }] : []),
    ...own,
    ...(onInspect || own.length > 0 ? (['separator'] as const) : []),
    ...copyItems(onCopy),
    ...(onFilter
      ? ([
          'separator',
          { title: 'Only rows with this value', onSelect: () => onFilter('=') },
          { title: 'No rows with this value', onSelect: () => onFilter('!=') },
        ] as const)
      : []),
  ]
}
