import type { Avro } from './avro.ts'

/** What each type may be read as besides itself (Apache Avro 1.11, "Schema Resolution"). */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/** Why data of `writer` cannot be read by `reader`; empty where they can. */
export function avroReadingProblems(reader: Avro, writer: Avro): string[] {
  return problems(reader, writer, '', new Map())
}

function problems(reader: Avro, writer: Avro, at: string, seen: Map<Avro, Set<Avro>>): string[] {
  // Types that hold themselves: what is being compared is not compared again within itself.
  const compared = seen.get(reader) ?? new Set()
  if (compared.has(writer)) return []
  if (reader.kind === 'record') seen.set(reader, compared.add(writer))
  const where = at || 'the schema'
  if (writer.kind === 'union') return writer.branches.flatMap((branch) => problems(reader, branch, at, seen))
  if (reader.kind === 'union') {
    const able = reader.branches.some((branch) => problems(branch, writer, at, new Map(seen)).length === 0)
    return able ? [] : [`${where}: ${told(writer)} is none of ${reader.branches.map(told).join(', ')}`]
  }
  if (reader.kind !== writer.kind)
    return PROMOTIONS[writer.kind]?.includes(reader.kind)
      ? []
      : [`${where}: ${told(writer)} cannot be read as ${told(reader)}`]
  if ('name' in reader && 'name' in writer && !sameName(reader, writer))
    return [`${where}: ${writer.name} is not ${reader.name}`]
  if (reader.kind === 'record' && writer.kind === 'record') {
    return reader.fields.flatMap((field) => {
      const names = [field.name, ...field.aliases]
      const written = writer.fields.find(({ name }) => names.includes(name))
      const place = at === '' ? field.name : `${at}.${field.name}`
      if (written) return problems(field.type, written.type, place, seen)
      return field.hasDefault ? [] : [`${place}: has no default and is not in the other version`]
    })
  }
  if (reader.kind === 'enum' && writer.kind === 'enum') {
    const lost = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol))
    return lost.length === 0 || reader.fallback !== undefined ? [] : [`${where}: has no symbol ${lost.join(', ')}`]
  }
  if (reader.kind === 'fixed' && writer.kind === 'fixed')
    return reader.size === writer.size ? [] : [`${where}: fixed of ${writer.size} bytes is not of ${reader.size}`]
  if ('of' in reader && 'of' in writer) return problems(reader.of, writer.of, `${at}[]`, seen)
  return []
}

const last = (name: string) => name.slice(name.lastIndexOf('.') + 1)
const sameName = (
  reader: { name: string; aliases: readonly string[] },
  writer: { name: string; aliases: readonly string[] },
) => [reader.name, ...reader.aliases].some((name) => last(name) === last(writer.name))

const told = (type: Avro): string => ('name' in type ? `${type.kind} ${type.name}` : type.kind)
