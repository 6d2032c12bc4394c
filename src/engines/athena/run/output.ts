import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { QueryExecution } from '../contract.ts'
import { splitUri } from '../files.ts'
import type { Outcome, Run } from './outcome.ts'
import { ensureBucket } from './write.ts'

/**
 * The result as objects under the output location: `<query id>.csv` for queries, `.txt` for DDL and utilities, and `.metadata` with
 * the columns. Athena's metadata is a binary of its own; ours is JSON. Answers the object's URI.
 */
export async function writeOutput(
  query: QueryExecution,
  outcome: Outcome,
  location: string,
  run: Run,
): Promise<string> {
  const { bucket, prefix } = splitUri(location.endsWith('/') ? location : `${location}/`)
  await ensureBucket(bucket, run)
  const { directory } = await run.clients.lake.stage({ bucket })
  try {
    const name = `${query.queryId}.${query.statementType === 'DML' ? 'csv' : 'txt'}`
    const file = join(directory, name)
    if (outcome.columns.length === 0) await writeFile(file, '')
    else await run.results.exportCsv(run.session, query, outcome.columns, file)
    const metadata = join(directory, `${name}.metadata`)
    await writeFile(metadata, JSON.stringify({ columns: outcome.columns, rowCount: outcome.rowCount }))
    await run.clients.lake.adopt({
      bucket,
      files: [
        { file, key: `${prefix}${name}` },
        { file: metadata, key: `${prefix}${name}.metadata` },
      ],
    })
    return `s3://${bucket}/${prefix}${name}`
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
