import { hash } from 'node:crypto'
import { closeSync, constants, createReadStream, fstatSync, openSync, read, unlinkSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { checksum } from '../kit/node/aws/checksums.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Bucket, Installed } from './bucket.ts'
import type { Deletion, ObjectInfo } from './contract.ts'
import { diskCode, diskError, isMissing, syncPath, writeDurable } from './disk.ts'
import type { EventName } from './events.ts'
import { PARTS, TAGS, withTags } from './metadata.ts'
import { noSuchKey, requireKey } from './names.ts'
import type { ObjectRow } from './store.ts'
import { NULL_VERSION } from './versions.ts'

const readFile = promisify(read)

export interface ObjectDetails {
  key: string
  etag: string
  contentType?: string
  metadata?: Record<string, string>
  modifiedMs: number
  event: EventName
  /** An ETag that must, or must not, be the one of the object that is there; `*` is any. */
  ifMatch?: string
  ifNoneMatch?: string
}

type Conditional = Pick<ObjectDetails, 'key' | 'ifMatch' | 'ifNoneMatch'>

/** A folder of temporary files on the disk of the lake; emptied at every start. */
export class Temporary {
  private readonly directory: string
  private count = 0

  constructor(directory: string) {
    this.directory = directory
  }

  /** Gives `work` a new name. Work that succeeds has moved the file on; what failed is left nowhere. */
  async use<T>(work: (file: string) => Promise<T>): Promise<T> {
    const file = join(this.directory, String(this.count++))
    try {
      return await work(file)
    } catch (thrown) {
      await rm(file, { force: true })
      throw thrown
    }
  }
}

export const md5 = (body: Uint8Array): string => hash('md5', body)

export async function putObject(
  bucket: Bucket,
  temporary: Temporary,
  body: Uint8Array,
  { md5: known, ...details }: Omit<ObjectDetails, 'etag' | 'event'> & { md5?: string },
): Promise<ObjectInfo> {
  requireKey(details.key)
  return temporary.use(async (file) => {
    const written = writeDurable(file, body)
    // The hash is worked out while the disk is at work.
    const etag = `"${known ?? md5(body)}"`
    try {
      await written
    } catch (thrown) {
      throw diskError(thrown, file)
    }
    return installObject(bucket, file, { ...details, etag, event: 'ObjectCreated:Put' })
  })
}

/** Puts a file that is whole and durable under its key, and answers once its name is durable too. */
export async function installObject(bucket: Bucket, file: string, details: ObjectDetails): Promise<ObjectInfo> {
  const { row, folder } = installRow(bucket, file, details)
  await bucket.durable(folder)
  return toInfo(row)
}

export function installRow(bucket: Bucket, file: string, details: ObjectDetails): Installed {
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
  const installed = installTwice(bucket, file, row)
  bucket.events.tell(bucket, details.event, installed.row)
  return installed
}

function installTwice(bucket: Bucket, file: string, row: Parameters<Bucket['install']>[1]): Installed {
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
function checkWrite(bucket: Bucket, { key, ifMatch, ifNoneMatch }: Conditional): void {
  if (ifMatch === undefined && ifNoneMatch === undefined) return
  const there = bucket.look(key)
  const is = (etag: string) => there !== undefined && (etag === '*' || bare(etag) === bare(there.etag))
  if (ifMatch !== undefined && !there) throw noSuchKey(key)
  if ((ifMatch !== undefined && !is(ifMatch)) || (ifNoneMatch !== undefined && is(ifNoneMatch)))
    throw new EngineError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
}

const bare = (etag: string): string => etag.replaceAll('"', '')

/** An object, or a version of it; `file` is where its bytes are. */
export function headObject(bucket: Bucket, key: string, versionId?: string): ObjectRow & { file: string } {
  requireKey(key)
  const current = bucket.look(key)
  if (current && (versionId === undefined || versionId === (current.versionId ?? NULL_VERSION)))
    return { ...current, file: bucket.file(current.path) }
  if (versionId === undefined) throw noSuchKey(key)
  const version = bucket.version(key, versionId)
  if (!version)
    throw new EngineError('NoSuchVersion', 'The specified version does not exist.', {
      at: { path: key, field: 'versionId' },
    })
  if (version.marker)
    throw new EngineError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      at: { path: key },
    })
  return version
}

