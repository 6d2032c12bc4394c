import { useMemo, useState } from 'react'
import type { QualityResult, RuleResult, TableRef } from '../../../../engines/quality/contract.ts'
import { formatNumber, formatPercent, formatTime, tableColumns, useCall } from '../../../lib/index.ts'
import { cx, DataTable, EmptyState, ErrorView, Loading, StateDot } from '../../../ui/index.ts'
import styles from './quality.module.css'

const SHOWN = 60
const STATES = { PASS: ['good', 'passed'], FAIL: ['bad', 'failed'], ERROR: ['warn', 'not evaluated'] } as const

/** What the runs of a ruleset found: scores through time, the rules of the chosen run, and rows that a rule found wrong. */
export function Results({ ruleset, table, turn }: { ruleset: string; table: TableRef; turn: number }) {
  const history = useCall(
    (clients, signal) => clients.quality.listResults({ table, ruleset, limit: SHOWN }, { signal }),
    [table.engine, table.database, table.table, ruleset, turn],
  )
  const [chosen, choose] = useState<string | null>(null)
  const id = (history.data?.find(({ resultId }) => resultId === chosen) ?? history.data?.[0])?.resultId
  const result = useCall(
    (clients, signal) => (id ? clients.quality.getResult({ resultId: id }, { signal }) : null),
    [id],
  ).data
  const [rule, setRule] = useState<string | null>(null)
  if (history.error && !history.data) return <ErrorView title="The results cannot be read" error={history.error} />
  if (!history.data) return <Loading />
  if (history.data.length === 0)
    return <EmptyState title="Not run yet">Run the rules to see which of them hold.</EmptyState>
  if (!result) return <Loading />
  const open = result.rules.find(({ name }) => name === rule) ?? result.rules.find(({ failing }) => failing)
  return (
    <div className={styles.results}>
      <div className={styles.summary}>
        <strong>{formatPercent(result.score, 0)}</strong>
        <span>
          {result.rules.filter((each) => each.result === 'PASS').length} of {result.rules.length} rules hold
        </span>
        <span className={styles.facts}>{formatTime(result.completedMs)}</span>
        <History results={history.data} chosen={result.resultId} onChoose={choose} />
      </div>
      <ul className={styles.rules} aria-label="Rules">
        {result.rules.map((each) => (
          <li key={each.name}>
            <button
              type="button"
              className={cx(each.name === open?.name && styles.open)}
              aria-pressed={each.name === open?.name}
              onClick={() => setRule(each.name)}
            >
              <StateDot state={STATES[each.result][0]} text={STATES[each.result][1]} />
              <code>{each.rule.replace(/\s+/g, ' ')}</code>
              <span className={styles.facts}>{each.message ?? metricsOf(each.metrics)}</span>
            </button>
          </li>
        ))}
        {result.analyzers.map(({ name, analyzer, metrics }) => (
          <li key={name}>
            <div>
              <StateDot state="info" text="measured" />
              <code>{analyzer}</code>
              <span className={styles.facts}>{metricsOf(metrics)}</span>
            </div>
          </li>
        ))}
      </ul>
      {open?.failing && <Failing rule={open} />}
    </div>
  )
}

const metricsOf = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatNumber(value, 4)}`)
    .join(' · ')

/** Scores of the runs, oldest first; each bar is a button. */
function History({
  results,
  chosen,
  onChoose,
}: {
  results: readonly QualityResult[]
  chosen: string
  onChoose: (id: string) => void
}) {
  return (
    <div className={styles.history} role="group" aria-label="Scores of the last runs">
      {[...results].reverse().map(({ resultId, score, completedMs }) => {
        const label = `${formatTime(completedMs)}: ${formatPercent(score, 0)}`
        return (
          <button
            key={resultId}
            type="button"
            title={label}
            aria-label={label}
            aria-pressed={resultId === chosen}
            onClick={() => onChoose(resultId)}
          >
            <i className={cx(score < 1 && styles.wrong)} style={{ height: `${Math.max(8, score * 100)}%` }} />
          </button>
        )
      })}
    </div>
  )
}

function Failing({ rule }: { rule: RuleResult }) {
  const page = rule.failing!
  const columns = useMemo(() => tableColumns(page.columns), [page])
  const rows = useMemo(
    () => Array.from({ length: page.rowCount }, (_, row) => page.values.map((column) => column[row])),
    [page],
  )
  return (
    <div className={styles.failing}>
      <h4 className={styles.listTitle}>Rows that do not comply with {rule.rule.replace(/\s+/g, ' ')}</h4>
      <DataTable
        label="Rows that do not comply"
        rows={rows}
        rowKey={(_, index) => String(index)}
        columns={columns}
        numbered
        empty="The rows were all in order when they were looked at."
      />
    </div>
  )
}
