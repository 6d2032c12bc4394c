import { dataBytes, type RecordBatch } from '../kit/pure/batch.ts'
import type { Cell, Column, TablePage } from '../kit/pure/table.ts'

const KEPT = 200
/** Of each batch once the ring is full: until then a short run shows nearly all it had. */
const PER_BATCH = 4
const decoder = new TextDecoder()

/** Some of the rows that lately passed, in a ring: what a person sees when they look at a wire. */
export class Samples {
  private readonly ring: Uint8Array[] = []
  private next = 0
  /** Rises with each row kept, so that a watcher knows whether there is something new. */
  version = 0

  take(batch: RecordBatch): void {
    const wanted = Math.max(PER_BATCH, KEPT - this.ring.length)
    const step = Math.max(1, Math.ceil(batch.count / wanted))
    for (let i = 0; i < batch.count; i += step) this.keep(dataBytes(batch, i).slice())
  }

  keep(payload: Uint8Array): void {
    if (this.ring.length < KEPT) this.ring.push(payload)
    else this.ring[this.next] = payload
    this.next = (this.next + 1) % KEPT
    this.version++
  }

  /** Oldest first. */
  texts(limit: number): string[] {
    const all = [...this.ring.slice(this.next), ...this.ring.slice(0, this.next)]
    const inOrder = this.ring.length < KEPT ? this.ring : all
    return inOrder.slice(-limit).map((payload) => decoder.decode(payload))
  }
}

/** JSON records as a table: the fields of all of them, in order of first appearance. Text that is no JSON object is one column `record`. */
export function tableOf(texts: readonly string[]): TablePage {
  const rows = texts.map(readObject)
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const values = names.map((name) => rows.map((row) => cellOf(row[name])))
  return {
    columns: names.map((name, c) => columnOf(name, values[c])),
    start: 0,
    rowCount: rows.length,
    values,
  }
}

export const NO_ROWS: TablePage = { columns: [], start: 0, rowCount: 0, values: [] }

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (value && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {}
  return { record: text }
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return JSON.stringify(value)
}

const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/

function columnOf(name: string, cells: readonly Cell[]): Column {
  const present = cells.filter((cell) => cell !== null)
  const every = (test: (cell: Cell) => boolean) => present.length > 0 && present.every(test)
  const type = every((cell) => typeof cell === 'boolean')
    ? 'boolean'
    : every((cell) => Number.isInteger(cell))
      ? 'bigint'
      : every((cell) => typeof cell === 'number')
        ? 'double'
        : every((cell) => typeof cell === 'string' && TIME.test(cell))
          ? 'timestamp'
          : 'string'
  return { name, type, declared: type }
}
