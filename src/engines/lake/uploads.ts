import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '../kit/pure/errors.ts'
import type { Bucket } from './bucket.ts'
import type { ObjectInfo } from './contract.ts'
import { diskError, isMissing, syncPath, writeDurable } from './disk.ts'
import { noSuchUpload, requireKey } from './names.ts'
import { installObject, md5, type ObjectDetails, type Temporary } from './objects.ts'
import type { PartRow, Store, UploadRow } from './store.ts'

/** Every part but the last (Amazon S3 multipart upload limits). */
const PART_BYTES_MIN = 5 * 1024 * 1024

interface UploadPlace {
  bucket: string
  key: string
  uploadId: string
}

/** Multipart uploads: parts lie as files beside the lake until they are completed or given up, across restarts. */
export class Uploads {
  private readonly store: Store
  private readonly directory: string
  private readonly temporary: Temporary

  constructor(store: Store, directory: string, temporary: Temporary) {
    this.store = store
    this.directory = directory
    this.temporary = temporary
    mkdirSync(directory, { recursive: true })
  }

  async create(row: UploadRow): Promise<void> {
    requireKey(row.key)
    mkdirSync(join(this.directory, row.uploadId))
    this.store.putUpload(row)
    await Promise.all([syncPath(this.directory), this.store.durable()])
  }

  find({ bucket, key, uploadId }: UploadPlace): UploadRow {
    const row = this.store.upload(uploadId)
    if (row?.bucket !== bucket || row.key !== key) throw noSuchUpload()
    return row
  }

  list(bucket: string): UploadRow[] {
    return this.store.uploads(bucket)
  }

  parts(place: UploadPlace): PartRow[] {
    return this.store.parts(this.find(place).uploadId)
  }

  async putPart(place: UploadPlace, partNumber: number, body: Uint8Array, nowMs: number): Promise<{ etag: string }> {
    this.find(place)
    const etag = `"${md5(body)}"`
    await this.temporary.use(async (file) => {
      try {
        await writeDurable(file, body)
        await rename(file, this.partFile(place.uploadId, partNumber))
      } catch (thrown) {
        throw diskError(thrown, file)
      }
    })
    return this.record(place, { partNumber, etag, size: body.length, modifiedMs: nowMs })
  }

  /** A part from a stream of bytes, such as a range of another object. */
  async copyPart(place: UploadPlace, partNumber: number, from: Readable, nowMs: number): Promise<{ etag: string }> {
    this.find(place)
    const digest = createHash('md5')
    let size = 0
    const counted = async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        digest.update(piece)
        size += piece.length
        yield piece
      }
    }
    await this.temporary.use(async (file) => {
      try {
        await pipeline(from, counted, createWriteStream(file))
        await syncPath(file)
        await rename(file, this.partFile(place.uploadId, partNumber))
      } catch (thrown) {
        throw diskError(thrown, file)
      }
    })
    return this.record(place, { partNumber, etag: `"${digest.digest('hex')}"`, size, modifiedMs: nowMs })
  }

  /** A part counts once its name is durable, and the upload still stands. */
  private async record(place: UploadPlace, part: PartRow): Promise<{ etag: string }> {
    await syncPath(join(this.directory, place.uploadId)).catch((thrown) => {
      if (!isMissing(thrown)) throw thrown
    })
    this.find(place)
    this.store.putPart(place.uploadId, part)
    await this.store.durable()
    return { etag: part.etag }
  }

  async complete(
    place: UploadPlace,
    wanted: readonly { partNumber: number; etag: string }[],
    bucket: Bucket,
    details: Pick<ObjectDetails, 'modifiedMs' | 'ifMatch' | 'ifNoneMatch'>,
  ): Promise<ObjectInfo> {
    const upload = this.find(place)
    const parts = choose(wanted, this.store.parts(upload.uploadId))
    const info = await this.temporary.use(async (file) => {
      try {
        for (const { partNumber } of parts)
          await pipeline(
            createReadStream(this.partFile(upload.uploadId, partNumber), { highWaterMark: 1024 * 1024 }),
            createWriteStream(file, { flags: 'a' }),
          )
        await syncPath(file)
      } catch (thrown) {
        throw diskError(thrown, file)
      }
      return installObject(bucket, file, {
        ...details,
        key: place.key,
        etag: multipartTag(parts),
        ...(upload.contentType !== null && { contentType: upload.contentType }),
        ...(upload.metadata !== null && { metadata: JSON.parse(upload.metadata) as Record<string, string> }),
      })
    })
    await this.drop(upload.uploadId)
    return info
  }

  async abort(place: UploadPlace): Promise<void> {
    await this.drop(this.find(place).uploadId)
  }

  private async drop(uploadId: string): Promise<void> {
    this.store.dropUpload(uploadId)
    await rm(join(this.directory, uploadId), { recursive: true, force: true })
  }

  private partFile(uploadId: string, partNumber: number): string {
    return join(this.directory, uploadId, String(partNumber))
  }
}

function choose(wanted: readonly { partNumber: number; etag: string }[], have: readonly PartRow[]): PartRow[] {
  if (wanted.length === 0)
    throw new EngineError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  if (wanted.some((part, index) => index > 0 && part.partNumber <= wanted[index - 1].partNumber))
    throw new EngineError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    )
  const byNumber = new Map(have.map((part) => [part.partNumber, part]))
  return wanted.map(({ partNumber, etag }, index) => {
    const part = byNumber.get(partNumber)
    if (!part || bare(part.etag) !== bare(etag))
      throw new EngineError(
        'InvalidPart',
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      )
    if (index < wanted.length - 1 && part.size < PART_BYTES_MIN)
      throw new EngineError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
    return part
  })
}

const bare = (etag: string): string => etag.replaceAll('"', '')

/** MD5 of the parts' MD5s, and their number, as S3 does it. */
function multipartTag(parts: readonly PartRow[]): string {
  const digest = createHash('md5')
  for (const part of parts) digest.update(Buffer.from(bare(part.etag), 'hex'))
  return `"${digest.digest('hex')}-${parts.length}"`
}
