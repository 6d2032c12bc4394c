import { open, rm } from 'node:fs/promises'
import { type Duck, literal } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { shown } from './conditions.ts'
import type { ExportFormat } from './contract.ts'
import { kept } from './relation.ts'
import { SHEET_ROWS_MAX, writeWorkbook } from './xlsx.ts'

const PIECE_BYTES = 256 * 1024
/** Making the file is the first part of the way, handing it over the rest. */
const MADE = 0.8

const COPY_OPTIONS: Record<Exclude<ExportFormat, 'xlsx'>, string> = {
  csv: `FORMAT csv, HEADER true, NULLSTR ''`,
  parquet: `FORMAT parquet, COMPRESSION zstd`,
  json: `FORMAT json, ARRAY true`,
}

/**
 * How a column's values are written. A text format has nested values as JSON and bytes in hex, as they are read in the window; JSON has no
 * number for what is none (RFC 8259), so it has its name.
 */
export function writtenAs(format: ExportFormat): (name: string, column: Column) => string {
  if (format === 'xlsx') return (name) => name
  // Parquet has no integer of 38 digits, as sums of the warehouse are: DuckDB would write a double.
  if (format === 'parquet')
    return (name, { type, declared }) =>
      type === 'bigint' && declared.startsWith('numeric(38') ? `${name}::DECIMAL(38, 0)` : name
  return (name, column) => {
    if (column.type === 'binary' || (format === 'csv' && column.type === 'json')) return shown(name, column)
    if (column.type !== 'double') return name
    const named = `CASE WHEN isnan(${name}) THEN 'NaN' WHEN ${name} > 0 THEN 'Infinity' ELSE '-Infinity' END`
    return format === 'json'
      ? `CASE WHEN isfinite(${name}) THEN to_json(${name}) WHEN ${name} IS NOT NULL THEN to_json(${named}) END`
      : `CASE WHEN isfinite(${name}) THEN ${name}::VARCHAR WHEN ${name} IS NOT NULL THEN ${named} END`
  }
}

export interface Wanted {
  readonly sql: string
  readonly names: readonly string[]
  readonly rowCount: number
  readonly format: ExportFormat
  /** Where the file is made, before it is handed over; it is gone at the end. */
  readonly file: string
}

export async function* exportRows(
  duck: Duck,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<{ progress: number } | { bytes: Uint8Array<ArrayBuffer>; done: number } | { cut: number }> {
  const { sql, format, file, rowCount } = wanted
  if (format === 'xlsx' && rowCount > SHEET_ROWS_MAX)
    throw new EngineError(
      'ExportRefused',
      `A sheet of Excel holds ${SHEET_ROWS_MAX.toLocaleString('en')} rows; these are ${rowCount.toLocaleString('en')}. Choose CSV or Parquet, or filter the rows.`,
    )
  const steps = new Steps()
  let cut = 0
  try {
    const made =
      format === 'xlsx'
        ? writeWorkbook(duck, wanted, (share) => steps.say(share), signal).then((texts) => {
            cut = texts
          })
        : kept(
            duck.use(
              (session) =>
                session.run(`COPY (${sql}) TO ${literal(file)} (${COPY_OPTIONS[format]})`, {
                  signal,
                  onProgress: (share) => steps.say(share),
                }),
              { lane: 'user', signal },
            ),
          )
    for await (const share of steps.until(made)) yield { progress: share * MADE }
    if (cut > 0) yield { cut }
    await using handle = await open(file)
    const { size } = await handle.stat()
    for (let at = 0; at < size && !signal.aborted; ) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, size - at))
      const { bytesRead } = await handle.read(piece, 0, piece.length, at)
      at += bytesRead
      yield {
        bytes: bytesRead === piece.length ? piece : piece.slice(0, bytesRead),
        done: MADE + (1 - MADE) * (at / size),
      }
    }
  } finally {
    await rm(file, { force: true })
  }
}

/** The latest share of a work under way, for whoever is slower to read than it is to tell. */
class Steps {
  private latest = 0
  private wake = () => {}

  say(share: number): void {
    this.latest = share
    this.wake()
  }

  /** Shares until the work has ended; its failure is thrown. */
  async *until(work: Promise<unknown>): AsyncGenerator<number> {
    let ended = false
    const end = () => {
      ended = true
      this.wake()
    }
    work.then(end, end)
    for (let told = -1; !ended; ) {
      if (this.latest === told)
        await new Promise<void>((resolve) => {
          this.wake = resolve
          if (ended) resolve()
        })
      if (ended) break
      told = this.latest
      yield told
    }
    await work
  }
}