/** Bytes `start` to `end`, both inclusive as in an HTTP range; an `end` past the object's is its last byte. */
export async function getObject(
  bucket: Bucket,
  key: string,
  { start = 0, end = Number.MAX_SAFE_INTEGER, versionId }: { start?: number; end?: number; versionId?: string },
): Promise<ObjectInfo & { body: Uint8Array<ArrayBuffer> }> {
  const { row, handle } = openObject(bucket, key, versionId)
  try {
    const nothing = start === 0 && row.size === 0
    if (!nothing && (start >= row.size || start > end))
      throw new EngineError('InvalidRange', 'The requested range is not satisfiable')
    // Not zeroed: it is written over whole, or not given out.
    const body = new Uint8Array(Buffer.allocUnsafeSlow(Math.min(end, row.size - 1) - start + 1).buffer as ArrayBuffer)
    for (let at = 0; at < body.length; ) {
      const { bytesRead } = await readFile(handle, body, at, body.length - at, start + at)
      if (bytesRead === 0)
        throw new EngineError('ServiceUnavailable', `${row.file} was cut short while it was read.`, {
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
export function streamObject(
  bucket: Bucket,
  key: string,
  { start = 0, end, versionId }: { start?: number; end?: number; versionId?: string },
): Readable {
  const { row, handle } = openObject(bucket, key, versionId)
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
export function openObject(
  bucket: Bucket,
  key: string,
  versionId?: string,
): { row: ObjectRow & { file: string }; handle: number } {
  for (let attempt = 0; ; attempt++) {
    const row = headObject(bucket, key, versionId)
    try {
      const handle = openSync(row.file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
      const stat = fstatSync(handle)
      if (stat.size === row.size && stat.mtimeMs === row.fileMs) return { row, handle }
      closeSync(handle)
    } catch (thrown) {
      if (!isMissing(thrown)) throw diskError(thrown, row.file)
    }
    if (attempt === 5)
      throw new EngineError('ServiceUnavailable', `${row.file} keeps changing.`, { domain: 'external', retry: true })
  }
}

/** Deletes what is there; keys without an object count as deleted, as S3 has it. Each deletion stands for itself. */
export async function deleteObjects(
  bucket: Bucket,
  objects: readonly { key: string; versionId?: string; ifMatch?: string }[],
  nowMs: number,
  told: 'ObjectRemoved' | 'LifecycleExpiration' = 'ObjectRemoved',
): Promise<Deletion[]> {
  const folders = new Set<string>()
  const deletions = objects.map(({ key, versionId, ifMatch }): Deletion => {
    try {
      checkWrite(bucket, { key, ifMatch })
      const { folder, ...deletion } = deleteObject(bucket, key, versionId, nowMs)
      if (folder !== undefined) folders.add(folder)
      const covered = deletion.marker && versionId === undefined
      bucket.events.tell(bucket, `${told}:${covered ? 'DeleteMarkerCreated' : 'Delete'}`, { key, ...deletion })
      return { key, ...deletion }
    } catch (thrown) {
      const { code, message } = EngineError.from(diskError(thrown, bucket.root))
      return { key, ...(versionId !== undefined && { versionId }), marker: false, error: { code, message } }
    }
  })
  await bucket.durable()
  for (const folder of folders) {
    await bucket.durable(folder).catch((thrown) => {
      if (!isMissing(thrown)) throw diskError(thrown, folder)
    })
  }
  return deletions
}

function deleteObject(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  nowMs: number,
): Omit<Deletion, 'key'> & { folder?: string | undefined } {
  requireKey(key)
  if (bucket.settings.versioning)
    return versionId === undefined
      ? { ...bucket.versions.cover(bucket, key, nowMs), marker: true }
      : { ...bucket.versions.remove(bucket, key, versionId), versionId }
  if (versionId !== undefined && versionId !== NULL_VERSION)
    throw new EngineError('InvalidArgument', 'Invalid version id specified')
  const row = bucket.look(key)
  if (!row) return { marker: false }
  try {
    unlinkSync(bucket.file(row.path))
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown
  }
  return { marker: false, folder: bucket.forget(row) }
}

/** Copies without reading where the file system can share blocks. */
export async function copyObject(
  from: { bucket: Bucket; key: string; versionId?: string },
  to: { bucket: Bucket; key: string },
  temporary: Temporary,
  change: CopyChange,
): Promise<ObjectInfo> {
  requireKey(to.key)
  const source = headObject(from.bucket, from.key, from.versionId)
  return temporary.use(async (file) => {
    try {
      await copyFile(source.file, file, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
      await syncPath(file)
    } catch (thrown) {
      if (isMissing(thrown)) throw noSuchKey(from.key)
      throw diskError(thrown, source.file)
    }
    const info = toInfo(source)
    const { replace, tags, checksum: algorithm, ...conditions } = change
    const { [PARTS]: _, ...whole } = info.metadata
    const { contentType, metadata } = replace ?? { ...info, metadata: whole }
    // What belongs to the bytes goes with them; parts do not, for the copy is made in one.
    const kept = Object.entries(whole).filter(([name]) => name.startsWith(':checksum-') || name === TAGS)
    return installObject(to.bucket, file, {
      ...conditions,
      key: to.key,
      event: 'ObjectCreated:Copy',
      etag: info.etag,
      ...(contentType !== undefined && { contentType }),
      metadata: withTags(
        { ...metadata, ...(replace && Object.fromEntries(kept)), ...(algorithm && (await sumOf(file, algorithm))) },
        tags,
      ),
    })
  })
}

async function sumOf(file: string, algorithm: string): Promise<Record<string, string>> {
  const sum = await checksum(algorithm)
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) sum.update(piece as Buffer)
  return { [`:checksum-${algorithm}`]: sum.value(), ':checksum-type': 'FULL_OBJECT' }
}

interface CopyChange {
  modifiedMs: number
  checksum?: string
  replace?: { contentType?: string | undefined; metadata: Record<string, string> }
  tags?: Record<string, string>
  ifMatch?: string
  ifNoneMatch?: string
}

/** One for all that have none: a page of a listing then carries it once. */
const NO_METADATA: Record<string, string> = Object.freeze({})

export function toInfo(row: ObjectRow): ObjectInfo {
  return {
    key: row.key,
    size: row.size,
    etag: row.etag,
    modifiedMs: row.modifiedMs,
    ...(row.contentType !== null && { contentType: row.contentType }),
    metadata: row.metadata === null ? NO_METADATA : (JSON.parse(row.metadata) as Record<string, string>),
    ...(row.versionId !== null && { versionId: row.versionId }),
  }
}
