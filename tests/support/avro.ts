import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib'

type Schema = string | Schema[] | { type: string | Schema; [attribute: string]: unknown }

/** An Avro object container of one block (Apache Avro 1.12 Specification, "Object Container Files"). */
export function avroContainer(
  schema: object,
  values: readonly object[],
  codec: 'null' | 'deflate' | 'snappy' | 'zstandard',
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const sync = Buffer.alloc(16, 7)
  const meta = { 'avro.schema': JSON.stringify(schema), 'avro.codec': codec, ...metadata }
  const pairs = Object.entries(meta).flatMap(([key, value]) => [bytes(Buffer.from(key)), bytes(Buffer.from(value))])
  const plain = Buffer.concat(values.map((value) => encode(schema as Schema, value)))
  const block = compressed(plain, codec)
  return Buffer.concat([
    Buffer.from('Obj\u0001'),
    long(Object.keys(meta).length),
    ...pairs,
    long(0),
    sync,
    long(values.length),
    bytes(block),
    sync,
  ])
}

function compressed(plain: Buffer, codec: string): Buffer {
  if (codec === 'deflate') return deflateRawSync(plain)
  if (codec === 'zstandard') return zstdCompressSync(plain)
  if (codec !== 'snappy') return plain
  // A block of Snappy may be one literal: its length, and behind its tag the length less one in two bytes.
  const length: number[] = []
  for (let left = plain.length; ; left >>>= 7) {
    length.push(left < 0x80 ? left : (left & 0x7f) | 0x80)
    if (left < 0x80) break
  }
  const tag = Buffer.from([61 << 2, (plain.length - 1) & 0xff, (plain.length - 1) >> 8])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(plain))
  return Buffer.concat([Buffer.from(length), tag, plain, checksum])
}

function encode(schema: Schema, value: unknown): Buffer {
  if (Array.isArray(schema)) {
    const branch = schema.findIndex((one) => (one === 'null') === (value === null))
    return Buffer.concat([long(branch), encode(schema[branch], value)])
  }
  const type = typeof schema === 'string' ? schema : schema.type
  switch (type) {
    case 'null':
      return Buffer.alloc(0)
    case 'boolean':
      return Buffer.from([value ? 1 : 0])
    case 'int':
    case 'long':
      return long(value as number)
    case 'double': {
      const eight = Buffer.alloc(8)
      eight.writeDoubleLE(value as number)
      return eight
    }
    case 'string':
      return bytes(Buffer.from(value as string))
    case 'bytes':
      return bytes(Buffer.from(value as Uint8Array))
    case 'record': {
      const { fields } = schema as unknown as { fields: { name: string; type: Schema }[] }
      return Buffer.concat(fields.map((field) => encode(field.type, (value as Record<string, unknown>)[field.name])))
    }
    case 'array': {
      const items = value as unknown[]
      const { items: of } = schema as unknown as { items: Schema }
      return Buffer.concat([
        ...(items.length ? [long(items.length)] : []),
        ...items.map((item) => encode(of, item)),
        long(0),
      ])
    }
    case 'map': {
      const entries = Object.entries(value as object)
      const { values: of } = schema as unknown as { values: Schema }
      const pairs = entries.flatMap(([key, item]) => [bytes(Buffer.from(key)), encode(of, item)])
      return Buffer.concat([...(entries.length ? [long(entries.length)] : []), ...pairs, long(0)])
    }
  }
  return encode(type as Schema, value)
}

function bytes(content: Buffer): Buffer {
  return Buffer.concat([long(content.length), content])
}

function long(value: number | bigint): Buffer {
  let left = BigInt(value) >= 0n ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n
  const out: number[] = []
  for (; left >= 0x80n; left >>= 7n) out.push(Number(left & 0x7fn) | 0x80)
  out.push(Number(left))
  return Buffer.from(out)
}
