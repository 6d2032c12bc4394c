import { type Avro, parseAvro } from '../schemas/avro.ts'
import { unreadable } from './head.ts'
import { type Inferred, type InferredColumn, merged, NULL, plain } from './types.ts'

/** Columns of an Avro file by the schema in its header (Apache Avro 1.11, "Object Container Files"). */
export function avroColumns(head: Buffer): InferredColumn[] {
  const schema = schemaOf(head)
  let type: Avro
  try {
    type = parseAvro(schema)
  } catch (thrown) {
    throw unreadable(`its Avro schema is not valid: ${(thrown as Error).message}`)
  }
  if (type.kind !== 'record') throw unreadable(`its Avro schema is ${type.kind}, and a table needs a record`)
  return type.fields.map(({ name, type: field }) => ({ name: name.toLowerCase(), type: typeOf(field, new Set()) }))
}

function schemaOf(head: Buffer): string {
  let at = 4
  const long = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      if (at >= head.length || shift > 63n) throw unreadable('its Avro header is cut off')
      const byte = BigInt(head[at++])
      value |= (byte & 0x7fn) << shift
      if (byte < 0x80n) return Number((value >> 1n) ^ -(value & 1n))
    }
  }
  const bytes = () => {
    const length = long()
    if (length < 0 || at + length > head.length) throw unreadable('its Avro header is cut off')
    at += length
    return head.toString('utf8', at - length, at)
  }
  for (let count = long(); count !== 0; count = long()) {
    if (count < 0) long()
    for (let i = 0; i < Math.abs(count); i++) {
      const name = bytes()
      const value = bytes()
      if (name === 'avro.schema') return value
    }
  }
  throw unreadable('its Avro header has no schema')
}

const PLAIN: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'bigint',
  float: 'float',
  double: 'double',
  bytes: 'binary',
  fixed: 'binary',
  string: 'string',
  enum: 'string',
}

/** A record within itself has no Hive type: it is text. */
function typeOf(type: Avro, within: ReadonlySet<Avro>): Inferred {
  if (within.has(type)) return plain('string')
  const inside = new Set([...within, type])
  switch (type.kind) {
    case 'null':
      return NULL
    case 'array':
    case 'map':
      return { kind: type.kind, of: typeOf(type.of, inside) }
    case 'union':
      return type.branches.map((branch) => typeOf(branch, inside)).reduce((a, b) => merged(a, b).type, NULL)
    case 'record':
      return {
        kind: 'struct',
        fields: new Map(type.fields.map((field) => [field.name.toLowerCase(), typeOf(field.type, inside)])),
      }
  }
  return plain(PLAIN[type.kind])
}
