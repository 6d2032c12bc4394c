import { useEffect, useMemo, useState } from 'react'
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
import { isNumeric, likelyKeys } from '../model/chart.ts'
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
  const names = useMemo(() => namesOfBoth(before, after), [before, after])
  const [chosen, setChosen] = useState<readonly string[] | null>(null)
  const [tried, setTried] = useState(0)
  // Keys that do not tell the rows apart give way to the next likely ones, until a person says which.
  const likely = useMemo(
    () => likelyKeys(names.map((name) => ({ name, measure: isMeasure(after, name) }))),
    [names, after],
  )
  const keys = chosen ?? likely[Math.min(tried, likely.length - 1)] ?? []
  const [key, second = ''] = keys
  const [same, setSame] = useState(false)
  const compared = useCall(
    (clients, signal) =>
      key === undefined
        ? null
        : clients.results.compare(
            {
              before: { engine: before.engine, id: before.id },
              after: { engine: after.engine, id: after.id },
              keys: [...new Set(keys)],
              same,
              start: 0,
              rows: ROWS,
            },
            { signal },
          ),
    [before.id, after.id, key, second, same],
  )
  const { data, error } = compared
  const trying = error?.code === 'CompareRefused' && !chosen && tried + 1 < likely.length
  // biome-ignore lint/correctness/useExhaustiveDependencies: each refusal leads to the next keys, once
  useEffect(() => {
    if (trying) setTried(tried + 1)
  }, [error])
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
        <Select
          quiet
          label="Key"
          value={key}
          options={options}
          onChange={(name) => setChosen([name, ...keys.slice(1)])}
        />
        <span className={styles.quiet}>and</span>
        <Select
          quiet
          label="Second key"
          value={second}
          options={[{ value: '', label: 'nothing' }, ...options]}
          onChange={(name) => setChosen([key, ...(name === '' ? [] : [name])])}
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
      {error && !trying ? (
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
