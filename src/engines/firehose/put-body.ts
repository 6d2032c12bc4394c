import { memberName, PlainJson, readPlain } from '../kit/node/aws/plain-json.ts'
import type { RecordBatch } from '../kit/pure/batch.ts'
import { RECORD_BYTES_MAX } from './model.ts'

export const BATCH_RECORDS_MAX = 500
export const BATCH_BYTES_MAX = 4 * 1024 * 1024

const NAME = memberName('DeliveryStreamName')
const RECORDS = memberName('Records')
const DATA = memberName('Data')
const SCRATCH_BYTES = 1024 * 1024

// What a request decodes to is gathered here, and copied out once its size is known. A read runs in one go, so that one is enough.
const sharedEnds = new Uint32Array(BATCH_RECORDS_MAX)
const sharedData = new Uint8Array(SCRATCH_BYTES)

/**
 * The hot path: a PutRecordBatch in JSON of plain shape, from the body's bytes straight into a batch. Undefined for what is unusual, wrong or
 * might be, which the schema then reads. The body stays as it is.
 */
export function readPutRecordBatch(body: Uint8Array): { name: string; batch: RecordBatch } | undefined {
  return readPlain(() => read(new PlainJson(body), body.length))
}

function read(json: PlainJson, bodyBytes: number): { name: string; batch: RecordBatch } {
  // Base64 is longer than what it stands for, so that a body's length is room enough.
  const data = bodyBytes <= SCRATCH_BYTES ? sharedData : new Uint8Array(bodyBytes)
  let name: string | undefined
  let count = 0
  let at = 0
  const record = () => {
    if (count === BATCH_RECORDS_MAX) json.unusual()
    const start = at
    let given = false
    json.object(() => {
      if (given || !json.isMember(DATA)) json.unusual()
      given = true
      at = json.blob(data, at)
    })
    if (at - start > RECORD_BYTES_MAX) json.unusual()
    sharedEnds[count++] = at
  }
  json.object(() => {
    if (name === undefined && json.isMember(NAME)) name = json.text()
    else if (count === 0 && json.isMember(RECORDS)) json.list(record)
    else json.unusual()
  })
  json.end()
  if (name === undefined || !/^[a-zA-Z0-9_.-]{1,64}$/.test(name) || count === 0 || at > BATCH_BYTES_MAX) json.unusual()
  // In buffers of the very size, so that they are handed to the engine's thread and not copied.
  const batch = {
    count,
    keys: new Uint8Array(0),
    keyEnds: new Uint32Array(count),
    data: data.slice(0, at),
    dataEnds: sharedEnds.slice(0, count),
  }
  return { name, batch }
}
