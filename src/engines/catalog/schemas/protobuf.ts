import protobuf from 'protobufjs'
import { invalidSchema } from './invalid.ts'

export type ProtoRoot = protobuf.Root

/** Reads a .proto file; only Google's well-known types may be imported. */
export function parseProtobuf(definition: string): ProtoRoot {
  try {
    const { root, imports = [] } = protobuf.parse(definition, new protobuf.Root(), { keepCase: true })
    for (const name of imports) addCommon(root, name)
    root.resolveAll()
    if (messagesOf(root).size === 0) throw new Error('there is no message in it')
    return root
  } catch (thrown) {
    throw invalidSchema((thrown as Error).message)
  }
}

function addCommon(root: ProtoRoot, name: string): void {
  const common = protobuf.common.get(name)
  if (!common) throw new Error(`the import ${name} is not supported`)
  if (common.nested) root.addJSON(common.nested)
}

/** All messages of the file by full name, nested ones too; without those that were imported. */
function messagesOf(scope: protobuf.NamespaceBase): Map<string, protobuf.Type> {
  const found = new Map<string, protobuf.Type>()
  for (const nested of scope.nestedArray) {
    if (nested.fullName.startsWith('.google.protobuf')) continue
    if (nested instanceof protobuf.Type) found.set(nested.fullName, nested)
    if (nested instanceof protobuf.Namespace) for (const [name, type] of messagesOf(nested)) found.set(name, type)
  }
  return found
}

/** Types that share their form on the wire (Protocol Buffers, Language Guide, "Updating A Message Type"). */
const WIRE: readonly (readonly string[])[] = [
  ['int32', 'uint32', 'int64', 'uint64', 'bool', 'enum'],
  ['sint32', 'sint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
  ['string', 'bytes'],
]

/** Why messages written by `writer` cannot be read by `reader`; empty where they can. */
export function protobufReadingProblems(reader: ProtoRoot, writer: ProtoRoot): string[] {
  const read = messagesOf(reader)
  return [...messagesOf(writer)].flatMap(([name, written]) => {
    const message = read.get(name)
    return message ? messageProblems(message, written) : [`the message ${name.slice(1)} is gone`]
  })
}

function messageProblems(reader: protobuf.Type, writer: protobuf.Type): string[] {
  const message = reader.fullName.slice(1)
  const written = new Map(writer.fieldsArray.map((field) => [field.id, field]))
  return reader.fieldsArray.flatMap((field) => {
    const old = written.get(field.id)
    const place = `${message}.${field.name}`
    if (!old) return field.required ? [`${place}: is required and not in the other version`] : []
    const problems: string[] = []
    if (field.required && !old.required) problems.push(`${place}: is required and may be absent in the other version`)
    if (!sameWire(field, old)) problems.push(`${place}: ${told(old)} cannot be read as ${told(field)}`)
    if (joinsOneof(field, old, writer)) problems.push(`${place}: was moved into the oneof ${field.partOf!.name}`)
    return problems
  })
}

function sameWire(a: protobuf.Field, b: protobuf.Field): boolean {
  if (a.map !== b.map) return false
  if (a instanceof protobuf.MapField && b instanceof protobuf.MapField && !sameType(a.keyType, b.keyType)) return false
  if (a.repeated !== b.repeated && !isText(a) && !(a.resolvedType instanceof protobuf.Type)) return false
  const [one, other] = [typeOf(a), typeOf(b)]
  return sameType(one, other)
}

const isText = ({ type }: protobuf.Field) => type === 'string' || type === 'bytes'
const sameType = (a: string, b: string) => a === b || WIRE.some((group) => group.includes(a) && group.includes(b))

function typeOf(field: protobuf.Field): string {
  if (field.resolvedType instanceof protobuf.Enum) return 'enum'
  return field.resolvedType ? field.resolvedType.fullName : field.type
}

/** Moving a field into a oneof that was there may clear another of its fields. */
function joinsOneof(field: protobuf.Field, old: protobuf.Field, writer: protobuf.Type): boolean {
  const oneof = field.partOf
  if (!oneof || oneof.isProto3Optional || old.partOf?.name === oneof.name) return false
  return oneof.name in (writer.oneofs ?? {})
}

const told = (field: protobuf.Field) =>
  `${field.repeated ? 'repeated ' : ''}${field.map ? 'map of ' : ''}${typeOf(field).replace(/^\./, '')}`
