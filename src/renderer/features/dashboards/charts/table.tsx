import { Table } from 'lucide-react'
import { memo, useMemo } from 'react'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { type CellValue, type DataColumn, DataTable } from '../../../ui/index.ts'
import { fieldLabel } from '../model/fields.ts'
import { formatDimension, formatMeasure } from '../model/format.ts'
import styles from './charts.module.css'
import { type Answer, type ChartProps, defineChart, markKey } from './define.ts'

const form = z.object({
  detail: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Rows as they are', help: 'Instead of one row for each group' })),
})

type Row = readonly CellValue[]

/** Columns of an answer as they read in a table; values stay exact for copying and export. */
export function answerColumns(fields: ChartProps['fields'], answer: Answer): DataColumn<Row>[] {
  return fields.map(({ use }, index) => {
    const type = answer.columns[index]?.type
    const number = type === 'integer' || type === 'bigint' || type === 'decimal' || type === 'double'
    return {
      id: `${index}`,
      title: fieldLabel(use),
      detail: use.column,
      kind: number
        ? 'number'
        : type === 'date' || type === 'timestamp'
          ? 'time'
          : type === 'boolean'
            ? 'boolean'
            : 'text',
      value: (row) => row[index],
      format: (cell) =>
        typeof cell === 'bigint' || cell === undefined
          ? String(cell ?? '')
          : use.aggregate || (number && use.format)
            ? formatMeasure(cell, use)
            : formatDimension(cell, use),
    }
  })
}

export function answerRows(answer: Answer): Row[] {
  const count = answer.values[0]?.length ?? 0
  return Array.from({ length: count }, (_, row) => answer.values.map((column) => column[row]))
}

/** Widths that show every column: where there is no room for all, the widest texts give way first, numbers never. */
function fitted(columns: readonly DataColumn<Row>[], rows: readonly Row[], width: number): DataColumn<Row>[] {
  const wanted = columns.map(({ kind, title, format }, at) => {
    const head = textPixels(title) + 30
    const body = rows.slice(0, 60).map((row) => textPixels(format?.(row[at]) ?? '') + 18)
    return Math.min(300, Math.max(kind === 'text' ? head : Math.min(head, 96), ...body))
  })
  const texts = columns.flatMap(({ kind }, at) => (kind === 'text' ? [wanted[at]] : []))
  const numbers = columns.reduce((sum, { kind }, at) => (kind === 'text' ? sum : sum + wanted[at]), 0)
  const most = cap(texts, width - numbers - 2)
  return columns.map((column, at) => ({
    ...column,
    width: Math.floor(column.kind === 'text' ? Math.min(wanted[at], most) : wanted[at]),
  }))
}

/** The width that no column may pass for all of them to fit, but never so narrow that nothing is read. */
function cap(widths: readonly number[], room: number): number {
  let left = room
  const rising = [...widths].sort((a, b) => a - b)
  for (const [at, width] of rising.entries()) {
    const share = left / (rising.length - at)
    if (width > share) return Math.max(72, share)
    left -= width
  }
  return Number.POSITIVE_INFINITY
}

/** Near enough for a column's width: capitals are wider than the rest. */
const textPixels = (text: string) => [...text].reduce((sum, char) => sum + (/\p{Lu}/u.test(char) ? 8.6 : 6.7), 0)

function TableVisual({ visual, fields, answer, options, width, picked, onPick }: ChartProps<z.output<typeof form>>) {
  const rows = useMemo(() => answerRows(answer), [answer])
  const columns = useMemo(() => fitted(answerColumns(fields, answer), rows, width), [fields, answer, rows, width])
  const dimensions = useMemo(() => fields.flatMap(({ use }, at) => (use.aggregate ? [] : [at])), [fields])
  const valuesOf = (row: Row) => dimensions.map((at) => row[at] as string | number | boolean | null)
  const keyOf = (row: Row, index: number) => (options.detail ? `${index}` : markKey({ values: valuesOf(row) }))
  return (
    <div className={styles.frame}>
      <DataTable
        bare
        label={visual.title}
        columns={columns}
        rows={rows}
        rowKey={keyOf}
        selected={picked}
        onOpen={(row) =>
          !options.detail && onPick({ fields: dimensions.map((at) => fields[at]), values: valuesOf(row) })
        }
      />
    </div>
  )
}

export const table = defineChart({
  kind: 'table',
  title: 'Table',
  icon: Table,
  summary: 'Exact values, many columns',
  options: form,
  Component: memo(TableVisual),
  size: { w: 12, h: 9 },
})
