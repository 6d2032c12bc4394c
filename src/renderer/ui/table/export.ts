import { type CellValue, type ReadRows, type RowWriter, toCsv } from './model.ts'

/** Gives the person a file, by way of the browser's own download. */
export function saveFile(name: string, parts: BlobPart[], type = 'text/plain;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob(parts, { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

export type ExportFormat = 'csv' | 'json'

export interface ExportSource {
  readonly name: string
  readonly header: readonly string[]
  readonly rowCount: number
  readonly read: ReadRows
}

interface FileWriter extends RowWriter {
  readonly type: string
}

export const ROWS_A_PIECE = 5000

/** A file of many rows, made in pieces, letting the window breathe between them. */
export async function exportRows(
  format: ExportFormat,
  { name, header, rowCount, read }: ExportSource,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const writer = format === 'csv' ? csvWriter(header) : jsonWriter(header)
  const pieces: string[] = [writer.begin]
  for (let from = 0; from < rowCount; from += ROWS_A_PIECE) {
    if (signal.aborted) return
    const to = Math.min(rowCount, from + ROWS_A_PIECE)
    pieces.push(writer.rows(await read(from, to, signal), from === 0))
    onProgress(to / rowCount)
    await new Promise((resolve) => setTimeout(resolve))
  }
  if (signal.aborted) return
  pieces.push(writer.end)
  saveFile(name.endsWith(`.${format}`) ? name : `${name}.${format}`, pieces, writer.type)
}

export function csvWriter(header: readonly string[]): FileWriter {
  return {
    type: 'text/csv;charset=utf-8',
    begin: toCsv(header, []),
    rows: (rows) => toCsv([], rows).slice(1),
    end: '',
  }
}

/** An array of objects. Numbers that a double cannot hold arrive as text and stay text; a name that repeats gets a number. */
export function jsonWriter(header: readonly string[]): FileWriter {
  const names = header.map((name, at) => {
    const before = header.slice(0, at).filter((other) => other === name).length
    return before === 0 ? name : `${name}_${before + 1}`
  })
  const line = (row: readonly CellValue[]) =>
    JSON.stringify(Object.fromEntries(names.map((name, at) => [name, plain(row[at])])))
  return {
    type: 'application/json',
    begin: '[',
    rows: (rows, first) => `${first ? '\n' : ',\n'}${rows.map(line).join(',\n')}`,
    end: '\n]\n',
  }
}

function plain(value: CellValue): string | number | boolean | null {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return value ?? null
}
