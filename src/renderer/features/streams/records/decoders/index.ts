import { avroReader, Cursor, isAvroFile, readAvroFile } from '../../../../../engines/kit/pure/avro.ts'
import { deaggregate } from '../../../../../engines/kit/pure/kpl.ts'
import type { Choice, Compression, Decoded, Read } from './decoder.ts'
import { frameOf } from './frames.ts'
import type { Messages } from './protobuf.ts'
import { hexDump, hexLine, jsonText, utf8 } from './text.ts'

/** Compressed in compressed in compressed: no deeper. */
const DEPTH_MAX = 4
/** What bytes may unpack to: more is taken for an attack. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024

/** Around a record: what is inside is read again. */
interface Wrapper {
  readonly title: string
  readonly matches: (bytes: Uint8Array) => boolean
  readonly open: (bytes: Uint8Array) => Promise<Uint8Array>
}

const WRAPPERS: readonly Wrapper[] = [
  { title: 'gzip', matches: (b) => b[0] === 0x1f && b[1] === 0x8b, open: (bytes) => inflate(bytes, 'gzip') },
  {
    title: 'zlib',
    matches: (b) => (b[0] & 0x8f) === 0x08 && b.length > 6 && ((b[0] << 8) | b[1]) % 31 === 0,
    open: (bytes) => inflate(bytes, 'deflate'),
  },
]

interface Reader {
  readonly title: (bytes: Uint8Array) => string
  /** Whether bytes say by themselves that they are of this kind. */
  readonly matches: (bytes: Uint8Array) => boolean
  readonly read: Read
}

/** A choice with its schemas parsed; `problems` says which of them are none. */
export interface Decoders {
  readonly choice: Choice
  readonly readers: Readonly<Record<'file' | 'avro' | 'protobuf' | 'json', Reader | null>>
  readonly problems: Readonly<{ avro?: string; proto?: string }>
  readonly messages: readonly string[]
}

/** The table of what bytes may be, for one choice. Protobuf's grammar is loaded only where a schema is there. */
export async function prepare(choice: Choice): Promise<Decoders> {
  const problems: { avro?: string; proto?: string } = {}
  const attempt = async <T>(name: 'avro' | 'proto', make: () => T | Promise<T>): Promise<T | null> => {
    if (choice[name].trim() === '') return null
    try {
      return await make()
    } catch (thrown) {
      problems[name] = (thrown as Error).message
      return null
    }
  }
  const avro = await attempt('avro', () => avroReader(choice.avro))
  const proto: Messages | null = await attempt('proto', async () =>
    (await import('./protobuf.ts')).parseProto(choice.proto),
  )
  const message = choice.message || proto?.names[0]
  const framed = (title: string, behind: Read): Reader => ({
    title: (bytes) => [title, frameOf(bytes)?.title].filter(Boolean).join(', '),
    matches: (bytes) => frameOf(bytes) !== undefined,
    // A value may by chance begin like a frame: then it is read once more as it is.
    read: (bytes) => {
      const frame = frameOf(bytes)
      if (!frame) return behind(bytes)
      try {
        return behind(bytes.subarray(frame.bytes))
      } catch {
        return behind(bytes)
      }
    },
  })
  return {
    choice,
    problems,
    messages: proto?.names ?? [],
    readers: {
      file: {
        title: () => 'Avro file',
        matches: isAvroFile,
        read: async (bytes) => {
          const values = await readAvroFile(bytes, inflate)
          return values.length === 1 ? values[0] : values
        },
      },
      avro:
        avro &&
        framed('Avro', (bytes) => {
          const from = new Cursor(bytes)
          const value = avro(from)
          if (from.left > 0) throw new Error(`${from.left} bytes are left over: they are of another schema.`)
          return value
        }),
      protobuf:
        proto &&
        (message === undefined
          ? null
          : framed(`Protobuf ${message}`, (bytes) => proto.read(message, bytes[0] === 0 ? bytes.subarray(1) : bytes))),
      json: {
        title: () => 'JSON',
        matches: (bytes) => utf8(bytes) !== null,
        read: (bytes) => JSON.parse(utf8(bytes) ?? ''),
      },
    },
  }
}

interface How {
  /** A search reads lines; the layout is for a record that is looked at. */
  readonly whole: boolean
  readonly depth?: number
}

