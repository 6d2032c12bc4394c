import type { DuckSession } from '../../kit/node/duck.ts'
import { identifier } from '../../kit/node/duck.ts'

/** A number that is there once the measures were taken; null where there are no rows to take it from. */
export type Measure = () => number | null

interface Pass {
  readonly from: string
  readonly aggregates: string[]
  values: (number | null)[]
}

/** Aggregates that rules ask for, taken together: one pass for each set of rows, and one for each grouping of them. */
export class Measures {
  private readonly passes = new Map<string, Pass>()

  /** An aggregate over the rows that `from` selects. */
  ask(from: string, aggregate: string): Measure {
    const pass = this.passes.get(from) ?? { from, aggregates: [], values: [] }
    this.passes.set(from, pass)
    let at = pass.aggregates.indexOf(aggregate)
    if (at < 0) at = pass.aggregates.push(aggregate) - 1
    return () => pass.values[at]
  }

  /**
   * An aggregate over the groups of rows with equal values of the columns: `n` is how many rows a group has. Rows without any of the values
   * are in no group (Deequ, "FrequencyBasedAnalyzer").
   */
  askGroups(from: string, columns: readonly string[], aggregate: string): Measure {
    const names = columns.map(identifier)
    const some = names.map((name) => `${name} IS NOT NULL`).join(' OR ')
    return this.ask(
      `SELECT count(*) AS n FROM (${from}) AS source WHERE ${some} GROUP BY ${names.join(', ')}`,
      aggregate,
    )
  }

  async take(
    session: DuckSession,
    { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: number) => void },
  ): Promise<void> {
    let done = 0
    for (const pass of this.passes.values()) {
      const list = pass.aggregates.map((aggregate) => `(${aggregate})::DOUBLE`)
      const { values } = await session.query(`SELECT ${list.join(', ')} FROM (${pass.from}) AS source`, {
        signal,
        onProgress: (progress) => onProgress((done + progress) / this.passes.size),
      })
      pass.values = values.map(([value]) => (value === null ? null : Number(value)))
      onProgress(++done / this.passes.size)
    }
  }
}
