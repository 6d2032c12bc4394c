import { join } from 'node:path'
import type { Clients } from '../contract.ts'
import { literal } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { warehouseError } from './errors.ts'
import type { Reader } from './reader.ts'
import type { Scope } from './scope.ts'
import { splitStatements, type Token } from './translate/lex.ts'

export interface UnloadCommand {
  readonly query: string
  readonly queryToken: Token
  readonly uri: string
  readonly uriToken: Token
  readonly format: 'DELIMITED' | 'CSV' | 'PARQUET' | 'JSON'
  readonly delimiter: string
  readonly header: boolean
  readonly nullAs: string
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly parallel: boolean
  readonly allowOverwrite: boolean
  readonly cleanPath: boolean
  readonly manifest: boolean
  readonly extension?: string
}

type Draft = { -readonly [K in keyof UnloadCommand]: UnloadCommand[K] }

const REFUSED = [
  'PARTITION',
  'ENCRYPTED',
  'FIXEDWIDTH',
  'BZIP2',
  'ADDQUOTES',
  'ESCAPE',
  'MAXFILESIZE',
  'ROWGROUPSIZE',
  'KMS_KEY_ID',
  'MASTER_SYMMETRIC_KEY',
]

/** Reads UNLOAD ("UNLOAD"), from behind the word. */
export function readUnload(reader: Reader): UnloadCommand {
  reader.need('(')
  const queryToken = reader.token!
  const query = reader.string()
  reader.need(')')
  reader.need('TO')
  const uriToken = reader.token!
  const uri = reader.string()
  if (!/^s3:\/\/[^/]+\//.test(uri)) reader.refuse('UNLOAD to anything but s3://bucket/prefix', uriToken)
  const draft: Draft = {
    query,
    queryToken,
    uri,
    uriToken,
    format: 'DELIMITED',
    delimiter: '|',
    header: false,
    nullAs: '',
    compression: 'none',
    parallel: true,
    allowOverwrite: false,
    cleanPath: false,
    manifest: false,
  }
  let delimiter = false
  while (!reader.done) {
    delimiter ||= reader.is('DELIMITER')
    readOption(reader, draft)
  }
  if (draft.format === 'CSV' && !delimiter) draft.delimiter = ','
  return draft
}

function readOption(reader: Reader, draft: Draft): void {
  for (const word of REFUSED) if (reader.is(word)) reader.refuse(`the UNLOAD option ${word}`)
  const text = () => {
    reader.take('AS')
    return reader.string()
  }
  if (reader.take('FORMAT')) {
    reader.take('AS')
    draft.format = reader.takeOne('CSV', 'PARQUET', 'JSON') ?? reader.fail()
  } else if (reader.take('CSV')) draft.format = 'CSV'
  else if (reader.take('PARQUET')) draft.format = 'PARQUET'
  else if (reader.take('JSON')) draft.format = 'JSON'
  else if (reader.take('IAM_ROLE')) reader.take('DEFAULT') || reader.string()
  else if (reader.take('CREDENTIALS') || reader.take('REGION')) text()
  else if (reader.take('HEADER')) draft.header = true
  else if (reader.take('DELIMITER')) draft.delimiter = text()
  else if (reader.take('NULL')) draft.nullAs = text()
  else if (reader.take('GZIP')) draft.compression = 'gzip'
  else if (reader.take('ZSTD')) draft.compression = 'zstd'
  else if (reader.take('PARALLEL')) draft.parallel = reader.takeOne('ON', 'OFF', 'TRUE', 'FALSE') !== 'OFF'
  else if (reader.take('ALLOWOVERWRITE')) draft.allowOverwrite = true
  else if (reader.take('CLEANPATH')) draft.cleanPath = true
  else if (reader.take('MANIFEST')) {
    if (reader.is('VERBOSE')) reader.refuse('MANIFEST VERBOSE')
    draft.manifest = true
  } else if (reader.take('EXTENSION')) draft.extension = text()
  else reader.fail()
}

/** Writes a query's rows to the lake. One node is one slice, so there is one file, named as Redshift names the first. */
export async function unload(command: UnloadCommand, scope: Scope, lake: Clients['lake']): Promise<number> {
  const [bucket, ...rest] = command.uri.slice('s3://'.length).split('/')
  const prefix = rest.join('/')
  const refuse = (message: string): never => {
    throw scope.error('XX000', message, command.uriToken)
  }
  const existing: string[] = []
  for (let startAfter = ''; ; ) {
    const page = await lake.listObjects({ bucket, prefix, startAfter })
    existing.push(...page.objects.map((object) => object.key))
    if (!page.next) break
    startAfter = page.next
  }
  if (existing.length > 0 && !command.allowOverwrite && !command.cleanPath)
    refuse(
      `Specified unload destination on S3 is not empty: ${command.uri} has ${existing.length} files. Use ALLOWOVERWRITE or CLEANPATH`,
    )
  const { directory } = await lake.stage({ bucket })
  const name = `${command.parallel ? '0000_part_00' : '000'}${suffix(command)}`
  const file = join(directory, `${scope.unique('unload')}-${name}`)
  const rows = await write(command, scope, file)
  if (command.cleanPath && existing.length > 0) await lake.deleteObjects({ bucket, keys: existing })
  const key = `${prefix}${name}`
  await lake.adopt({ bucket, files: [{ file, key }] })
  if (command.manifest) {
    const body = new TextEncoder().encode(JSON.stringify({ entries: [{ url: `s3://${bucket}/${key}` }] }))
    await lake.putObject({ bucket, key: `${prefix}manifest`, body })
  }
  return rows
}

function suffix({ extension, compression, format }: UnloadCommand): string {
  const packed = compression === 'gzip' ? '.gz' : compression === 'zstd' ? '.zst' : ''
  if (extension !== undefined) return `.${extension.replace(/^\./, '')}`
  return format === 'PARQUET' ? '.parquet' : packed
}

async function write(command: UnloadCommand, scope: Scope, file: string): Promise<number> {
  const statements = splitStatements(command.query)
  const [first] = statements[0]?.tokens ?? []
  if (statements.length !== 1 || !['SELECT', 'WITH'].includes(first?.value ?? ''))
    throw scope.error('42601', 'UNLOAD takes one SELECT', command.queryToken)
  // The query is a text inside the text: its places are given as the text's own.
  const inner = scope.inside(command.query)
  try {
    const query = await inner.query(statements[0].tokens)
    const options = [`FORMAT ${command.format === 'DELIMITED' ? 'CSV' : command.format}`]
    if (command.format !== 'PARQUET') options.push(`COMPRESSION ${literal(command.compression)}`)
    if (command.format === 'CSV' || command.format === 'DELIMITED')
      options.push(
        `DELIMITER ${literal(command.delimiter)}`,
        `HEADER ${command.header}`,
        `NULLSTR ${literal(command.nullAs)}`,
      )
    if (command.format === 'DELIMITED') options.push(`QUOTE ''`, `ESCAPE ''`)
    return await scope.session.run(`COPY (${query.text}) TO ${literal(file)} (${options.join(', ')})`, {
      signal: scope.signal,
      onProgress: scope.onProgress,
    })
  } catch (thrown) {
    const error = warehouseError(thrown, command.query, 0)
    throw new EngineError(error.code, error.message, {
      domain: error.domain,
      at: scope.error('', '', command.queryToken).at,
      cause: thrown,
    })
  }
}
