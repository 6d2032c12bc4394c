import { csvRecords } from '../../kit/pure/csv.ts'
import { type ItemReader, isObject, type Json, type JsonObject, StateError } from '../asl/types.ts'
import type { Integrations } from '../integrations/integrations.ts'
import { wholeField } from '../run/fields.ts'
import type { Scope } from '../run/scope.ts'

/** An object is read as a whole, and held as text while its items are taken out of it. */
const OBJECT_BYTES_MAX = 128 * 1024 * 1024
const DELIMITERS: Readonly<Record<string, string>> = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' }

const failed = (why: string): StateError => new StateError('States.ItemReaderFailed', why)

/** The items of an ItemReader, in order. Throws StateError with States.ItemReaderFailed. */
export async function readItems(
  reader: ItemReader,
  scope: Scope,
  integrations: Integrations,
  signal: AbortSignal,
): Promise<Json[]> {
  const place = (await scope.value((reader.Parameters ?? reader.Arguments)!, 'ItemReader')) as JsonObject
  const { ReaderConfig: config = {} } = reader
  const limit = (await wholeField(config, 'MaxItems', scope)) || Infinity
  const ask: Ask = (operation, input) =>
    integrations.ask('s3', operation, input, 'S3', signal, 'States.ItemReaderFailed')
  if (reader.Resource.endsWith(':listObjectsV2')) return listed(ask, place, limit)
  const { ContentLength: bytes } = await ask('HeadObject', place)
  if ((bytes as number) > OBJECT_BYTES_MAX) throw failed(`The object has ${bytes} bytes, and 128 MiB are read at most.`)
  const { Body } = await ask('GetObject', place)
  return parsed(String(Body), config).slice(0, limit)
}

type Ask = (operation: string, input: JsonObject) => Promise<JsonObject>

/** Objects of a bucket, in the members by which Step Functions tells of them. */
async function listed(ask: Ask, place: JsonObject, limit: number): Promise<Json[]> {
  const items: Json[] = []
  for (let token: Json | undefined; items.length < limit; ) {
    const answer = await ask('ListObjectsV2', { ...place, ...(token !== undefined && { ContinuationToken: token }) })
    for (const { ETag, Key, LastModified, Size, StorageClass } of (answer.Contents ?? []) as JsonObject[])
      items.push({ Etag: ETag, Key, LastModified: Date.parse(String(LastModified)) / 1000, Size, StorageClass })
    token = answer.NextContinuationToken
    if (token === undefined) break
  }
  return items.slice(0, limit)
}

function parsed(text: string, config: NonNullable<ItemReader['ReaderConfig']>): Json[] {
  if (config.InputType === 'CSV') return rows(text, config)
  if (config.InputType === 'JSONL')
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line, index) => json(line, `line ${index + 1}`))
  const found = pointed(json(text, 'the object'), config.ItemsPointer ?? '')
  if (!Array.isArray(found)) throw failed('Attempted to map over non-iterable JSON.')
  return found
}

function rows(text: string, config: NonNullable<ItemReader['ReaderConfig']>): Json[] {
  const records = [...csvRecords(text, DELIMITERS[config.CSVDelimiter ?? 'COMMA'])]
  const names = config.CSVHeaderLocation === 'GIVEN' ? config.CSVHeaders! : (records.shift() ?? [])
  return records.map((fields) => Object.fromEntries(names.map((name, i) => [name, fields[i] ?? ''])))
}

function json(text: string, where: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (thrown) {
    throw failed(`What stands in ${where} is not JSON: ${(thrown as Error).message}`)
  }
}

/** A JSON pointer (RFC 6901). */
function pointed(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    at = Array.isArray(at) ? at[Number(name)] : isObject(at) ? at[name] : undefined
  }
  return at
}
