import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Checksum, checksum, checksumOf } from '../kit/node/aws/checksums.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { Bucket } from './bucket.ts'
import type { ObjectInfo } from './contract.ts'
import { diskError, isMissing, syncPath, writeDurable } from './disk.ts'
import { PARTS } from './metadata.ts'
import { noSuchUpload, requireKey } from './names.ts'
import { installObject, md5, type ObjectDetails, type Temporary } from './objects.ts'
import type { PartRow, Store, UploadRow } from './store.ts'

/** Every part but the last (Amazon S3 multipart upload limits). */
const PART_BYTES_MIN = 5 * 1024 * 1024

type Checksums = Record<string, string>

/** A part as the request to complete names it. */
interface WantedPart {
  partNumber: number
  etag: string
  checksums?: Checksums | undefined
}

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
    mkdirSync(join(this.directory, row.uploadId), { recursive: true })
    this.store.putUpload(row)
    await Promise.all([syncPath(this.directory), this.store.durable()])
  }

  /** Chance may repeat itself from one start to the next, where it is seeded. */
  newId(random: Random): string {
    for (;;) {
      const id = uuid(random)
      if (!this.store.upload(id)) return id
    }
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

  async putPart(
    place: UploadPlace,
    partNumber: number,
    body: Uint8Array,
    given: { md5?: string | undefined; checksums: Checksums },
    nowMs: number,
  ): Promise<{ etag: string; checksums: Checksums }> {
    const [algorithm, type] = wholeChecksum(this.find(place))
    const etag = `"${given.md5 ?? md5(body)}"`
    const checksums = { ...given.checksums }
    if (algorithm && type === 'COMPOSITE') checksums[algorithm] ??= await checksumOf(algorithm, body)
    await this.temporary.use(async (file) => {
      try {
        await writeDurable(file, body)
        await rename(file, this.partFile(place.uploadId, partNumber))
      } catch (thrown) {
        throw diskError(thrown, file)
      }
    })
    return this.record(place, { partNumber, etag, size: body.length, modifiedMs: nowMs }, checksums)
  }

  /** A part from a stream of bytes, such as a range of another object. */
  async copyPart(
    place: UploadPlace,
    partNumber: number,
    from: Readable,
    nowMs: number,
  ): Promise<{ etag: string; checksums: Checksums }> {
    const [algorithm] = wholeChecksum(this.find(place))
    const digest = createHash('md5')
    const sum = algorithm && (await checksum(algorithm))
    let size = 0
    const counted = async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        digest.update(piece)
        if (sum) sum.update(piece)
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
    const etag = `"${digest.digest('hex')}"`
    const checksums = algorithm && sum ? { [algorithm]: sum.value() } : {}
    return this.record(place, { partNumber, etag, size, modifiedMs: nowMs }, checksums)
  }

  /** A part counts once its name is durable, and the upload still stands. */
  private async record(
    place: UploadPlace,
    part: Omit<PartRow, 'checksums'>,
    checksums: Checksums,
  ): Promise<{ etag: string; checksums: Checksums }> {
    await syncPath(join(this.directory, place.uploadId)).catch((thrown) => {
      if (!isMissing(thrown)) throw thrown
    })
    this.find(place)
    this.store.putPart(place.uploadId, { ...part, checksums: JSON.stringify(checksums) })
    await this.store.durable()
    return { etag: part.etag, checksums }
  }

  /** `checksums` and `size` are the whole object's, as the client has worked them out: they must be met. */
  async complete(
    place: UploadPlace,
    wanted: readonly WantedPart[],
    bucket: Bucket,
    details: Pick<ObjectDetails, 'modifiedMs' | 'ifMatch' | 'ifNoneMatch'> & { checksums: Checksums; size?: number },
  ): Promise<ObjectInfo> {
    const upload = this.find(place)
    const [algorithm, type] = wholeChecksum(upload)
    const parts = choose(wanted, this.store.parts(upload.uploadId), type === 'COMPOSITE' ? algorithm : undefined)
    const { checksums: expected, size, ...conditions } = details
    const total = parts.reduce((sum, part) => sum + part.size, 0)
    if (size !== undefined && size !== total)
      throw new EngineError(
        'InvalidRequest',
        `The parts have ${total} bytes together, not ${size} as the request says.`,
      )
    const whole = algorithm && type === 'FULL_OBJECT' ? await checksum(algorithm) : undefined
    const info = await this.temporary.use(async (file) => {
      try {
        for (const { partNumber } of parts)
          await pipeline(
            createReadStream(this.partFile(upload.uploadId, partNumber), { highWaterMark: 1024 * 1024 }),
            seenBy(whole),
            createWriteStream(file, { flags: 'a' }),
          )
        await syncPath(file)
      } catch (thrown) {
        throw diskError(thrown, file)
      }
      const found = whole?.value() ?? (algorithm && (await compositeChecksum(algorithm, parts)))
      checkWhole(expected, algorithm, found)
      return installObject(bucket, file, {
        ...conditions,
        key: place.key,
        event: 'ObjectCreated:CompleteMultipartUpload',
        etag: multipartTag(parts),
        ...(upload.contentType !== null && { contentType: upload.contentType }),
        metadata: {
          ...(upload.metadata !== null && (JSON.parse(upload.metadata) as Record<string, string>)),
          ...(algorithm && type && found && { [`:checksum-${algorithm}`]: found, ':checksum-type': type }),
          [PARTS]: sizesText(parts),
        },
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

/** Algorithm and type of the whole object's checksum, where there is to be one. */
function wholeChecksum({ checksum }: UploadRow): [algorithm?: string, type?: string] {
  return checksum === null ? [] : (checksum.split(' ') as [string, string])
}

const seenBy = (sum: Checksum | undefined) =>
  async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      sum?.update(piece)
      yield piece
    }
  }

/** The checksum of the parts' checksums, and their number (S3 User Guide, "Composite and full object checksum types"). */
async function compositeChecksum(algorithm: string, parts: readonly PartRow[]): Promise<string> {
  const sums = parts.map((part) => Buffer.from((JSON.parse(part.checksums) as Checksums)[algorithm], 'base64'))
  return `${await checksumOf(algorithm, Buffer.concat(sums))}-${parts.length}`
}

function checkWhole(expected: Checksums, algorithm: string | undefined, found: string | undefined): void {
  for (const [name, value] of Object.entries(expected)) {
    if (name !== algorithm)
      throw new EngineError(
        'InvalidRequest',
        `The upload was not created with the checksum algorithm ${name.toUpperCase()}.`,
      )
    if (value.replace(/-\d+$/, '') !== found?.replace(/-\d+$/, ''))
      throw new EngineError(
        'BadDigest',
        `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
      )
  }
}

function sizesText(parts: readonly PartRow[]): string {
  const runs: [size: number, count: number][] = []
  for (const { size } of parts) {
    const last = runs.at(-1)
    if (last?.[0] === size) last[1]++
    else runs.push([size, 1])
  }
  return runs.map(([size, count]) => (count === 1 ? String(size) : `${size}x${count}`)).join(',')
}

/** The parts that are asked for; `required` is a checksum that the request has to repeat for each. */
function choose(wanted: readonly WantedPart[], have: readonly PartRow[], required: string | undefined): PartRow[] {
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
  return wanted.map(({ partNumber, etag, checksums = {} }, index) => {
    const part = byNumber.get(partNumber)
    if (required && checksums[required] === undefined)
      throw new EngineError(
        'InvalidRequest',
        `The upload was created using a ${required} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
      )
    const known: Checksums = part ? JSON.parse(part.checksums) : {}
    const differs = Object.entries(checksums).some(([name, value]) => known[name] !== value)
    if (!part || bare(part.etag) !== bare(etag) || differs)
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
