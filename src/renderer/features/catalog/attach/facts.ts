import type { FileInspection } from '../../../../engines/catalog/contract.ts'
import { formatBytes, formatNumber, plural } from '../../../lib/index.ts'
import { ENCODINGS } from './choices.ts'

/** What was looked at, and how much of it is lost. */
export function factsOf({ files, bytes, broken, unfit, whole, reading }: FileInspection): string {
  const size = `${files > 1 ? `${plural(files, 'file')}, ` : ''}${formatBytes(bytes)}`
  if (reading.format === 'parquet') return size
  const looked = whole ? 'all rows were looked at' : 'the first 4 MiB were looked at'
  const lost = [
    broken.count > 0 && `${formatNumber(broken.count)} ${broken.count === 1 ? 'is' : 'are'} broken`,
    unfit > 0 && `${plural(unfit, 'value')} cannot be read`,
  ].filter(Boolean)
  return `${size} · ${looked}, ${lost.join(', ') || 'none is broken'}`
}

/** What is unlike a plain UTF-8 table in a delimited file; null where nothing is. */
export function oddities({ broken, notes, reading }: FileInspection): string | null {
  const first = broken.rows[0]
  const sentences = [
    reading.encoding !== 'utf-8' &&
      `The file is ${ENCODINGS.find(({ value }) => value === reading.encoding)?.label}: tables of crawled files are read as UTF-8, attached ones as they are.`,
    first &&
      `${plural(broken.count, 'row')} ${broken.count === 1 ? 'is' : 'are'} broken, first line ${formatNumber(first.line, 0)}: ${first.reason}.`,
    ...notes.flatMap(({ field, message }) => (field === 'columns' ? [message] : [])),
  ].filter(Boolean)
  return sentences.length === 0 ? null : sentences.join(' ')
}
