import type { Column } from '../../../../engines/kit/pure/table.ts'
import { formatBytes, formatCost, formatTime, kindOf, plural, shortId } from '../../../lib/index.ts'
import { type CellValue, CopyButton, displayCell, PropertyList, Section, unzoned } from '../../../ui/index.ts'
import { type Execution, writtenIn } from '../execution.ts'
import { ENGINE_TITLES } from '../model/header.ts'
import { valueTree } from '../model/value-tree.ts'
import styles from '../sql.module.css'

const LONG = 60

/** One row, column under column, with JSON and long text in full; and what is known of the execution. */
export function RowInspector({
  execution,
  row,
}: {
  execution: Execution
  row: { index: number; values: readonly CellValue[] } | null
}) {
  const columns = execution.columns ?? []
  return (
    <>
      {row ? (
        <Section title={`Row ${(row.index + 1).toLocaleString()}`}>
          <dl className={styles.row}>
            {columns.map((column, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat; a column is its place in the result
              <Cell key={index} column={column} value={row.values[index]} />
            ))}
          </dl>
        </Section>
      ) : (
        <p className={styles.hint}>
          Choose a row to read its values in full. Enter on a cell opens it beside the rows.
        </p>
      )}
      <ExecutionFacts execution={execution} />
    </>
  )
}

export function ExecutionFacts({ execution }: { execution: Execution }) {
  return (
    <Section title="Execution">
      <PropertyList
        items={[
          ['Engine', ENGINE_TITLES[writtenIn(execution)]],
          execution.database !== undefined && execution.engine === 'athena' && ['Database', execution.database],
          execution.workGroup !== undefined && ['Workgroup', execution.workGroup],
          [
            'Id',
            <span key="id" className={styles.id}>
              {shortId(execution.id, 16)} <CopyButton quiet text={execution.id} label="Copy id" />
            </span>,
          ],
          ['Submitted', formatTime(execution.submittedMs)],
          execution.reusedFrom !== undefined && ['Result of', shortId(execution.reusedFrom, 16)],
          execution.rowCount !== null && ['Result', plural(execution.rowCount, 'row')],
          execution.bytesScanned !== null && ['Scanned', formatBytes(execution.bytesScanned)],
          execution.costUsd !== null && ['Price on AWS', `${formatCost(execution.costUsd)} (simulated)`],
          execution.outputLocation !== undefined && ['Output', execution.outputLocation],
        ]}
      />
    </Section>
  )
}

function Cell({ column, value }: { column: Column; value: CellValue | undefined }) {
  const { name, declared: type } = column
  const plain = value === null || value === undefined ? null : String(unzoned(value, type))
  // A time reads here as it does among the rows; copied, one with a zone keeps it.
  const text =
    plain === null ? null : kindOf(column.type) === 'time' ? displayCell(plain, 'time') : laidOut(name, type, plain)
  const long = text !== null && (text.length > LONG || text.includes('\n'))
  return (
    <>
      <dt title={type}>
        {name} <span>{type}</span>
        {text !== null && <CopyButton quiet text={plain!} label={`Copy ${name}`} />}
      </dt>
      <dd data-selectable>{text === null ? <em>null</em> : long ? <pre>{text}</pre> : text}</dd>
    </>
  )
}

/** A nested value laid out; anything else as it is. */
function laidOut(name: string, type: string, text: string): string {
  return valueTree(name, type, text)?.copy() ?? text
}
