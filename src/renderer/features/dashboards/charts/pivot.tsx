import { Table2 } from 'lucide-react'
import { Fragment, memo, useMemo } from 'react'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { cx } from '../../../ui/index.ts'
import { fieldLabel } from '../model/fields.ts'
import { formatDimension, formatMeasure } from '../model/format.ts'
import { addsUp, pivotOf } from '../model/pivot.ts'
import styles from './charts.module.css'
import { type ChartProps, defineChart, markKey } from './define.ts'

const form = z.object({
  totals: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Totals', help: 'Of sums and counts; other measures do not add up' })),
})

/** Cells beyond these are told of instead of drawn: a page of DOM is no place for them. */
const CELLS_MAX = 6000

function PivotVisual({ visual, fields, answer, options, picked, onPick }: ChartProps<z.output<typeof form>>) {
  const pivot = useMemo(() => pivotOf(fields, answer.values), [fields, answer])
  const of = (role: string) => fields.filter((field) => field.role === role)
  const [rowFields, columnFields, measures] = [of('rows'), of('columns'), of('value')]
  const width = Math.max(1, pivot.columns.length * measures.length)
  const rows = pivot.rows.slice(0, Math.max(1, Math.floor(CELLS_MAX / width)))
  const rowTotals = options.totals && columnFields.length > 0 && measures.some(addsUp)
  const columnTotals = options.totals && rows.length === pivot.rows.length && measures.some(addsUp) && rows.length > 1
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div className={styles.pivot} tabIndex={0} role="region" aria-label={visual.title}>
      <table>
        <thead>
          {columnFields.map((field, level) => (
            <tr key={field.index}>
              {level === 0 &&
                rowFields.map(({ use, index }) => (
                  <th key={index} rowSpan={columnFields.length + 1} scope="col">
                    {fieldLabel(use)}
                  </th>
                ))}
              {pivot.columns.map((column) => (
                <th key={column.key} colSpan={measures.length} scope="col" className={styles.measureHead}>
                  {formatDimension(column.values[level], field.use)}
                </th>
              ))}
              {rowTotals && level === 0 && (
                <th colSpan={measures.length} scope="col" className={styles.measureHead}>
                  Total
                </th>
              )}
            </tr>
          ))}
          <tr>
            {columnFields.length === 0 &&
              rowFields.map(({ use, index }) => (
                <th key={index} scope="col">
                  {fieldLabel(use)}
                </th>
              ))}
            {[...pivot.columns, ...(rowTotals ? [{ key: 'total' }] : [])].map((column) => (
              <Fragment key={column.key}>
                {measures.map(({ use, index }) => (
                  <th key={index} scope="col" className={styles.measureHead}>
                    {fieldLabel(use)}
                  </th>
                ))}
              </Fragment>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => {
            const key = markKey({ values: row.values })
            return (
              <tr key={row.key} className={cx(picked === key && styles.pickedCell)}>
                {rowFields.map(({ use, index }, i) => (
                  <th
                    key={index}
                    scope="row"
                    className={styles.mark}
                    onClick={() => onPick({ fields: rowFields, values: row.values })}
                  >
                    {sameAbove(rows, r, i) ? '' : formatDimension(row.values[i], use)}
                  </th>
                ))}
                {pivot.columns.map((column, c) => (
                  <Fragment key={column.key}>
                    {measures.map(({ use, index }, m) => (
                      <td key={index}>
                        {pivot.cells[r][c][m] === null ? '' : formatMeasure(pivot.cells[r][c][m], use)}
                      </td>
                    ))}
                  </Fragment>
                ))}
                {rowTotals &&
                  measures.map(({ use, index }, m) => (
                    <td key={index} className={styles.total}>
                      {pivot.rowTotals[r][m] === null ? '' : formatMeasure(pivot.rowTotals[r][m], use)}
                    </td>
                  ))}
              </tr>
            )
          })}
          {columnTotals && (
            <tr>
              <th colSpan={rowFields.length} scope="row" className={styles.total}>
                Total
              </th>
              {pivot.columnTotals.map((total, c) => (
                <Fragment key={pivot.columns[c].key}>
                  {measures.map(({ use, index }, m) => (
                    <td key={index} className={styles.total}>
                      {total[m] === null ? '' : formatMeasure(total[m], use)}
                    </td>
                  ))}
                </Fragment>
              ))}
              {rowTotals &&
                measures.map((field, m) => (
                  <td key={field.index} className={styles.total}>
                    {addsUp(field)
                      ? formatMeasure(
                          pivot.columnTotals.reduce((sum, total) => sum + (total[m] ?? 0), 0),
                          field.use,
                        )
                      : ''}
                  </td>
                ))}
            </tr>
          )}
        </tbody>
      </table>
      {rows.length < pivot.rows.length && (
        <p className={styles.more}>
          The first {rows.length} of {pivot.rows.length} rows
        </p>
      )}
    </div>
  )
}

function sameAbove(rows: readonly { values: readonly unknown[] }[], row: number, level: number): boolean {
  if (row === 0 || level === rows[row].values.length - 1) return false
  return rows[row].values.slice(0, level + 1).every((value, i) => value === rows[row - 1].values[i])
}

export const pivot = defineChart({
  kind: 'pivot',
  title: 'Pivot table',
  icon: Table2,
  summary: 'Measures by rows and columns',
  options: form,
  Component: memo(PivotVisual),
  size: { w: 12, h: 9 },
})
