import type { Clients } from '../../../../engines/contract.ts'

const BUCKET = 'attached'
const PART_BYTES = 8 * 1024 ** 2

/** Stores a file of the browser's as a new object of the lake; it is there whole or not at all. */
export async function uploadFile(
  clients: Clients,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<{ bucket: string; key: string }> {
  const buckets = await clients.lake.listBuckets({}, { signal })
  if (!buckets.some(({ name }) => name === BUCKET)) await clients.lake.createBucket({ bucket: BUCKET }, { signal })
  const object = { bucket: BUCKET, key: await freeKey(clients, file.name, signal) }
  const { uploadId } = await clients.lake.createMultipartUpload(object, { signal })
  try {
    const parts: { partNumber: number; etag: string }[] = []
    do {
      const at = parts.length * PART_BYTES
      const body = new Uint8Array(await file.slice(at, at + PART_BYTES).arrayBuffer())
      const partNumber = parts.length + 1
      const { etag } = await clients.lake.uploadPart({ ...object, uploadId, partNumber, body }, { signal })
      parts.push({ partNumber, etag })
      onProgress(Math.min(1, (parts.length * PART_BYTES) / file.size))
    } while (parts.length * PART_BYTES < file.size)
    await clients.lake.completeMultipartUpload({ ...object, uploadId, parts }, { signal })
    return object
  } catch (thrown) {
    await clients.lake.abortMultipartUpload({ ...object, uploadId })
    throw thrown
  }
}

async function freeKey(clients: Clients, name: string, signal: AbortSignal): Promise<string> {
  for (let n = 1; ; n++) {
    const key = n === 1 ? `uploads/${name}` : `uploads/${n}/${name}`
    const { objects } = await clients.lake.listObjects({ bucket: BUCKET, prefix: key, max: 1 }, { signal })
    if (objects.length === 0) return key
  }
}
