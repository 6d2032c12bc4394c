import { displayCell } from './format.ts'
import { type CellValue, type ColumnKind, compareCells } from './model.ts'

/** What the numbers among some cells come to; as text, since a sum of text numbers keeps every digit. */
export interface NumberFacts {
  readonly count: number
  readonly sum: string
  readonly average: string
  readonly min: string
  readonly max: string
}

/** Adds decimals digit by digit, however they are written; what has an exponent is added as doubles are. */
class Sum {
  private whole = 0n
  private scale = 0
  private rest = 0

  add(value: CellValue): void {
    const [, sign, digits, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? []
    if (digits === undefined) {
      this.rest += Number(value)
      return
    }
    if (fraction.length > this.scale) {
      this.whole *= 10n ** BigInt(fraction.length - this.scale)
      this.scale = fraction.length
    }
    this.whole += BigInt(sign + digits + fraction.padEnd(this.scale, '0'))
  }

  get text(): string {
    if (this.rest !== 0 || Number.isNaN(this.rest)) return String(this.number)
    const digits = String(this.whole < 0n ? -this.whole : this.whole).padStart(this.scale + 1, '0')
    const at = digits.length - this.scale
    const fraction = digits.slice(at).replace(/0+$/, '')
    return `${this.whole < 0n ? '-' : ''}${digits.slice(0, at)}${fraction && `.${fraction}`}`
  }

  get number(): number {
    return Number(this.whole) / 10 ** this.scale + this.rest
  }
}

/** Facts of the numbers in sight of a selection, added row by row. */
export class SelectionFacts {
  nulls = 0
  private count = 0
  private readonly sum = new Sum()
  private least: CellValue = null
  private greatest: CellValue = null
  private readonly numeric: readonly boolean[]

  constructor(kinds: readonly (ColumnKind | undefined)[]) {
    this.numeric = kinds.map((kind) => kind === 'number')
  }

  add(row: readonly CellValue[]): void {
    for (let at = 0; at < row.length; at++) {
      const value = row[at]
      if (value === null || value === undefined) this.nulls++
      else if (this.numeric[at] && !Number.isNaN(Number(value))) this.number(value)
    }
  }

  private number(value: CellValue): void {
    this.sum.add(value)
    if (this.count === 0 || compareCells(value, this.least, 'number') < 0) this.least = value
    if (this.count === 0 || compareCells(value, this.greatest, 'number') > 0) this.greatest = value
    this.count++
  }

  /** Null where there are none. */
  get numbers(): NumberFacts | null {
    const { count } = this
    if (count === 0) return null
    const shown = (value: CellValue) => displayCell(value, 'number')
    return {
      count,
      sum: shown(this.sum.text),
      average: shown(this.sum.number / count),
      min: shown(this.least),
      max: shown(this.greatest),
    }
  }
}
