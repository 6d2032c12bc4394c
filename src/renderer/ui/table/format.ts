import type { CellValue, ColumnKind } from './model.ts'

const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 })

/** How a cell reads on the screen. Digits that a double cannot hold are kept: text numbers are grouped as text. */
export function displayCell(value: CellValue, kind: ColumnKind): string {
  if (value === null || value === undefined) return ''
  if (kind === 'number') {
    if (typeof value === 'number')
      return Number.isInteger(value) || Math.abs(value) >= 1e-6 ? plain.format(value) : String(value)
    if (typeof value === 'bigint') return plain.format(value)
    if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) {
      const [whole, fraction] = value.split('.')
      return plain.format(BigInt(whole)) + (fraction ? `.${fraction}` : '')
    }
  }
  return String(value)
}
