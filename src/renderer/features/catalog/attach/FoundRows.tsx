import { useMemo, useState } from 'react'
import type { ChosenReading, FileInspection } from '../../../../engines/catalog/contract.ts'
import { tableColumns } from '../../../lib/index.ts'
import { type DataColumn, DataTable, Select, Tabs } from '../../../ui/index.ts'
import styles from './attach.module.css'
import { TYPES } from './choices.ts'
import { factsOf } from './facts.ts'

type Broken = FileInspection['broken']['rows'][number]

const BROKEN: readonly DataColumn<Broken>[] = [
  { id: 'line', title: 'Line', kind: 'number', width: 72, value: (row) => row.line },
  { id: 'reason', title: 'What is wrong', width: 340, value: (row) => row.reason },
  { id: 'text', title: 'Text', mono: true, width: 420, value: (row) => row.text },
]

/** The first rows as they will be read, their columns' types, and the rows that will not be. */
export function FoundRows({
  found,
  onTypes,
}: {
  found: FileInspection
  onTypes: (types: ChosenReading['types']) => void
}) {
  const [part, setPart] = useState('rows')
  const columns = useMemo(() => tableColumns(found.page.columns), [found.page.columns])
  const rows = useMemo(
    () => Array.from({ length: found.page.rowCount }, (_, row) => found.page.values.map((column) => column[row])),
    [found.page],
  )
  const { broken, reading, notes } = found
  const lost = notes.filter(({ field }) => field === 'columns')
  const problems = broken.count + lost.length
  return (
    <>
      <div className={styles.found}>
        <Tabs
          label="What was found"
          size="s"
          value={part}
          onChange={setPart}
          tabs={[
            { id: 'rows', title: 'First rows' },
            { id: 'columns', title: 'Columns', badge: reading.columns.length },
            ...(reading.format === 'parquet' ? [] : [{ id: 'broken', title: 'Problems', badge: problems }]),
          ]}
        >
          {part === 'rows' && (
            <DataTable
              bare
              numbered
              label="First rows"
              rows={rows}
              rowKey={(_, index) => String(index)}
              columns={columns}
              empty="There are no rows."
            />
          )}
          {part === 'columns' && <Columns found={found} onTypes={onTypes} />}
          {part === 'broken' && (
            <div className={styles.problems}>
              {lost.map(({ message }) => (
                <p key={message}>{message}</p>
              ))}
              <DataTable
                bare
                label="Broken rows"
                rows={broken.rows}
                rowKey={(row) => String(row.line)}
                columns={BROKEN}
                empty="Every row has the table’s fields."
              />
            </div>
          )}
        </Tabs>
      </div>
      <p className={styles.facts}>{factsOf(found)}</p>
    </>
  )
}

function Columns({
  found: { reading, page },
  onTypes,
}: {
  found: FileInspection
  onTypes: (types: ChosenReading['types']) => void
}) {
  const fixed = reading.format !== 'csv'
  const types = Object.fromEntries(reading.columns.map(({ name, type }) => [name, type]))
  return (
    <div className={styles.columns}>
      {reading.columns.map(({ name, type }, c) => (
        <div key={name} className={styles.column}>
          <span title={name}>{name}</span>
          {fixed ? (
            <code title={type}>{type}</code>
          ) : (
            <Select
              label={`Type of ${name}`}
              value={type}
              options={TYPES}
              onChange={(next) => onTypes({ ...types, [name]: next })}
            />
          )}
          <span className={styles.values}>{valuesOf(page.values[c] ?? [])}</span>
        </div>
      ))}
    </div>
  )
}

/** Some of a column's different values, to know it by. */
function valuesOf(values: readonly unknown[]): string {
  return [...new Set(values.filter((value) => value !== null))].slice(0, 8).join(' · ')
}
