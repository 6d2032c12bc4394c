import type { Clients } from '../../../contract.ts'
import { EngineError } from '../../../kit/pure/errors.ts'

export function splitLocation(location: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([^/]+)\/(.*)$/.exec(location)
  if (!match) throw new EngineError('InvalidArgument', `${location} is not written as s3://bucket/prefix/.`)
  return { bucket: match[1], prefix: match[2] === '' || match[2].endsWith('/') ? match[2] : `${match[2]}/` }
}

export async function ensureBucket(clients: Clients, bucket: string): Promise<void> {
  if ((await clients.lake.listBuckets({})).some((other) => other.name === bucket)) return
  await clients.lake.createBucket({ bucket })
}

export async function ensureDatabase(clients: Clients, database: string): Promise<void> {
  if ((await clients.catalog.listDatabases({})).some((other) => other.name === database)) return
  await clients.catalog.createDatabase({ database })
}

export interface StoredObject {
  readonly key: string
  readonly size: number
}

export async function listAll(clients: Clients, bucket: string, prefix: string): Promise<StoredObject[]> {
  const found: StoredObject[] = []
  let startAfter = ''
  for (;;) {
    const page = await clients.lake.listObjects({ bucket, prefix, startAfter, max: 10_000 })
    for (const { key, size } of page.objects) found.push({ key, size })
    if (!page.next) return found
    startAfter = page.next
  }
}

/** Deletes all objects under a prefix and says how many there were. An empty prefix is refused: it would empty the bucket. */
export async function emptyPrefix(clients: Clients, bucket: string, prefix: string): Promise<number> {
  if (prefix === '')
    throw new EngineError('InvalidArgument', `This would empty the whole bucket ${bucket}: give a prefix.`)
  const objects = await listAll(clients, bucket, prefix)
  for (let from = 0; from < objects.length; from += 1000)
    await clients.lake.deleteObjects({ bucket, keys: objects.slice(from, from + 1000).map((object) => object.key) })
  return objects.length
}

/** The part of a prefix before its first expression, up to the last folder. */
export function fixedPrefix(prefix: string): string {
  const expression = prefix.indexOf('!{')
  if (expression < 0) return prefix
  return prefix.slice(0, prefix.lastIndexOf('/', expression) + 1)
}

/** Waits until a feed says that its thing has ended, and gives its last state. */
export async function lastOf<T>(feed: AsyncIterable<T>): Promise<T> {
  let last: T | undefined
  for await (const item of feed) last = item
  if (last === undefined)
    throw new EngineError('InternalFailure', 'The engine ended without an answer.', { domain: 'internal' })
  return last
}
