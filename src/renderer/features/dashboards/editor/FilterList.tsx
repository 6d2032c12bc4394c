import { ListFilter, X } from 'lucide-react'
import { useState } from 'react'
import type { Filter } from '../../../../engines/bi/contract.ts'
import type { Cell, Column } from '../../../../engines/kit/pure/table.ts'
import { useCall } from '../../../lib/index.ts'
import {
  Checkbox,
  Combobox,
  IconButton,
  Input,
  NumberInput,
  Popover,
  SearchInput,
  Select,
  Spinner,
} from '../../../ui/index.ts'
import { isDate, isMeasure, isNumeric, wordsOf } from '../model/fields.ts'
import { formatDimension } from '../model/format.ts'
import { filterText } from '../model/words.ts'
import styles from './editor.module.css'
import { ColumnIcon } from './FieldWell.tsx'

interface FilterListProps {
  dataSet: string
  columns: readonly Column[]
  filters: readonly Filter[]
  onChange: (filters: readonly Filter[]) => void
}

/** Filters that always act, as the author of the dashboard set them. */
export function FilterList({ dataSet, columns, filters, onChange }: FilterListProps) {
  const add = (name: string) => {
    const column = columns.find((its) => its.name === name)
    if (column) onChange([...filters, startFilter(column)])
  }
  const set = (index: number, filter: Filter) => onChange(filters.map((its, at) => (at === index ? filter : its)))
  return (
    <div className={styles.filters}>
      {filters.map((filter, index) => {
        const column = columns.find(({ name }) => name === filter.column)
        const key = `${filter.column} ${index}`
        return (
          <div key={key} className={styles.field}>
            <ListFilter size={13} aria-hidden />
            <Popover
              title={`Filter of ${wordsOf(filter.column)}`}
              width={280}
              align="end"
              trigger={
                <button type="button" className={styles.filterText} title={filterText(filter)}>
                  {filterText(filter)}
                </button>
              }
            >
              <FilterForm dataSet={dataSet} column={column} filter={filter} onChange={(next) => set(index, next)} />
            </Popover>
            <IconButton
              size="s"
              icon={<X size={13} />}
              label={`Remove the filter ${filterText(filter)}`}
              onClick={() => onChange(filters.filter((_, at) => at !== index))}
            />
          </div>
        )
      })}
      <Combobox
        label="Add a filter"
        value=""
        placeholder="Add a filter by…"
        options={columns.map((column) => ({
          value: column.name,
          label: wordsOf(column.name),
          detail: column.type,
          icon: <ColumnIcon column={column} />,
        }))}
        onChange={add}
      />
    </div>
  )
}

function startFilter(column: Column): Filter {
  if (isDate(column) || isMeasure(column)) return { type: 'range', column: column.name }
  return { type: 'in', column: column.name, values: [], exclude: true }
}

const KINDS = [
  { value: 'in', label: 'is one of' },
  { value: 'out', label: 'is none of' },
  { value: 'range', label: 'is between' },
  { value: 'contains', label: 'contains' },
  { value: 'null', label: 'is empty' },
  { value: 'filled', label: 'is not empty' },
] as const

type Kind = (typeof KINDS)[number]['value']

function kindOf(filter: Filter): Kind {
  if (filter.type === 'in') return filter.exclude ? 'out' : 'in'
  if (filter.type === 'null') return filter.isNull ? 'null' : 'filled'
  return filter.type === 'period' ? 'range' : filter.type
}

function ofKind(kind: Kind, filter: Filter): Filter {
  const { column } = filter
  switch (kind) {
    case 'in':
    case 'out':
      return { type: 'in', column, values: filter.type === 'in' ? filter.values : [], exclude: kind === 'out' }
    case 'range':
      return { type: 'range', column }
    case 'contains':
      return { type: 'contains', column, text: '' }
    default:
      return { type: 'null', column, isNull: kind === 'null' }
  }
}

function FilterForm({
  dataSet,
  column,
  filter,
  onChange,
}: {
  dataSet: string
  column: Column | undefined
  filter: Filter
  onChange: (filter: Filter) => void
}) {
  const date = column && isDate(column)
  return (
    <div className={styles.settings}>
      <Select
        label="How"
        value={kindOf(filter)}
        options={KINDS}
        onChange={(kind: Kind) => onChange(ofKind(kind, filter))}
      />
      {filter.type === 'in' && (
        <ValueChoice
          dataSet={dataSet}
          filter={filter}
          onChange={(values) => onChange({ ...filter, values: [...values] })}
        />
      )}
      {filter.type === 'contains' && (
        <Input aria-label="Text" value={filter.text} onChange={(text) => onChange({ ...filter, text })} />
      )}
      {filter.type === 'range' && date && (
        <div className={styles.moves}>
          <Input
            type="date"
            aria-label="From"
            value={String(filter.from ?? '').slice(0, 10)}
            onChange={(from) => onChange(range(filter, { from: from || undefined }))}
          />
          <Input
            type="date"
            aria-label="To"
            value={String(filter.to ?? '').slice(0, 10)}
            onChange={(to) => onChange(range(filter, { to: to || undefined }))}
          />
        </div>
      )}
      {filter.type === 'range' && !date && (
        <div className={styles.moves}>
          <NumberInput
            aria-label="From"
            placeholder="from"
            value={numeric(filter.from)}
            onChange={(from) => onChange(range(filter, { from: from ?? undefined }))}
          />
          <NumberInput
            aria-label="To"
            placeholder="to"
            value={numeric(filter.to)}
            onChange={(to) => onChange(range(filter, { to: to ?? undefined }))}
          />
        </div>
      )}
      {filter.type === 'range' && column && !date && !isNumeric(column) && (
        <p className={styles.hint}>Text is compared letter by letter.</p>
      )}
    </div>
  )
}

const numeric = (cell: Cell | undefined) => (typeof cell === 'number' ? cell : null)

function range(
  filter: Extract<Filter, { type: 'range' }>,
  ends: { from?: Cell | undefined; to?: Cell | undefined },
): Filter {
  const { from, to } = { from: filter.from, to: filter.to, ...ends }
  return { type: 'range', column: filter.column, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}

function ValueChoice({
  dataSet,
  filter,
  onChange,
}: {
  dataSet: string
  filter: Extract<Filter, { type: 'in' }>
  onChange: (values: readonly Cell[]) => void
}) {
  const [search, setSearch] = useState('')
  const values = useCall(
    (clients, signal) => clients.bi.values({ dataSet, column: filter.column, search, limit: 200 }, { signal }),
    [dataSet, filter.column, search],
  )
  const shown = [...filter.values.filter((cell) => !values.data?.includes(cell)), ...(values.data ?? [])]
  const toggle = (cell: Cell) =>
    onChange(filter.values.includes(cell) ? filter.values.filter((its) => its !== cell) : [...filter.values, cell])
  return (
    <>
      <SearchInput label="Find a value" value={search} onChange={setSearch} />
      <div className={styles.checks}>
        {values.loading && !values.data && <Spinner label="Asking…" />}
        {values.error && <p className={styles.hint}>{values.error.message}</p>}
        {shown.map((cell) => (
          <Checkbox key={JSON.stringify(cell)} checked={filter.values.includes(cell)} onChange={() => toggle(cell)}>
            {formatDimension(cell)}
          </Checkbox>
        ))}
      </div>
    </>
  )
}
