import type { Cell } from '../kit/pure/table.ts'

/** The values that a statement binds. Users' values reach DuckDB only through it. */
export class Params {
  readonly values: Exclude<Cell, null>[]

  constructor(values: readonly Exclude<Cell, null>[] = []) {
    this.values = [...values]
  }

  /** The same values, for a statement that goes on to bind its own. */
  copy(): Params {
    return new Params(this.values)
  }

  /** Remembers the value and gives its place holder. */
  bind(value: Exclude<Cell, null>): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** A name as DuckDB reads it in quotes, whatever it contains. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