/** Reads a record by the choice, in any case to something: text where it is text, digits else. At once, unless something has to be unpacked. */
export function decode(bytes: Uint8Array, decoders: Decoders, how: How): Decoded | Promise<Decoded> {
  const { depth = 0 } = how
  if (decoders.choice.format === 'hex') return inHex(bytes, how)
  const wrapper = depth < DEPTH_MAX ? WRAPPERS.find((each) => each.matches(bytes)) : undefined
  if (wrapper) return unwrap(wrapper, bytes, decoders, how)
  const records = deaggregate(bytes)
  if (records) return partsOf(records, decoders, how)
  return readAs(bytes, decoders, how)
}

async function unwrap(wrapper: Wrapper, bytes: Uint8Array, decoders: Decoders, how: How): Promise<Decoded> {
  try {
    const inner = await decode(await wrapper.open(bytes), decoders, { ...how, depth: (how.depth ?? 0) + 1 })
    return { ...inner, layers: [wrapper.title, ...inner.layers] }
  } catch {
    // It only began like one.
    return readAs(bytes, decoders, how)
  }
}

async function partsOf(
  records: NonNullable<ReturnType<typeof deaggregate>>,
  decoders: Decoders,
  how: How,
): Promise<Decoded> {
  const inner = { ...how, depth: (how.depth ?? 0) + 1 }
  const text = new TextDecoder()
  const parts = await Promise.all(
    records.map(async ({ key, hashKey, data }) => ({
      key: text.decode(key),
      hashKey,
      bytes: data.length,
      decoded: await decode(data, decoders, inner),
    })),
  )
  return {
    layers: ['KPL', ...(parts[0]?.decoded.layers ?? [])],
    line: parts.map(({ decoded }) => decoded.line).join(' · '),
    text: parts.map(({ decoded }) => decoded.text).join('\n'),
    parts,
  }
}

function readAs(bytes: Uint8Array, decoders: Decoders, how: How): Decoded | Promise<Decoded> {
  const { choice, readers, problems } = decoders
  const { format } = choice
  if (format === 'text') return plain(bytes, how)
  const wanted =
    format === 'auto' ? ['file', 'protobuf', 'avro', 'json'] : format === 'avro' ? ['file', 'avro'] : [format]
  let problem: string | undefined
  for (const id of wanted as (keyof typeof readers)[]) {
    const reader = readers[id]
    const chosen = id === format
    if (!reader && chosen)
      problem = (format === 'avro' ? problems.avro : problems.proto) ?? 'There is no schema to read it by.'
    if (!reader || !(chosen || reader.matches(bytes))) continue
    try {
      const value = reader.read(bytes)
      const title = reader.title(bytes)
      if (value instanceof Promise)
        return value.then(
          (read) => structured(title, read, how),
          (thrown: Error) => ({ ...plain(bytes, how), problem: thrown.message }),
        )
      if (id !== 'json') return structured(title, value, how)
      if (typeof value === 'object' && value !== null) return json(title, value, utf8(bytes)!, how)
    } catch (thrown) {
      if (chosen) problem = (thrown as Error).message
    }
  }
  return problem === undefined ? plain(bytes, how) : { ...plain(bytes, how), problem }
}

function structured(title: string, value: unknown, { whole }: How): Decoded {
  return { layers: [title], line: JSON.stringify(value), text: whole ? JSON.stringify(value, null, 2) : '', value }
}

/** A line of JSON is its own text, which costs nothing and is exact. */
function json(title: string, value: unknown, text: string, { whole }: How): Decoded {
  return { layers: [title], line: oneLine(text), text: whole ? jsonText(text) : '', value }
}

function plain(bytes: Uint8Array, how: How): Decoded {
  const text = utf8(bytes)
  return text === null ? inHex(bytes, how) : { layers: ['text'], line: oneLine(text), text: how.whole ? text : '' }
}

function inHex(bytes: Uint8Array, { whole }: How): Decoded {
  return { layers: ['hex'], line: hexLine(bytes), text: whole ? hexDump(bytes) : '' }
}

const oneLine = (text: string) => (/[\n\r\t]/.test(text) ? text.replaceAll(/\s+/g, ' ') : text)

async function inflate(bytes: Uint8Array, format: Compression): Promise<Uint8Array> {
  const opened = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream(format))
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for await (const chunk of opened as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    length += chunk.length
    if (length > UNPACKED_BYTES_MAX) throw new Error('The record unpacks to more than 64 MiB.')
    chunks.push(chunk)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
