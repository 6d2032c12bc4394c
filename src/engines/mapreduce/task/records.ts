import type { Input } from '../contract.ts'
import type { Split } from '../protocol.ts'
import { settle } from './channel.ts'
import { parseCsv } from './csv.ts'
import { Lines } from './lines.ts'
import { indexIn } from './sort-key.ts'
import { CompressedSource, compressionOf, rawSource, readRange } from './source.ts'

type InputSpec = ReturnType<(typeof Input)['parse']>

/** Some records at hand: keys and values are made when they are asked for. */
export interface Batch {
  readonly count: number
  key(record: number): unknown
  value(record: number): unknown
  /** Bytes read of the split until now, decompressed. */
  readonly bytes: number
}

export async function* batchesOf(input: InputSpec, split: Split, asBytes: boolean): AsyncGenerator<Batch> {
  if (input.format === 'parquet') {
    const { parquetBatches } = await import('./parquet.ts')
    yield* parquetBatches(split, input.options.columns)
    return
  }
  if (input.format === 'wholeFile') {
    yield await wholeFile(split, input.options.recordBytesMax)
    return
  }
  const { options } = input
  const begin = beginning(input, split)
  // Asked for first: what a source asks for ahead would come before it.
  const header = input.format === 'csv' && options.header && begin > 0 ? await headerOf(split, input) : undefined
  const lines = new Lines(sourceOf(split, begin), {
    end: compressionOf(split.uri) ? Number.POSITIVE_INFINITY : split.offset + split.length,
    skip: begin < split.offset,
    bytesMax: options.recordBytesMax,
    ...(input.format === 'text' && { delimiter: options.delimiter }),
    quoted: input.format === 'csv' && options.multiline,
  })
  const form = await formOf(input, split, lines, asBytes, header)
  while (await lines.next()) yield form()
}

/** A split begins a little earlier, to see whether a record ends right before it. */
function beginning({ format, options }: InputSpec, { uri, offset }: Split): number {
  if (compressionOf(uri)) return 0
  const delimiterBytes = format === 'text' && options.delimiter ? Buffer.byteLength(options.delimiter) : 1
  return Math.max(0, offset - delimiterBytes)
}

function sourceOf(split: Split, from: number) {
  const compression = compressionOf(split.uri)
  return compression ? new CompressedSource(split, compression) : rawSource(split, from)
}

/** What makes a batch of the lines at hand. */
async function formOf(
  input: InputSpec,
  split: Split,
  lines: Lines,
  asBytes: boolean,
  header: string | undefined,
): Promise<() => Batch> {
  const textAt = (record: number) => lines.window.utf8Slice(lines.starts[record], lines.ends[record])
  const bytesAt = (record: number) =>
    Uint8Array.prototype.slice.call(lines.window, lines.starts[record], lines.ends[record])
  const rawAt = asBytes ? bytesAt : textAt
  const offsetAt = (record: number) => lines.offsetOf(record)
  const batch = (key: Batch['key'], value: Batch['value'], count = lines.starts.length): Batch => ({
    count,
    key,
    value,
    bytes: lines.windowOffset + (lines.ends.at(-1) ?? 0) - split.offset,
  })
  switch (input.format) {
    case 'keyValue': {
      const separator = (input.options.separator ?? '\t').charCodeAt(0)
      const cut = (record: number) => indexIn(lines.window, separator, lines.starts[record], lines.ends[record])
      const slice = (start: number, end: number) =>
        asBytes ? Uint8Array.prototype.slice.call(lines.window, start, end) : lines.window.utf8Slice(start, end)
      return () =>
        batch(
          (record) => {
            const at = cut(record)
            return slice(lines.starts[record], at < 0 ? lines.ends[record] : at)
          },
          (record) => {
            const at = cut(record)
            return at < 0 ? slice(0, 0) : slice(at + 1, lines.ends[record])
          },
        )
    }
    case 'jsonLines':
      return () => batch(offsetAt, (record) => parseJson(textAt(record), split.uri, offsetAt(record)))
    case 'csv': {
      const separator = input.options.separator ?? ','
      const names = header ?? (input.options.header ? ((await lines.first()) ?? '') : undefined)
      const columns =
        names === undefined ? undefined : (parseCsv(names, separator, undefined, split.uri, 0) as string[])
      return () =>
        batch(offsetAt, (record) => parseCsv(textAt(record), separator, columns, split.uri, offsetAt(record)))
    }
    default:
      return () => batch(offsetAt, rawAt)
  }
}

/** The first line of a file, for a split that does not begin with it. */
async function headerOf(split: Split, { options }: InputSpec): Promise<string> {
  const source = rawSource({ ...split, offset: 0, length: 1 }, 0)
  const lines = new Lines(source, { end: 1, skip: false, bytesMax: options.recordBytesMax, quoted: options.multiline })
  const first = await lines.first()
  settle()
  return first ?? ''
}

function parseJson(line: string, uri: string, offset: number): unknown {
  if (line.trim() === '') return null
  try {
    return JSON.parse(line)
  } catch (thrown) {
    throw new Error(`${uri} at byte ${offset}: ${(thrown as Error).message}`)
  }
}

async function wholeFile(split: Split, bytesMax: number): Promise<Batch> {
  const tooLong = () =>
    new Error(`${split.uri} is longer than ${bytesMax} bytes: set input.options.recordBytesMax higher.`)
  let value: Buffer
  if (compressionOf(split.uri)) {
    const source = sourceOf(split, 0)
    const pieces: Buffer[] = []
    for (let total = 0; ; ) {
      const piece = Buffer.allocUnsafe(1024 * 1024)
      const read = await source.read(piece, 0, piece.length)
      if (read === 0) break
      total += read
      if (total > bytesMax) throw tooLong()
      pieces.push(piece.subarray(0, read))
    }
    value = Buffer.concat(pieces)
  } else {
    if (split.fileBytes > bytesMax) throw tooLong()
    value = readRange(split, 0, split.fileBytes)
  }
  return { count: 1, key: () => split.uri, value: () => value, bytes: split.length }
}
