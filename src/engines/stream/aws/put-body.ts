import { memberName, PlainJson, readPlain } from '../../kit/node/aws/plain-json.ts'
import type { RecordBatch } from '../../kit/pure/batch.ts'
import { parseHashKey } from '../hash-key.ts'

export const RECORDS_MAX = 500
export const DATA_BYTES_MAX = 1024 * 1024
export const REQUEST_BYTES_MAX = 10 * 1024 * 1024

/** Keys of more bytes may still be short enough in characters: the schema counts those. */
const KEY_BYTES_MAX = 256
const SCRATCH_BYTES = 1024 * 1024

const STREAM_NAME = memberName('StreamName')
const RECORDS = memberName('Records')
const DATA = memberName('Data')
const PARTITION_KEY = memberName('PartitionKey')
const EXPLICIT_HASH_KEY = memberName('ExplicitHashKey')

// What a request decodes to is gathered here, and copied out once its size is known. A read runs in one go, so that one is enough.
const keys = new Uint8Array(RECORDS_MAX * KEY_BYTES_MAX)
const keyEnds = new Uint32Array(RECORDS_MAX)
const dataEnds = new Uint32Array(RECORDS_MAX)
const sharedData = new Uint8Array(SCRATCH_BYTES)

/**
 * The hot path: a PutRecords in JSON of plain shape, from the body's bytes straight into a batch, without an object or a string for any record.
 * Undefined for what is unusual, wrong or might be: escapes, members twice, unknown or of another type, limits exceeded. The body stays as it is.
 */
export function readPutRecords(body: Uint8Array): { stream: string; batch: RecordBatch } | undefined {
  return readPlain(() => read(new PlainJson(body), body.length))
}

function read(json: PlainJson, bodyBytes: number): { stream: string; batch: RecordBatch } {
  // Base64 is longer than what it stands for, so that a body's length is room enough.
  const data = bodyBytes <= SCRATCH_BYTES ? sharedData : new Uint8Array(bodyBytes)
  let stream: string | undefined
  let count = 0
  let [keysAt, dataAt] = [0, 0]
  let [hasData, hasKey] = [false, false]
  let hashKeys: (string | null)[] | undefined

  const member = () => {
    if (!hasData && json.isMember(DATA)) {
      hasData = true
      dataAt = json.blob(data, dataAt)
    } else if (!hasKey && json.isMember(PARTITION_KEY)) {
      hasKey = true
      keysAt = json.utf8(keys, keysAt, KEY_BYTES_MAX)
    } else if (hashKeys?.[count] === undefined && json.isMember(EXPLICIT_HASH_KEY)) {
      const text = json.text()
      if (parseHashKey(text) === undefined) json.unusual()
      hashKeys ??= []
      hashKeys[count] = text
    } else json.unusual()
  }
  const record = () => {
    if (count === RECORDS_MAX) json.unusual()
    const [keyStart, dataStart] = [keysAt, dataAt]
    hasData = false
    hasKey = false
    json.object(member)
    if (!hasData || keysAt === keyStart || dataAt - dataStart > DATA_BYTES_MAX) json.unusual()
    keyEnds[count] = keysAt
    dataEnds[count] = dataAt
    count++
  }
  json.object(() => {
    if (stream === undefined && json.isMember(STREAM_NAME)) stream = json.text()
    else if (count === 0 && json.isMember(RECORDS)) json.list(record)
    else json.unusual()
  })
  json.end()
  if (stream === undefined || !/^[a-zA-Z0-9_.-]{1,128}$/.test(stream) || count === 0) json.unusual()
  if (keysAt + dataAt > REQUEST_BYTES_MAX) json.unusual()
  // In buffers of the very size, so that they are handed to the engine's thread and not copied.
  const batch = {
    count,
    keys: keys.slice(0, keysAt),
    keyEnds: keyEnds.slice(0, count),
    data: data.slice(0, dataAt),
    dataEnds: dataEnds.slice(0, count),
  }
  if (!hashKeys) return { stream, batch }
  const given = hashKeys as (string | null)[]
  return { stream, batch: { ...batch, hashKeys: Array.from({ length: count }, (_, i) => given[i] ?? null) } }
}
