import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { Split } from '../protocol.ts'
import type { Batch } from './records.ts'
import { readRange } from './source.ts'

/** Row groups whose middle lies in the split, one a batch; keys are the numbers of rows, values objects by column. */
export async function* parquetBatches(split: Split, columns: readonly string[] | undefined): AsyncGenerator<Batch> {
  const file: AsyncBuffer = {
    byteLength: split.fileBytes,
    slice: (start, end = split.fileBytes) => {
      const bytes = readRange(split, start, end - start)
      return new Uint8Array(bytes).buffer
    },
  }
  const metadata = await parquetMetadataAsync(file)
  let rowStart = 0
  let bytes = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const [first] = group.columns
    const offset = Number(first.meta_data?.dictionary_page_offset ?? first.meta_data?.data_page_offset ?? 0)
    const groupBytes = group.columns.reduce(
      (sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0),
      0,
    )
    const middle = offset + groupBytes / 2
    if (middle >= split.offset && middle < split.offset + split.length) {
      const rows = await parquetReadObjects({
        file,
        metadata,
        compressors,
        rowStart,
        rowEnd,
        ...(columns && { columns: [...columns] }),
      })
      bytes += groupBytes
      const start = rowStart
      yield { count: rows.length, key: (i) => start + i, value: (i) => plainRow(rows[i]), bytes }
    }
    rowStart = rowEnd
  }
}

/** Whole numbers that JavaScript holds exactly come as numbers, as in JSON. */
function plainRow(row: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(row)) {
    const value = row[name]
    if (typeof value === 'bigint') row[name] = Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  }
  return row
}
