import type { Clients } from '../../contract.ts'
import { invalid } from '../errors.ts'
import { type ObjectPlace, objectOf } from './files.ts'

/** What goes over at once, and what is kept in memory of an object. */
const PART_BYTES = 8 * 1024 * 1024

interface Found {
  /** Behind the source's own path. */
  readonly name: string
  readonly bytes: number
  read(): AsyncIterable<Uint8Array>
}

export interface CopyRun {
  readonly from: string
  readonly to: string
  readonly cluster: string
  readonly clients: Pick<Clients, 'lake' | 'hdfs'>
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** S3DistCp: the files below a place of HDFS or of the lake, copied to another. */
export async function runCopy(run: CopyRun): Promise<void> {
  let files = 0
  let bytes = 0
  for await (const file of sourceFiles(run)) {
    run.signal.throwIfAborted()
    await put(run, joined(run.to, file.name), file)
    files++
    bytes += file.bytes
  }
  if (files === 0) throw invalid(`There is nothing at ${run.from}.`)
  run.log(`${files} files, ${bytes} bytes from ${run.from} to ${run.to}`)
}

async function* sourceFiles({ from, cluster, clients }: CopyRun): AsyncGenerator<Found> {
  const object = objectOf(from)
  if (!object) {
    yield* hdfsFiles(clients, cluster, hdfsPath(from), '')
    return
  }
  const { bucket, key } = object
  const whole = key === '' || key.endsWith('/')
  for (let startAfter = ''; ; ) {
    const page = await clients.lake.listObjects({ bucket, prefix: key, startAfter })
    for (const { key: found, size } of page.objects)
      if (whole || found === key || found.startsWith(`${key}/`))
        yield {
          name: found.slice(key.length).replace(/^\//, ''),
          bytes: size,
          read: () => readObject(clients, bucket, found, size),
        }
    if (page.next === undefined) return
    startAfter = page.next
  }
}

async function* readObject({ lake }: CopyRun['clients'], bucket: string, key: string, size: number) {
  for (let start = 0; start < size; start += PART_BYTES)
    yield (await lake.getObject({ bucket, key, start, end: Math.min(size, start + PART_BYTES) - 1 })).body
}

async function* hdfsFiles(
  clients: CopyRun['clients'],
  cluster: string,
  path: string,
  name: string,
): AsyncGenerator<Found> {
  for (const entry of await clients.hdfs.list({ cluster, path })) {
    const below = entry.path === path ? name : `${name === '' ? '' : `${name}/`}${entry.name}`
    if (entry.kind === 'directory') yield* hdfsFiles(clients, cluster, entry.path, below)
    else yield { name: below, bytes: entry.bytes, read: () => readHdfs(clients, cluster, entry.path) }
  }
}

async function* readHdfs({ hdfs }: CopyRun['clients'], cluster: string, path: string) {
  for await (const { bytes } of hdfs.read({ cluster, path })) yield bytes
}

async function put({ cluster, clients }: CopyRun, to: string, file: Found): Promise<void> {
  const object = objectOf(to)
  if (object) return putObject(clients, object, file)
  const { handle } = await clients.hdfs.create({ cluster, path: hdfsPath(to), overwrite: true })
  try {
    for await (const bytes of file.read()) await clients.hdfs.write({ handle, bytes: new Uint8Array(bytes) })
    await clients.hdfs.close({ handle })
  } catch (thrown) {
    await clients.hdfs.abandon({ handle }).catch(() => {})
    throw thrown
  }
}

/** Small files at once, others in parts, so that none is in memory as a whole. */
async function putObject({ lake }: CopyRun['clients'], object: ObjectPlace, file: Found): Promise<void> {
  const pieces = inPieces(file.read())
  if (file.bytes <= PART_BYTES) {
    const { value } = await pieces.next()
    await lake.putObject({ ...object, body: value ?? new Uint8Array() })
    return
  }
  const { uploadId } = await lake.createMultipartUpload(object)
  try {
    const parts: { partNumber: number; etag: string }[] = []
    for await (const body of pieces) {
      const partNumber = parts.length + 1
      parts.push({ partNumber, etag: (await lake.uploadPart({ ...object, uploadId, partNumber, body })).etag })
    }
    await lake.completeMultipartUpload({ ...object, uploadId, parts })
  } catch (thrown) {
    await lake.abortMultipartUpload({ ...object, uploadId }).catch(() => {})
    throw thrown
  }
}

async function* inPieces(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let gathered: Uint8Array[] = []
  let bytes = 0
  for await (const part of parts) {
    gathered.push(part)
    bytes += part.length
    if (bytes < PART_BYTES) continue
    yield new Uint8Array(Buffer.concat(gathered))
    gathered = []
    bytes = 0
  }
  if (bytes > 0) yield new Uint8Array(Buffer.concat(gathered))
}

const hdfsPath = (uri: string): string => uri.replace(/^hdfs:\/\/[^/]*/, '') || '/'
const joined = (place: string, name: string): string => (name === '' ? place : `${place.replace(/\/$/, '')}/${name}`)
