import protobuf, { type Enum, type Field, type MapField, type Reader, type Type } from 'protobufjs'
import { bytesText } from '../../../../../engines/kit/pure/avro.ts'

/**
 * Reads Protobuf by a .proto file. protobufjs knows the grammar and the types; its own decoders are made with `Function`, which the page's
 * policy forbids, so messages are read here by what it says of them.
 */
export interface Messages {
  /** Full names, in the file's order. */
  readonly names: readonly string[]
  readonly read: (name: string, bytes: Uint8Array) => unknown
}

export function parseProto(source: string): Messages {
  const root = new protobuf.Root()
  const { imports = [], weakImports = [] } = protobuf.parse(source, root, { keepCase: true })
  for (const name of [...imports, ...weakImports]) {
    const known = protobuf.common.get(name)
    if (!known?.nested) throw new Error(`The import ${name} is not known: paste its messages into this file.`)
    root.addJSON(known.nested)
  }
  root.resolveAll()
  const names = typesOf(root).map(({ fullName }) => fullName.slice(1))
  return {
    names: names.filter((name) => !name.startsWith('google.protobuf.')),
    read: (name, bytes) => readMessage(root.lookupType(name), protobuf.Reader.create(bytes), bytes.length),
  }
}

function typesOf(space: protobuf.NamespaceBase): Type[] {
  return space.nestedArray.flatMap((nested) => {
    const inner = nested instanceof protobuf.Namespace ? typesOf(nested) : []
    return nested instanceof protobuf.Type ? [nested, ...inner] : inner
  })
}

function readMessage(type: Type, reader: Reader, end: number): unknown {
  const message: Record<string, unknown> = {}
  while (reader.pos < end) {
    const tag = reader.uint32()
    const [id, wire] = [tag >>> 3, tag & 7]
    if (id === 0) throw new Error('The bytes are no message: a field has number 0.')
    const field = type.fieldsById[id]
    if (!field) message[`#${id}`] = unknownValue(reader, wire)
    else if (field instanceof protobuf.MapField)
      Object.assign((message[field.name] ??= {}) as object, readEntry(field, reader))
    else if (field.repeated) {
      const list = (message[field.name] ??= []) as unknown[]
      if (wire === 2 && isPackable(field)) {
        const stop = reader.uint32() + reader.pos
        while (reader.pos < stop) list.push(readValue(field.type, field.resolvedType, reader))
      } else list.push(readValue(field.type, field.resolvedType, reader))
    } else message[field.name] = readValue(field.type, field.resolvedType, reader)
  }
  if (reader.pos > end) throw new Error('A message runs over its end.')
  if (type.fullName !== '.google.protobuf.Timestamp') return message
  return new Date(Number(message.seconds ?? 0) * 1000 + Number(message.nanos ?? 0) / 1e6).toISOString()
}

function isPackable({ type, resolvedType }: Field): boolean {
  return type !== 'string' && type !== 'bytes' && !(resolvedType instanceof protobuf.Type)
}

function readEntry(field: MapField, reader: Reader): Record<string, unknown> {
  const end = reader.uint32() + reader.pos
  let [key, value]: [unknown, unknown] = ['', null]
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) key = readValue(field.keyType, null, reader)
    else if (tag >>> 3 === 2) value = readValue(field.type, field.resolvedType, reader)
    else reader.skipType(tag & 7)
  }
  return { [String(key)]: value }
}

function readValue(type: string, resolved: Type | Enum | null, reader: Reader): unknown {
  if (resolved instanceof protobuf.Type) {
    const length = reader.uint32()
    return readMessage(resolved, reader, reader.pos + length)
  }
  if (resolved) {
    const number = reader.int32()
    return resolved.valuesById[number] ?? number
  }
  const value = (reader as unknown as Record<string, () => unknown>)[type]()
  if (value instanceof Uint8Array) return bytesText(value)
  if (typeof value !== 'object' || value === null) return value
  // A 64-bit number: text where a number would not be exact.
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function unknownValue(reader: Reader, wire: number): unknown {
  if (wire === 0) return readValue('uint64', null, reader)
  if (wire === 2) return bytesText(reader.bytes())
  reader.skipType(wire)
  return '?'
}
