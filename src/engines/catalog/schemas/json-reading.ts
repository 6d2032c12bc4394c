import { type JsonSchema, resolve } from './json.ts'

type Keywords = Record<string, unknown>

/** Lower bounds: the reader's must not be above the writer's. Upper bounds the other way round. */
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']
/** What is not reasoned about: where the reader says it, the writer has to say the same. */
const SAME = [
  'pattern',
  'format',
  'multipleOf',
  'uniqueItems',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'patternProperties',
  'propertyNames',
  'dependencies',
]

/**
 * Why a document that is valid by `writer` may not be valid by `reader`. A property that one of them does not name counts as absent,
 * unless its schema says what others may be: so an optional property may be added.
 */
export function jsonReadingProblems(reader: JsonSchema, writer: JsonSchema): string[] {
  return new Comparison(reader, writer).problems(reader, writer, '')
}

class Comparison {
  private readonly readerRoot: JsonSchema
  private readonly writerRoot: JsonSchema
  private readonly compared = new Map<object, Set<object>>()

  constructor(reader: JsonSchema, writer: JsonSchema) {
    this.readerRoot = reader
    this.writerRoot = writer
  }

  problems(readerGiven: JsonSchema, writerGiven: JsonSchema, at: string): string[] {
    const reader = resolve(readerGiven, this.readerRoot)
    const writer = resolve(writerGiven, this.writerRoot)
    const where = at || 'the document'
    if (reader === true || writer === false) return []
    if (reader === false) return [`${where}: is not allowed any more`]
    const written: Keywords = writer === true ? {} : writer
    if (this.isCompared(reader, written)) return []
    const choices = (written.anyOf ?? written.oneOf) as JsonSchema[] | undefined
    if (choices) return choices.flatMap((choice) => this.problems(reader, choice, at))
    const alternatives = (reader.anyOf ?? reader.oneOf) as JsonSchema[] | undefined
    if (alternatives && !alternatives.some((one) => this.problems(one, written, at).length === 0))
      return [`${where}: fits none of the alternatives`]
    const all = (reader.allOf ?? []) as JsonSchema[]
    const parts = (written.allOf ?? []) as JsonSchema[]
    if (parts.some((part) => this.problems(reader, part, at).length === 0)) return []
    return [
      ...all.flatMap((one) => this.problems(one, written, at)),
      ...values(reader, written, where),
      ...bounds(reader, written, where),
      ...this.members(reader, written, at),
      ...this.items(reader, written, at),
    ]
  }

  private isCompared(reader: object, writer: object): boolean {
    const known = this.compared.get(reader) ?? new Set()
    if (known.has(writer)) return true
    this.compared.set(reader, known.add(writer))
    return false
  }

  private members(reader: Keywords, writer: Keywords, at: string): string[] {
    const read = (reader.properties ?? {}) as Record<string, JsonSchema>
    const written = (writer.properties ?? {}) as Record<string, JsonSchema>
    const needed = (reader.required ?? []) as string[]
    const given = (writer.required ?? []) as string[]
    const place = (name: string) => (at === '' ? name : `${at}.${name}`)
    const missing = needed
      .filter((name) => !given.includes(name))
      .map((name) => `${place(name)}: is required and may be absent in the other version`)
    const rest = reader.additionalProperties as JsonSchema | undefined
    const common = Object.keys(written).flatMap((name) => {
      const schema = read[name] ?? rest
      return schema === undefined ? [] : this.problems(schema, written[name], place(name))
    })
    const open = writer.additionalProperties as JsonSchema | undefined
    const others = rest === undefined || open === undefined ? [] : this.problems(rest, open, `${at}.*`)
    return [...missing, ...common, ...others]
  }

  private items(reader: Keywords, writer: Keywords, at: string): string[] {
    if (reader.items === undefined) return []
    const place = `${at}[]`
    if (!Array.isArray(reader.items) && !Array.isArray(writer.items))
      return this.problems(reader.items as JsonSchema, (writer.items ?? true) as JsonSchema, place)
    const read = [reader.items].flat() as JsonSchema[]
    const written = [writer.items ?? true].flat() as JsonSchema[]
    const at0 = (list: JsonSchema[], i: number) => list[Math.min(i, list.length - 1)]
    return Array.from({ length: Math.max(read.length, written.length) }).flatMap((_, i) =>
      this.problems(at0(read, i), at0(written, i), `${at}[${i}]`),
    )
  }
}

function typesOf(schema: Keywords): string[] | undefined {
  if (schema.type !== undefined) return [schema.type].flat() as string[]
  const listed = listedOf(schema)
  return listed && [...new Set(listed.map(typeOf))]
}

function listedOf(schema: Keywords): unknown[] | undefined {
  return schema.const === undefined ? (schema.enum as unknown[] | undefined) : [schema.const]
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

function values(reader: Keywords, writer: Keywords, where: string): string[] {
  const found: string[] = []
  const read = typesOf(reader)
  const written = typesOf(writer)
  const takes = (type: string) => read!.includes(type) || (type === 'integer' && read!.includes('number'))
  if (read) {
    const lost = (written ?? ['anything']).filter((type) => !takes(type))
    if (lost.length > 0) found.push(`${where}: ${lost.join(', ')} cannot be read as ${read.join(', ')}`)
  }
  const allowed = listedOf(reader)?.map((value) => JSON.stringify(value))
  if (allowed) {
    const lost = listedOf(writer)?.filter((value) => !allowed.includes(JSON.stringify(value)))
    if (!lost) found.push(`${where}: is now one of ${allowed.join(', ')}`)
    else if (lost.length > 0)
      found.push(`${where}: ${lost.map((one) => JSON.stringify(one)).join(', ')} is not allowed`)
  }
  return found
}

function bounds(reader: Keywords, writer: Keywords, where: string): string[] {
  const narrower = (keyword: string, sign: number) => {
    const bound = reader[keyword]
    const given = writer[keyword]
    if (typeof bound !== 'number') return []
    const within = typeof given === 'number' && sign * (given - bound) >= 0
    return within ? [] : [`${where}: ${keyword} ${bound} is narrower than the other version's`]
  }
  const same = SAME.filter(
    (keyword) => reader[keyword] !== undefined && JSON.stringify(reader[keyword]) !== JSON.stringify(writer[keyword]),
  ).map((keyword) => `${where}: ${keyword} is not the same`)
  return [...LOWER.flatMap((one) => narrower(one, 1)), ...UPPER.flatMap((one) => narrower(one, -1)), ...same]
}
