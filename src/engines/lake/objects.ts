import { hash } from 'node:crypto'
import { closeSync, constants, createReadStream, fstatSync, openSync, read, unlinkSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { EngineError } from '../kit/pure/errors.ts'
import type { Bucket } from './bucket.ts'
import type { ObjectInfo } from './contract.ts'
import { diskCode, diskError, isMissing, syncPath, writeDurable } from './disk.ts'
import { noSuchKey, requireKey } from './names.ts'
import type { ObjectRow } from './store.ts'

const readFile = promisify(read)

export interface ObjectDetails {
  key: string
  etag: string
  contentType?: string
  metadata?: Record<string, string>
  modifiedMs: number
  /** An ETag that must, or must not, be the one of the object that is there; `*` is any. */
  ifMatch?: string
  ifNoneMatch?: string
}

/** A folder of temporary files on the disk of the lake; emptied at every start. */
export class Temporary {
  private readonly directory: string
  private count = 0

  constructor(directory: string) {
    this.directory = directory
  }

  /** Gives `work` a new name and leaves nothing behind under it. */
  async use<T>(work: (file: string) => Promise<T>): Promise<T> {
    const file = join(this.directory, String(this.count++))
    try {
      return await work(file)
    } finally {
      await rm(file, { force: true })
    }
  }
}

export const md5 = (body: Uint8Array): string => hash('md5', body)

export async function putObject(
  bucket: Bucket,
  temporary: Temporary,
  body: Uint8Array,
  details: Omit<ObjectDetails, 'etag'>,
): Promise<ObjectInfo> {
  requireKey(details.key)
  return temporary.use(async (file) => {
    const written = writeDurable(file, body)
    // The hash is worked out while the disk is at work.
    const etag = `"${md5(body)}"`
    try {
      await written
    } catch (thrown) {
      throw diskError(thrown, file)
    }
    return installObject(bucket, file, { ...details, etag })
  })
}

/** Puts a file that is whole and durable under its key, and answers once its name is durable too. */
export async function installObject(bucket: Bucket, file: string, details: ObjectDetails): Promise<ObjectInfo> {
  const { row, folder } = installRow(bucket, file, details)
  await bucket.durable(folder)
  return toInfo(row)
}

export function installRow(bucket: Bucket, file: string, details: ObjectDetails): { row: ObjectRow; folder: string } {
  requireKey(details.key)
  checkWrite(bucket, details)
  const metadata = Object.keys(details.metadata ?? {}).length > 0 ? JSON.stringify(details.metadata) : null
  const row = {
    key: details.key,
    etag: details.etag,
    modifiedMs: details.modifiedMs,
    contentType: details.contentType ?? null,
    metadata,
  }
  try {
    return bucket.install(file, row)
  } catch (thrown) {
    // The folders are not as we knew them: somebody else works in them too.
    if (!['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY'].includes(diskCode(thrown)))
      throw diskError(thrown, bucket.root)
  }
  bucket.distrust()
  try {
    return bucket.install(file, row)
  } catch (thrown) {
    throw diskError(thrown, bucket.root)
  }
}

/** Conditional writes (S3 User Guide, "Add preconditions to S3 operations"). Nothing of ours comes between the check and the write. */
function checkWrite(bucket: Bucket, { key, ifMatch, ifNoneMatch }: ObjectDetails): void {
  if (ifMatch === undefined && ifNoneMatch === undefined) return
  const there = bucket.look(key)
  const is = (etag: string) => there !== undefined && (etag === '*' || bare(etag) === bare(there.etag))
  if (ifMatch !== undefined && !there) throw noSuchKey(key)
  if ((ifMatch !== undefined && !is(ifMatch)) || (ifNoneMatch !== undefined && is(ifNoneMatch)))
    throw new EngineError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
}

const bare = (etag: string): string => etag.replaceAll('"', '')

export function headObject(bucket: Bucket, key: string): ObjectRow {
  requireKey(key)
  const row = bucket.look(key)
  if (!row) throw noSuchKey(key)
  return row
}

/** Bytes `start` to `end`, both inclusive as in an HTTP range; an `end` past the object's is its last byte. */
export async function getObject(
  bucket: Bucket,
  key: string,
  start = 0,
  end = Number.MAX_SAFE_INTEGER,
): Promise<ObjectInfo & { body: Uint8Array<ArrayBuffer> }> {
  const { row, handle } = openObject(bucket, key)
  try {
    const ranged = start > 0 || end < Number.MAX_SAFE_INTEGER
    if (ranged && (start >= row.size || start > end))
      throw new EngineError('InvalidRange', 'The requested range is not satisfiable')
    // Not zeroed: it is written over whole, or not given out.
    const body = new Uint8Array(Buffer.allocUnsafeSlow(Math.min(end, row.size - 1) - start + 1).buffer as ArrayBuffer)
    for (let at = 0; at < body.length; ) {
      const { bytesRead } = await readFile(handle, body, at, body.length - at, start + at)
      if (bytesRead === 0)
        throw new EngineError('ServiceUnavailable', `${bucket.file(row.path)} was cut short while it was read.`, {
          domain: 'external',
          retry: true,
        })
      at += bytesRead
    }
    return { ...toInfo(row), body }
  } finally {
    closeSync(handle)
  }
}

/** Bytes `start` to `end` of an object as a stream; both inclusive. */
export function streamObject(bucket: Bucket, key: string, start = 0, end?: number): Readable {
  const { row, handle } = openObject(bucket, key)
  const last = end ?? row.size - 1
  if (row.size > 0 && (start > last || last >= row.size)) {
    closeSync(handle)
    throw new EngineError('InvalidRange', 'The requested range is not satisfiable')
  }
  if (row.size === 0) {
    closeSync(handle)
    return Readable.from([])
  }
  return createReadStream('', { fd: handle, start, end: last, highWaterMark: 1024 * 1024 })
}

/** Opens the very file that the row speaks of: a put that comes in between gives a new file and a new look. */
export function openObject(bucket: Bucket, key: string): { row: ObjectRow; handle: number } {
  for (let attempt = 0; ; attempt++) {
    const row = headObject(bucket, key)
    try {
      const handle = openSync(bucket.file(row.path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
      const stat = fstatSync(handle)
      if (stat.size === row.size && stat.mtimeMs === row.fileMs) return { row, handle }
      closeSync(handle)
    } catch (thrown) {
      if (!isMissing(thrown)) throw diskError(thrown, bucket.file(row.path))
    }
    if (attempt === 5)
      throw new EngineError('ServiceUnavailable', `${bucket.file(row.path)} keeps changing.`, {
        domain: 'external',
        retry: true,
      })
  }
}

/** Deletes what is there; keys without an object count as deleted, as S3 has it. */
export async function deleteObjects(bucket: Bucket, keys: readonly string[]): Promise<void> {
  const folders = new Set<string>()
  for (const key of keys) {
    const row = bucket.look(key)
    if (!row) continue
    try {
      unlinkSync(bucket.file(row.path))
    } catch (thrown) {
      if (!isMissing(thrown)) throw diskError(thrown, bucket.file(row.path))
    }
    folders.add(bucket.forget(row))
  }
  for (const folder of folders) {
    await bucket.durable(folder).catch((thrown) => {
      if (!isMissing(thrown)) throw diskError(thrown, folder)
    })
  }
}

/** Copies without reading where the file system can share blocks. */
export async function copyObject(
  from: { bucket: Bucket; key: string },
  to: { bucket: Bucket; key: string },
  temporary: Temporary,
  change: { modifiedMs: number; replace?: { contentType?: string; metadata: Record<string, string> } },
): Promise<ObjectInfo> {
  requireKey(to.key)
  const source = headObject(from.bucket, from.key)
  return temporary.use(async (file) => {
    try {
      await copyFile(from.bucket.file(source.path), file, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
      await syncPath(file)
    } catch (thrown) {
      if (isMissing(thrown)) throw noSuchKey(from.key)
      throw diskError(thrown, from.bucket.file(source.path))
    }
    const info = toInfo(source)
    const { contentType, metadata } = change.replace ?? info
    const { modifiedMs } = change
    return installObject(to.bucket, file, { key: to.key, etag: info.etag, contentType, metadata, modifiedMs })
  })
}

export function toInfo(row: ObjectRow): ObjectInfo {
  return {
    key: row.key,
    size: row.size,
    etag: row.etag,
    modifiedMs: row.modifiedMs,
    ...(row.contentType !== null && { contentType: row.contentType }),
    metadata: row.metadata === null ? {} : (JSON.parse(row.metadata) as Record<string, string>),
  }
}
