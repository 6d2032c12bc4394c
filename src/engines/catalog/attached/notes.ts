import { basename } from 'node:path'
import type { Attachment } from '../../kit/node/attached-files.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { FileReach } from '../files.ts'
import { inspectFile } from './inspect.ts'

/**
 * What is to be said of an attached table's rows as its files are now: other columns than when it was attached, rows that are left out, values
 * that read as NULL. By the first 4 MiB of its first file, as it was looked at when it was attached.
 */
export async function notesOf(
  { source, reading }: Attachment,
  reach: FileReach,
  signal: AbortSignal,
): Promise<string[]> {
  const name = basename(source)
  const { columns, ...chosen } = reading
  if (chosen.format === 'parquet') return []
  const types = Object.fromEntries(columns.map((column) => [column.name, column.type]))
  try {
    const found = await inspectFile({ source, chosen: { ...chosen, types }, rows: 1 }, reach, signal)
    const names = found.reading.columns.map((column) => column.name)
    const isOther =
      names.length !== columns.length || (chosen.header && names.some((own, i) => own !== columns[i].name))
    if (isOther)
      return [
        `${name} has other columns than when it was attached: ${names.join(', ')}. Detach the table and attach it again.`,
      ]
    const within = found.whole ? '' : ' in its first 4 MiB'
    const [first] = found.broken.rows
    const rows = found.broken.count === 1 ? '1 row' : `${found.broken.count} rows`
    const broken = first
      ? [`${rows} of ${name}${within} cannot be read whole, line ${first.line}: ${first.reason}.`]
      : []
    return [
      ...broken,
      ...found.notes.filter(({ field }) => field === 'columns').map(({ message }) => `${name}, ${message}`),
    ]
  } catch (thrown) {
    if (signal.aborted) throw thrown
    return [`${name} cannot be read as it was attached. ${EngineError.from(thrown).message}`]
  }
}
