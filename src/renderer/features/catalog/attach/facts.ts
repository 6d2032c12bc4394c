import type { FileInspection } from '../../../../engines/catalog/contract.ts'
import { formatBytes, formatNumber, plural } from '../../../lib/index.ts'

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
