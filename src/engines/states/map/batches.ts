import { type ItemBatcher, type Json, type JsonObject, StateError } from '../asl/types.ts'
import { PAYLOAD_BYTES_MAX } from '../errors.ts'
import { wholeField } from '../run/fields.ts'
import type { Scope } from '../run/scope.ts'

/** Input of one child execution, and how many items are in it. */
export interface Share {
  readonly input: Json
  readonly items: number
}

const bytesOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value))

/** One share for an item, or by an ItemBatcher for as many as fit. Throws StateError. */
export async function sharesOf(
  items: readonly Json[],
  batcher: ItemBatcher | undefined,
  scope: Scope,
): Promise<Share[]> {
  if (!batcher) return items.map((input) => ({ input: bounded(input), items: 1 }))
  const most = (await wholeField(batcher, 'MaxItemsPerBatch', scope)) || Infinity
  const bytesMost = Math.min((await wholeField(batcher, 'MaxInputBytesPerBatch', scope)) || Infinity, PAYLOAD_BYTES_MAX)
  const common: JsonObject =
    batcher.BatchInput === undefined ? {} : { BatchInput: await scope.value(batcher.BatchInput, 'ItemBatcher') }
  const empty = bytesOf({ ...common, Items: [] })
  const shares: Share[] = []
  let [batch, bytes]: [Json[], number] = [[], empty]
  const close = () => {
    if (batch.length > 0) shares.push({ input: { ...common, Items: batch }, items: batch.length })
    ;[batch, bytes] = [[], empty]
  }
  for (const item of items) {
    const more = bytesOf(item) + 1
    if (batch.length >= most || (batch.length > 0 && bytes + more > bytesMost)) close()
    batch.push(item)
    bytes += more
  }
  close()
  for (const { input } of shares) bounded(input)
  return shares
}

function bounded(input: Json): Json {
  if (bytesOf(input) <= PAYLOAD_BYTES_MAX) return input
  throw new StateError('States.DataLimitExceeded', 'The input of a child workflow execution is larger than 256 KiB.')
}
