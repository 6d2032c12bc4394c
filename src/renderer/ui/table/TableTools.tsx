import { Columns3, Copy, Download, TextSearch } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'
import { IconButton } from '../Button.tsx'
import styles from '../DataTable.module.css'
import { SearchInput } from '../Input.tsx'
import { Menu, type MenuItem } from '../Menu.tsx'
import { COPY_FORMATS, type CopyFormat } from './copy.ts'
import { FILTER_HELP } from './filter.ts'
import { type DataColumn, EMPTY_LAYOUT, type TableLayout } from './types.ts'
import type { CopyState } from './useCopy.ts'
import type { Selected } from './useSelectionFacts.ts'

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
  /** What a row is. */
  noun: string
  /** The rows are the first of more: of so many, null where nobody counted them. */
  firstOf: number | null | undefined
  copy: CopyState | null
  selected: Selected | null
  onCopy: ((format: CopyFormat) => void) | null
  /** Null where the rows are all at hand: the filter does for finding then. */
  onFind: (() => void) | null
  columns: readonly DataColumn<never>[]
  layout: TableLayout
  onLayout: (layout: TableLayout) => void
  /** Null while a file is being written. */
  exports: readonly MenuItem[] | null
}) {
  const { label, arrangeable, columns, layout, onCopy, onLayout } = props
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
      <SelectedCells selected={props.selected} copy={props.copy} noun={props.noun} />
      <span className={styles.count} aria-live="polite">
        {countText(props)}
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

const plural = (count: number, noun: string) => `${count.toLocaleString()} ${noun}${count === 1 ? '' : 's'}`

/** "3 of 300 rows", or "3 of the first 200 rows" where more were not fetched. */
function countText({ rowCount, matching, noun, firstOf }: Parameters<typeof TableTools>[0]): string {
  if (firstOf === undefined)
    return `${matching === null ? '' : `${matching.toLocaleString()} of `}${plural(rowCount, noun)}`
  if (matching !== null) return `${matching.toLocaleString()} of the first ${plural(rowCount, noun)}`
  return `first ${firstOf === null ? plural(rowCount, noun) : `${rowCount.toLocaleString()} of ${plural(firstOf, noun)}`}`
}

/** What is chosen comes to, and that it was copied. */
function SelectedCells({ selected, copy, noun }: { selected: Selected | null; copy: CopyState | null; noun: string }) {
  const numbers = selected?.found?.numbers
  const nulls = selected?.found?.nulls ?? 0
  const parts = [
    copy?.kind === 'done' && `Copied ${copy.cells === null ? plural(copy.rows, noun) : plural(copy.cells, 'cell')}`,
    selected && `${plural(selected.cells, 'cell')}${nulls > 0 ? `, ${nulls.toLocaleString()} null` : ''}`,
    numbers && `sum ${numbers.sum}`,
    numbers && `average ${numbers.average}`,
    numbers && `min ${numbers.min}`,
    numbers && `max ${numbers.max}`,
  ].filter((part) => typeof part === 'string')
  const text = parts.join(' · ')
  return (
    <span
      role="status"
      aria-label="Selected cells"
      className={styles.chosenCells}
      title={selected?.many ? `${text}\nSo many are summed by a query.` : text}
    >
      {text}
    </span>
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
