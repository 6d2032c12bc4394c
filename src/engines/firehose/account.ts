import type { Unit } from './arrivals.ts'
import type { Intent } from './ledger.ts'
import { type Pieces, RangeCollector } from './positions.ts'

/** Which records something takes, in the form of the ledger. A record of which it takes every piece is a record; else its pieces are told one by one. */
export class Account {
  private readonly positions = new RangeCollector()
  private readonly parts: Pieces[] = []
  private open: { unit: Unit; runs: number[]; count: number } | undefined
  private records = 0
  private rawBytes = 0

  static of(units: Iterable<Unit>): Account {
    const account = new Account()
    for (const unit of units) account.add(unit)
    return account
  }

  add(unit: Unit): void {
    if (unit.of === 1) {
      this.whole(unit)
      return
    }
    const open = this.open
    if (!open || open.unit.position !== unit.position || open.unit.origin !== unit.origin) {
      this.close()
      this.open = { unit, runs: [unit.piece, unit.piece + 1], count: 1 }
      return
    }
    const { runs } = open
    if (runs[runs.length - 1] === unit.piece) runs[runs.length - 1]++
    else runs.push(unit.piece, unit.piece + 1)
    open.count++
  }

  private whole({ origin, position, rawBytes }: Unit): void {
    this.positions.add(origin, position)
    this.records++
    this.rawBytes += rawBytes
  }

  private close(): void {
    const open = this.open
    this.open = undefined
    if (!open) return
    const { unit, runs, count } = open
    if (count === unit.of) this.whole(unit)
    else this.parts.push({ origin: unit.origin, position: unit.position, of: unit.of, bytes: unit.rawBytes, runs })
  }

  result(): Pick<Intent, 'records' | 'rawBytes' | 'ranges' | 'pieces'> {
    this.close()
    const { parts } = this
    return {
      records: this.records,
      rawBytes: this.rawBytes,
      ranges: this.positions.ranges,
      ...(parts.length > 0 && { pieces: parts }),
    }
  }
}
