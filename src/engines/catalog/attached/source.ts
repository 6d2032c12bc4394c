import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, isAbsolute, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { attachableFile, isInLake, isWithin } from '../../kit/node/attached-files.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { type FileReach, findInLake, isData, type Found as SourceFile } from '../files.ts'
import type { Head } from './detect.ts'

export type { SourceFile }

const FILES_MAX = 10_000
/** As much of a file as a look at it reads, unpacked. */
const HEAD_BYTES = 4 * 1024 ** 2
const FORMATS: Readonly<Record<string, string>> = {
  csv: 'CSV',
  tsv: 'CSV',
  psv: 'CSV',
  json: 'JSON',
  jsonl: 'JSON',
  ndjson: 'JSON',
  parquet: 'Parquet',
  parq: 'Parquet',
}

const refuse = (message: string, code = 'InvalidInputException') =>
  new EngineError(code, message, { at: { field: 'source' } })

/** A path as people paste it, whole: with quotes around it, as an address, from their home folder. */
export function pastedPath(text: string): string {
  const path = text.trim().replace(/^(["'])(.*)\1$/, '$2')
  if (isInLake(path)) return path
  if (/^file:/i.test(path)) return fileURLToPath(path)
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1))
  if (!isAbsolute(path))
    throw refuse('Give the whole path, from the root of the disk on, or an s3:// address of the lake.')
  return path
}

/** The files behind a source that is attached or is to be, in order: of a folder the ones of its format, however deep. */
export async function sourceFiles(source: string, reach: FileReach): Promise<{ source: string; files: SourceFile[] }> {
  if (isInLake(source)) {
    const files = await findInLake(source, reach.clients)
    if (files.length === 0) throw refuse(`There is no object under ${source}.`, 'FileNotFound')
    return { source, files }
  }
  const real = attachableFile(source, reach.workspaceDirectory)
  const info = await stat(real)
  if (info.isFile()) return { source: real, files: [{ path: real, size: info.size, modifiedMs: info.mtimeMs }] }
  if (!info.isDirectory()) throw refuse(`${source} is neither a file nor a folder.`)
  return { source: real, files: await filesOfFolder(real) }
}

async function filesOfFolder(folder: string): Promise<SourceFile[]> {
  const names = await readdir(folder, { recursive: true })
  const formats = new Map<string, string[]>()
  for (const name of names.filter((name) => isData(name.replaceAll('\\', '/'))).sort()) {
    const format = FORMATS[/\.([a-z]+)(\.gz|\.zst)?$/i.exec(name)?.[1].toLowerCase() ?? '']
    if (format !== undefined) formats.set(format, [...(formats.get(format) ?? []), name])
  }
  const [first, second] = formats
  if (!first) throw refuse(`${folder} holds no CSV, JSON or Parquet file.`, 'FileNotFound')
  if (second)
    throw refuse(
      `${folder} holds ${first[0]} files and ${second[0]} files, such as ${second[1][0]}: attach a folder of one format, or a file.`,
    )
  if (first[1].length > FILES_MAX) throw refuse(`${folder} holds more than ${FILES_MAX.toLocaleString('en')} files.`)
  const files: SourceFile[] = []
  for (const name of first[1]) {
    const path = join(folder, name)
    if (!isWithin(await realpath(path), folder))
      throw refuse(`${path} is a link that leads out of the attached folder.`, 'AccessDeniedException')
    const info = await stat(path)
    if (info.isFile()) files.push({ path, size: info.size, modifiedMs: info.mtimeMs })
  }
  return files
}

/** A file's bytes, unpacked. */
export function bytesOf(path: string): Readable {
  const stream = createReadStream(path)
  const unpacking = /\.gz$/i.test(path) ? createGunzip() : /\.zst$/i.test(path) ? createZstdDecompress() : undefined
  if (!unpacking) return stream
  stream.on('error', (error) => unpacking.destroy(error))
  unpacking.on('close', () => stream.destroy())
  return stream.pipe(unpacking)
}

export async function headOf({ path }: SourceFile, max = HEAD_BYTES): Promise<Head> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of bytesOf(path)) {
      chunks.push(chunk as Uint8Array)
      size += (chunk as Uint8Array).length
      if (size > max) break
    }
  } catch (cause) {
    throw new EngineError('InvalidInputException', `${path} cannot be read: ${(cause as Error).message}`, {
      at: { field: 'source' },
      cause,
    })
  }
  const bytes = Buffer.concat(chunks)
  return { name: basename(path), bytes: bytes.subarray(0, max), complete: size <= max }
}
