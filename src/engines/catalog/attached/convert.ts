import { basename } from 'node:path'
import type { Clients } from '../../contract.ts'
import type { Encoding } from '../../kit/pure/file-reading.ts'
import { decoderOf } from './encoding.ts'
import { bytesOf, type SourceFile } from './source.ts'

/** Where files lie that are not read in place. */
const BUCKET = 'attached'
/** S3 wants 5 MiB and more of every part but the last. */
const PART_BYTES = 8 * 1024 ** 2

export interface Place {
  readonly bucket: string
  readonly prefix: string
}

/** A folder in the lake that holds nothing yet, by the table's name. */
export async function freePlace(name: string, lake: Clients['lake']): Promise<Place> {
  const buckets = await lake.listBuckets({})
  if (!buckets.some((bucket) => bucket.name === BUCKET)) await lake.createBucket({ bucket: BUCKET })
  for (let n = 1; ; n++) {
    const prefix = n === 1 ? `${name}/` : `${name}-${n}/`
    const { objects } = await lake.listObjects({ bucket: BUCKET, prefix, max: 1 })
    if (objects.length === 0) return { bucket: BUCKET, prefix }
  }
}

/**
 * Writes files as UTF-8 into the lake, unpacked, each as one object of the place. Tells the bytes of text that are written; an object
 * appears whole or not at all.
 */
export async function* convertToLake(
  files: readonly SourceFile[],
  encoding: Encoding,
  { bucket, prefix }: Place,
  lake: Clients['lake'],
  signal: AbortSignal,
): AsyncGenerator<number> {
  let written = 0
  for (const { path } of files) {
    const object = { bucket, key: `${prefix}${basename(path).replace(/\.(gz|zst)$/i, '')}` }
    const { uploadId } = await lake.createMultipartUpload(object)
    try {
      const parts: { partNumber: number; etag: string }[] = []
      for await (const body of utf8Parts(path, encoding)) {
        signal.throwIfAborted()
        const size = body.length
        const partNumber = parts.length + 1
        const { etag } = await lake.uploadPart({ ...object, uploadId, partNumber, body }, { signal })
        parts.push({ partNumber, etag })
        written += size
        yield written
      }
      await lake.completeMultipartUpload({ ...object, uploadId, parts })
    } catch (thrown) {
      await lake.abortMultipartUpload({ ...object, uploadId })
      throw thrown
    }
  }
}

async function* utf8Parts(path: string, encoding: Encoding): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const decoder = decoderOf(encoding)
  let kept: Buffer[] = []
  let size = 0
  const take = () => {
    const part = new Uint8Array(Buffer.concat(kept))
    kept = []
    size = 0
    return part
  }
  for await (const chunk of bytesOf(path)) {
    const text = Buffer.from(decoder.decode(chunk as Uint8Array, { stream: true }))
    kept.push(text)
    size += text.length
    if (size >= PART_BYTES) yield take()
  }
  kept.push(Buffer.from(decoder.decode()))
  yield take()
}
