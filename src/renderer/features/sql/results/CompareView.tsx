import { useMemo, useState } from 'react'
import { formatNumber, tableColumns, useCall } from '../../../lib/index.ts'
import {
  type CellValue,
  Checkbox,
  DataTable,
  EmptyState,
  ErrorView,
  Loading,
  Select,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import { isNumeric } from '../model/chart.ts'
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

const isMeasure = ({ columns = [] }: Execution, name: string) =>
  columns.some((column) => column.name === name && isNumeric(column))

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
  const names = [...new Set((before.columns ?? []).map(({ name }) => name))].filter((name) =>
    after.columns?.some((column) => column.name.toLowerCase() === name.toLowerCase()),
  )
  const [key, setKey] = useState(names[0])
  const [chosenSecond, setSecond] = useState<string | null>(null)
  const [apart, setApart] = useState(true)
  // A first key that does not tell the rows apart gets the next name beside it, until a person says which.
  const second = chosenSecond ?? (apart ? '' : (names.find((name) => name !== key && !isMeasure(after, name)) ?? ''))
  const [same, setSame] = useState(false)
  const compared = useCall(
    (clients, signal) =>
      key === undefined
        ? null
        : clients.results.compare(
            {
              before: { engine: before.engine, id: before.id },
              after: { engine: after.engine, id: after.id },
              keys: second === '' || second === key ? [key] : [key, second],
              same,
              start: 0,
              rows: ROWS,
            },
            { signal },
          ),
    [before.id, after.id, key, second, same],
  )
  const { data, error } = compared
  if (error?.code === 'CompareRefused' && apart && chosenSecond === null) setApart(false)
  const columns = useMemo(() => (data ? tableColumns(data.page.columns) : []), [data])
  const rows = useMemo(() => (data ? rowsOf(data.page) : []), [data])
  if (key === undefined)
    return <EmptyState title="Nothing in common">The two results have no column of the same name.</EmptyState>
  const options = names.map((name) => ({ value: name, label: name }))
  const differing = data ? data.added + data.removed + data.changed + (same ? data.same : 0) : 0
  return (
    <div className={styles.chart}>
      <Toolbar label="Compare">
        <span className={styles.quiet}>With</span>
        <Select
          quiet
          label="Compare with"
          value={before.id}
          options={others.map(({ id, sql }) => ({ value: id, label: gist(sql, 32) }))}
          onChange={onChoose}
        />
        <span className={styles.quiet}>by</span>
        <Select quiet label="Key" value={key} options={options} onChange={setKey} />
        <span className={styles.quiet}>and</span>
        <Select
          quiet
          label="Second key"
          value={second}
          options={[{ value: '', label: 'nothing' }, ...options]}
          onChange={setSecond}
        />
        <Checkbox checked={same} onChange={setSame}>
          Same rows too
        </Checkbox>
        <ToolbarSpace />
        <span role="status" aria-label="What differs" className={styles.quiet}>
          {data &&
            `${formatNumber(data.added)} added · ${formatNumber(data.removed)} removed · ${formatNumber(data.changed)} changed · ${formatNumber(data.same)} the same`}
        </span>
      </Toolbar>
      {error ? (
        <div className={styles.failed}>
          <ErrorView compact title="They cannot be compared so" error={error} />
        </div>
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
