import type { ColumnProfile, TableProfile } from './contract.ts'

/** Texts with at most so many values are taken for a fixed list. */
const LIST_MAX = 10

/** Rules that the table keeps as its profile found it, as a DQDL document. */
export function recommendRules({ rowCount, columns }: TableProfile): string {
  const rules = [
    `RowCount between ${Math.floor(rowCount / 2) - 1} and ${Math.ceil(rowCount * 1.5) + 1}`,
    `ColumnCount = ${columns.length}`,
    ...columns.flatMap((column) => columnRules(column, rowCount)),
  ]
  return `Rules = [\n${rules.map((rule) => `  ${rule}`).join(',\n')}\n]\n`
}

function columnRules(column: ColumnProfile, rowCount: number): string[] {
  const name = quoted(column.name)
  const { nulls, distinct, type, lengths, topValues, min } = column
  const filled = rowCount - nulls
  if (filled === 0) return []
  const rules = [
    nulls === 0 ? `IsComplete ${name}` : `Completeness ${name} >= ${Math.floor((filled / rowCount) * 100) / 100}`,
  ]
  const where = nulls > 0 ? ` where ${quoted(`\`${column.name}\` is not null`)}` : ''
  if (distinct.exact && distinct.count === filled && filled > 1 && type !== 'double') rules.push(`IsUnique ${name}`)
  else if (
    type === 'string' &&
    distinct.exact &&
    distinct.count <= LIST_MAX &&
    topValues.every(({ value }) => isWhole(value))
  )
    rules.push(`ColumnValues ${name} in [${topValues.map(({ value }) => quoted(String(value))).join(', ')}]${where}`)
  if (typeof min === 'number' ? min >= 0 : (type === 'bigint' || type === 'decimal') && !String(min).startsWith('-'))
    rules.push(`ColumnValues ${name} >= 0${where}`)
  if (lengths && lengths.min === lengths.max && lengths.min > 0)
    rules.push(`ColumnLength ${name} = ${lengths.min}${where}`)
  return rules
}

/** Long values are kept shortened in a profile. */
const isWhole = (value: unknown): boolean => String(value).length < 256

const quoted = (text: string): string => `"${text.replaceAll('"', '\\"')}"`
