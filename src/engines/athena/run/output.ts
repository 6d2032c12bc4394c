import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { QueryExecution } from '../contract.ts'
import { folderUri, splitUri } from '../files.ts'
import { columnForm, utilityLine, WRITTEN_ROWS } from '../result-columns.ts'
import { writesFiles } from '../statements/kinds.ts'
import type { Runnable } from '../statements/statement.ts'
import { resultMetadata } from './metadata.ts'
import type { Outcome, Run } from './outcome.ts'
import { ensureBucket } from './write.ts'

/** The object that a query's result is told by: of statements that write rows it is only the stem of those beside it. */
export function resultObject(statement: Runnable | undefined, queryId: string, location: string): string {
  const folder = folderUri(location)
  if (!statement || statement.kind === 'query') return `${folder}${queryId}.csv`
  if (statement.kind === 'createTableAs') return `${folder}tables/${queryId}`
  return writesFiles(statement) ? `${folder}${queryId}` : `${folder}${queryId}.txt`
}

/** As S3 would when results are written: a bucket here belongs to the one account. */
export function requireOwner({ outputLocation, expectedBucketOwner }: QueryExecution): void {
  if (expectedBucketOwner === undefined || expectedBucketOwner === ACCOUNT_ID) return
  throw new EngineError(
    'PERMISSION_DENIED',
    `Access denied when writing output to url: ${outputLocation}. Please ensure you are allowed to access the S3 bucket. If specifying an expected bucket owner, confirm the bucket is owned by the expected account.`,
  )
}

/**
 * The result as objects: rows as CSV, lines of SHOW, DESCRIBE and EXPLAIN as text, the list of the files that were written, and `.metadata`
 * with the columns beside each. DDL has an empty text and no metadata.
 */
export async function writeOutput(
  statement: Runnable,
  query: QueryExecution,
  outcome: Outcome,
  run: Run,
): Promise<{ outputBytes: number; manifestLocation?: string }> {
  const { bucket, prefix: key } = splitUri(query.outputLocation!)
  await ensureBucket(bucket, run)
  const { directory } = await run.clients.lake.stage({ bucket })
  try {
    const objects: { file: string; key: string }[] = []
    const add = async (suffix: string, fill: (file: string) => Promise<void>) => {
      const file = join(directory, `${objects.length}`)
      await fill(file)
      objects.push({ file, key: key + suffix })
      return file
    }
    let outputBytes = outcome.written?.bytes ?? 0
    const manifest = outcome.written && outcome.written.uris.length > 0
    if (manifest) await add('-manifest.csv', (file) => writeFile(file, `${outcome.written!.uris.join('\n')}\n`))
    if (!outcome.written) {
      const result = await add('', (file) =>
        statement.kind === 'query'
          ? run.results.exportCsv(run.session, query, outcome.columns, file)
          : writeText(query, outcome, run, file),
      )
      outputBytes = (await stat(result)).size
    }
    const columns = outcome.written ? [WRITTEN_ROWS] : outcome.columns
    if (columns.length > 0) {
      const update = outcome.written && { type: updateType(statement), count: outcome.rowCount ?? 0 }
      await add('.metadata', (file) => writeFile(file, resultMetadata(query.queryId, columns.map(columnForm), update)))
    }
    await run.clients.lake.adopt({ bucket, files: objects })
    return { outputBytes, ...(manifest && { manifestLocation: `${query.outputLocation}-manifest.csv` }) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function updateType({ kind }: Runnable): string {
  return kind === 'createTableAs' ? 'CREATE TABLE' : kind.toUpperCase()
}

/** Lines without an end after the last; EXPLAIN alone has the name of its column above. */
async function writeText(query: QueryExecution, outcome: Outcome, run: Run, file: string): Promise<void> {
  const rowCount = outcome.rowCount ?? 0
  const { values } = await run.results.page({ ...query, columns: outcome.columns }, 0, rowCount, true)
  const lines = Array.from({ length: values.length > 0 ? rowCount : 0 }, (_, r) =>
    utilityLine(
      query.substatementType,
      values.map((column) => column[r]),
    ),
  )
  const head = query.statementType === 'DML' ? outcome.columns.map(({ name }) => name) : []
  await writeFile(file, [...head, ...lines].join('\n'))
}
