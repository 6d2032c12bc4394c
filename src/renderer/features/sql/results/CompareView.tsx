import { ChevronDown } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Clients } from '../../../../engines/contract.ts'
import { formatNumber, tableColumns, useCall } from '../../../lib/index.ts'
import {
  Button,
  type CellValue,
  Checkbox,
  type DataColumn,
  DataTable,
  displayCell,
  EmptyState,
  ErrorView,
  Loading,
  Popover,
  Select,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import { gist } from '../model/statements.ts'
import styles from '../sql.module.css'
import { rowsOf } from './page-rows.ts'

const ROWS = 5000

/** What differs between a result and another one: rows that came, went and changed, by a key. */
export function CompareView({ execution, others }: { execution: Execution; others: readonly Execution[] }) {
  const [chosen, setChosen] = useState(others[0]?.id)
  const before = others.find(({ id }) => id === chosen) ?? others[0]
  if (!before)
    return (
      <EmptyState title="Nothing to compare with">
        Run the statement again, or several statements: a result is compared with the one before it or beside it.
      </EmptyState>
    )
  return <Compared key={before.id} before={before} after={execution} others={others} onChoose={setChosen} />
}

const namesOfBoth = (before: Execution, after: Execution) =>
  [...new Set((before.columns ?? []).map(({ name }) => name))].filter((name) =>
    after.columns?.some((column) => column.name.toLowerCase() === name.toLowerCase()),
  )

function Compared({
  before,
  after,
  others,
  onChoose,
}: {
  before: Execution
  after: Execution
  others: readonly Execution[]
  onChoose: (id: string) => void
}) {
  const names = useMemo(() => namesOfBoth(before, after), [before, after])
  const [chosen, setChosen] = useState<readonly string[] | null>(null)
  const sides = {
    before: { engine: before.engine, id: before.id },
    after: { engine: after.engine, id: after.id },
  }
  const likely = useCall(
    (clients, signal) => (names.length === 0 ? null : clients.results.likelyKeys(sides, { signal })),
    [before.id, after.id],
  )
  const keys = chosen ?? likely.data?.keys ?? []
  const [same, setSame] = useState(false)
  const compared = useCall(
    (clients, signal) =>
      keys.length === 0
        ? null
        : clients.results.compare({ ...sides, keys: [...keys], same, start: 0, rows: ROWS }, { signal }),
    [before.id, after.id, JSON.stringify(keys), same],
  )
  const { data } = compared
  const error = likely.error ?? compared.error
  const columns = useMemo(() => (data ? differenceColumns(data) : []), [data])
  const rows = useMemo(() => (data ? sidesOf(data) : []), [data])
  if (names.length === 0)
    return <EmptyState title="Nothing in common">The two results have no column of the same name.</EmptyState>
  const differing = data ? data.added + data.removed + data.changed + (same ? data.same : 0) : 0
  return (
    <div className={styles.chart}>
      <Toolbar label="Compare" className={styles.choices}>
        <span className={styles.quiet}>With</span>
        <Select
          quiet
          label="Compare with"
          value={before.id}
          options={others.map(({ id, sql }) => ({ value: id, label: gist(sql, 32) }))}
          onChange={onChoose}
        />
        <span className={styles.quiet}>by</span>
        <Keys names={names} keys={keys} onChange={setChosen} />
        <Checkbox checked={same} onChange={setSame}>
          Same rows too
        </Checkbox>
        <ToolbarSpace />
        <span role="status" aria-label="What differs" className={styles.said}>
          {data &&
            !error &&
            `${data.apart.length > 0 ? `only one has ${data.apart.join(', ')} · ` : ''}${formatNumber(data.added)} added · ${formatNumber(data.removed)} removed · ${formatNumber(data.changed)} changed · ${formatNumber(data.same)} the same`}
        </span>
      </Toolbar>
      {error ? (
        <div className={styles.failed}>
          <ErrorView compact title="They cannot be compared so" error={error} />
        </div>
      ) : chosen?.length === 0 ? (
        <EmptyState title="No key is chosen">Choose the columns that tell the rows apart.</EmptyState>
      ) : data ? (
        <DataTable<readonly CellValue[]>
          label="Differences"
          rows={rows}
          rowKey={(_, at) => String(at)}
          columns={columns}
          numbered
          tools={
            differing > ROWS && <span className={styles.quiet}>The first {formatNumber(ROWS)} rows that differ</span>
          }
          empty="Nothing differs."
        />
      ) : (
        <Loading />
      )}
    </div>
  )
}

type Differences = Awaited<ReturnType<Clients['results']['compare']>>
type DifferenceRow = readonly CellValue[]

/** Rows of the differences; a side that does not have a row has no values, which is no null. */
function sidesOf({ keys, page }: Differences): DifferenceRow[] {
  return rowsOf(page).map((row) =>
    row.map((value, at) => {
      const before = (at - keys.length) % 2 === 1
      return at > keys.length && row[0] === (before ? 'added' : 'removed') ? undefined : value
    }),
  )
}

const SIGNS: Readonly<Record<string, string>> = { added: '+', removed: '−', changed: '±', same: '=' }

/** The change by its sign and colour, and of a changed row the values that differ. */
function differenceColumns({ keys, page }: Differences): DataColumn<DifferenceRow>[] {
  return tableColumns(page.columns).map((column, at) => {
    if (at === 0)
      return {
        ...column,
        render: (change) => (
          <span className={styles.change} data-change={change}>
            {SIGNS[String(change)]} {change}
          </span>
        ),
      }
    const other = at <= keys.length ? at : (at - keys.length) % 2 === 1 ? at + 1 : at - 1
    return {
      ...column,
      render: (value, row) => {
        if (value === undefined) return ''
        const shown = value === null ? <i className={styles.quiet}>null</i> : displayCell(value, column.kind ?? 'text')
        return row[0] === 'changed' && row[other] !== value ? <mark className={styles.differs}>{shown}</mark> : shown
      },
    }
  })
}

/** The columns that tell rows apart, any number of them. */
function Keys({
  names,
  keys,
  onChange,
}: {
  names: readonly string[]
  keys: readonly string[]
  onChange: (keys: readonly string[]) => void
}) {
  const said = keys.length > 3 ? `${keys.slice(0, 2).join(', ')} and ${keys.length - 2} more` : keys.join(', ')
  return (
    <Popover
      title="Rows are the same row by"
      width={240}
      trigger={
        <Button
          variant="ghost"
          className={styles.group}
          aria-label={`Key: ${keys.join(', ') || 'none'}`}
          title={keys.join(', ')}
        >
          {said || 'no key'} <ChevronDown size={12} />
        </Button>
      }
    >
      <div className={styles.keys}>
        {names.map((name) => (
          <Checkbox
            key={name}
            checked={keys.includes(name)}
            onChange={(on) => onChange(names.filter((each) => (each === name ? on : keys.includes(each))))}
          >
            {name}
          </Checkbox>
        ))}
      </div>
    </Popover>
  )
}
