import { crc32, inflateRawSync } from 'node:zlib'
import { invalid } from './errors.ts'

/** Lambda's limit of a function's code, unpacked (Lambda guide, "Lambda quotas"). */
export const UNPACKED_BYTES_MAX = 250 * 1024 * 1024
const ENTRIES_MAX = 20_000
const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const LINK_MODE = 0o120000

export interface ZippedFile {
  /** With forward slashes, inside the folder that it is unpacked to. */
  readonly path: string
  readonly data: Uint8Array
}

const broken = () => invalid('Could not unzip uploaded file. Please check your file, then try to upload again.')

/** The files of a zip (PKWARE's APPNOTE; stored or deflated, no Zip64). Paths that lead out and links are refused. */
export function unzip(bytes: Uint8Array): ZippedFile[] {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endRecord(zip)
  const count = zip.readUInt16LE(end + 10)
  if (count > ENTRIES_MAX) throw broken()
  const files: ZippedFile[] = []
  let at = zip.readUInt32LE(end + 16)
  let unpacked = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== ENTRY) throw broken()
    const entry = readEntry(zip, at)
    at += entry.length
    if (entry.path.endsWith('/')) continue
    unpacked += entry.size
    if (unpacked > UNPACKED_BYTES_MAX) throw invalid(`Unzipped size must be smaller than ${UNPACKED_BYTES_MAX} bytes`)
    files.push({ path: entry.path, data: unpack(zip, entry) })
  }
  if (files.length === 0) throw invalid('Uploaded file must be a non-empty zip')
  return files
}

function endRecord(zip: Buffer): number {
  // The record ends with a comment of up to 65,535 bytes.
  for (let at = zip.length - 22; at >= Math.max(0, zip.length - 22 - 0xffff); at--)
    if (zip.readUInt32LE(at) === END) return at
  throw broken()
}

type Entry = ReturnType<typeof readEntry>

function readEntry(zip: Buffer, at: number) {
  const nameLength = zip.readUInt16LE(at + 28)
  const path = zip.toString('utf8', at + 46, at + 46 + nameLength).replaceAll('\\', '/')
  const mode = zip.readUInt32LE(at + 38) >>> 16
  const parts = path.replace(/\/$/, '').split('/')
  if (parts.some((part) => part === '' || part === '..' || part === '.') || /[\0:]/.test(path)) throw broken()
  if ((mode & 0o170000) === LINK_MODE)
    throw invalid(`The uploaded file has a symbolic link, which Millrace refuses: ${path}`)
  return {
    path,
    method: zip.readUInt16LE(at + 10),
    crc: zip.readUInt32LE(at + 16),
    packed: zip.readUInt32LE(at + 20),
    size: zip.readUInt32LE(at + 24),
    local: zip.readUInt32LE(at + 42),
    length: 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32),
  }
}

function unpack(zip: Buffer, { local, packed, size, method, crc }: Entry): Uint8Array {
  if (local + 30 > zip.length || zip.readUInt32LE(local) !== LOCAL) throw broken()
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const bytes = zip.subarray(start, start + packed)
  if (bytes.length !== packed) throw broken()
  let data: Buffer
  try {
    if (method !== 0 && method !== 8) throw broken()
    data = method === 0 ? bytes : inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) })
  } catch {
    throw broken()
  }
  if (data.length !== size || crc32(data) !== crc) throw broken()
  return data
}
