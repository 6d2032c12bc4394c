import { type CellValue, toCsv } from './model.ts'

/** Gives the person a file, by way of the browser's own download. */
export function saveFile(name: string, parts: BlobPart[], type = 'text/plain;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob(parts, { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** CSV of many rows, in pieces, letting the window breathe between them. `load` makes sure the rows are there. */
export async function exportCsv(options: {
  name: string
  header: readonly string[]
  rowCount: number
  load: (from: number, to: number) => Promise<unknown>
  row: (index: number) => readonly CellValue[]
  onProgress: (share: number) => void
  signal: AbortSignal
}): Promise<void> {
  const { rowCount, row, signal } = options
  const pieces: string[] = [toCsv(options.header, [])]
  for (let from = 0; from < rowCount; from += 5000) {
    if (signal.aborted) return
    const to = Math.min(rowCount, from + 5000)
    await options.load(from, to)
    const rows = Array.from({ length: to - from }, (_, i) => row(from + i))
    pieces.push(toCsv([], rows).slice(1))
    options.onProgress(to / rowCount)
    await new Promise((resolve) => setTimeout(resolve))
  }
  saveFile(options.name.endsWith('.csv') ? options.name : `${options.name}.csv`, pieces, 'text/csv;charset=utf-8')
}
