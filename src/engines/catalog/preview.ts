import type { z } from 'zod'
import { type DuckSession, literal } from '../kit/node/duck.ts'
import { hiveType } from '../kit/node/sql/types.ts'
import { BadRows } from './bad-rows.ts'
import type { catalog } from './contract.ts'
import { type FileReach, type ReadableFiles, readerSql, resolveFiles } from './files.ts'

type PreviewInput = z.output<typeof catalog.verbs.preview.input>
type Preview = z.input<typeof catalog.verbs.preview.output>

/** Text files up to this size are read whole in a preview, to find broken rows before a run does. */
const CHECKED_BYTES_MAX = 32 * 1024 ** 2

export async function preview(input: PreviewInput, reach: FileReach, signal: AbortSignal): Promise<Preview> {
  const files = await resolveFiles(input, reach)
  return reach.duck.use((session) => previewOf(input, files, session, signal), { signal })
}

async function previewOf(
  input: PreviewInput,
  files: ReadableFiles,
  session: DuckSession,
  signal: AbortSignal,
): Promise<Preview> {
  const reader = await readerSql(session, files, input.csv)
  const table = await session.query(`SELECT * FROM ${reader} LIMIT ${input.rows}`, { signal, declare: hiveType })
  const bad = new BadRows(session, files)
  await bad.collect()
  if (files.format !== 'parquet' && files.bytes <= CHECKED_BYTES_MAX) {
    bad.badRows = 0
    // Counting every column makes DuckDB convert every value.
    if (files.format === 'csv') await session.run(`SELECT count(COLUMNS(*)) FROM ${reader}`, { signal })
    else bad.note(0)
    await bad.collect()
  }
  const { badRows, firstBadRow } = bad
  return {
    columns: table.columns,
    page: { columns: table.columns, start: 0, rowCount: table.rowCount, values: table.values },
    rowCount: files.format === 'parquet' ? await parquetRows(files, session) : null,
    bytes: files.bytes,
    badRows,
    ...(firstBadRow && { firstBadRow }),
  }
}

async function parquetRows(files: ReadableFiles, session: DuckSession): Promise<number> {
  const list = files.paths.map(literal).join(', ')
  const rows = await session.query(`SELECT sum(num_rows)::DOUBLE FROM parquet_file_metadata([${list}])`)
  return Number(rows.values[0][0])
}
