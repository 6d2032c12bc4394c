import { invalidSchema } from './invalid.ts'

/** An Avro schema, names resolved. Records refer to themselves, so it is a graph. */
export type Avro =
  | { readonly kind: Primitive }
  | { readonly kind: 'record'; readonly name: string; readonly aliases: readonly string[]; fields: AvroField[] }
  | {
      readonly kind: 'enum'
      readonly name: string
      readonly aliases: readonly string[]
      readonly symbols: readonly string[]
      readonly fallback?: string
    }
  | { readonly kind: 'fixed'; readonly name: string; readonly aliases: readonly string[]; readonly size: number }
  | { readonly kind: 'array' | 'map'; readonly of: Avro }
  | { readonly kind: 'union'; readonly branches: readonly Avro[] }

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: Avro
  readonly hasDefault: boolean
}

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
type Primitive = (typeof PRIMITIVES)[number]
type Json = Record<string, unknown>

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Reads a schema by the specification (Apache Avro 1.11, "Schema Declaration"); throws InvalidInputException. */
export function parseAvro(definition: string): Avro {
  let json: unknown
  try {
    json = JSON.parse(definition)
  } catch (thrown) {
    // A bare primitive name is a schema too.
    if (isPrimitive(definition.trim())) return { kind: definition.trim() as Primitive }
    throw invalidSchema(`not JSON: ${(thrown as Error).message}`)
  }
  return new Reader().schema(json, '')
}

const isPrimitive = (name: unknown): name is Primitive => PRIMITIVES.includes(name as Primitive)

class Reader {
  private readonly named = new Map<string, Avro>()

  schema(json: unknown, namespace: string): Avro {
    if (typeof json === 'string') return this.reference(json, namespace)
    if (Array.isArray(json)) return this.union(json, namespace)
    if (typeof json !== 'object' || json === null) throw invalidSchema(`${JSON.stringify(json)} is no schema`)
    const schema = json as Json
    switch (schema.type) {
      case 'record':
      case 'error':
        return this.record(schema, namespace)
      case 'enum':
        return this.enum(schema, namespace)
      case 'fixed':
        return this.fixed(schema, namespace)
      case 'array':
        if (schema.items === undefined) throw invalidSchema('an array needs "items"')
        return { kind: 'array', of: this.schema(schema.items, namespace) }
      case 'map':
        if (schema.values === undefined) throw invalidSchema('a map needs "values"')
        return { kind: 'map', of: this.schema(schema.values, namespace) }
    }
    if (schema.type === undefined) throw invalidSchema('a schema needs its "type"')
    return this.schema(schema.type, namespace)
  }

  private reference(name: string, namespace: string): Avro {
    if (isPrimitive(name)) return { kind: name }
    const found = this.named.get(fullName(name, namespace))
    if (!found) throw invalidSchema(`the type "${name}" is not defined`)
    return found
  }

  private union(json: unknown[], namespace: string): Avro {
    const branches = json.map((branch) => this.schema(branch, namespace))
    const seen = new Set<string>()
    for (const branch of branches) {
      if (branch.kind === 'union') throw invalidSchema('a union may not hold a union')
      const id = 'name' in branch ? branch.name : branch.kind
      if (seen.has(id)) throw invalidSchema(`a union has ${id} twice`)
      seen.add(id)
    }
    return { kind: 'union', branches }
  }

  private record(schema: Json, namespace: string): Avro {
    const { name, aliases, space } = this.nameOf(schema, namespace)
    if (!Array.isArray(schema.fields)) throw invalidSchema(`the record ${name} needs "fields"`)
    const record = { kind: 'record' as const, name, aliases, fields: [] as AvroField[] }
    this.define(name, record)
    for (const field of schema.fields as Json[]) {
      if (typeof field?.name !== 'string' || !NAME.test(field.name))
        throw invalidSchema(`${JSON.stringify(field?.name)} is no name of a field`)
      if (record.fields.some((other) => other.name === field.name))
        throw invalidSchema(`the record ${name} has the field ${field.name} twice`)
      if (field.type === undefined) throw invalidSchema(`the field ${name}.${field.name} needs its "type"`)
      const type = this.schema(field.type, space)
      const hasDefault = field.default !== undefined
      if (hasDefault && !fits(field.default, type.kind === 'union' ? type.branches[0] : type))
        throw invalidSchema(`the default of ${name}.${field.name} is not of its type`)
      record.fields.push({ name: field.name, aliases: texts(field.aliases), type, hasDefault })
    }
    return record
  }

  private enum(schema: Json, namespace: string): Avro {
    const { name, aliases } = this.nameOf(schema, namespace)
    const symbols = texts(schema.symbols)
    if (symbols.length === 0 || symbols.some((symbol) => !NAME.test(symbol)))
      throw invalidSchema(`the enum ${name} needs "symbols" that are names`)
    if (new Set(symbols).size < symbols.length) throw invalidSchema(`the enum ${name} has a symbol twice`)
    if (schema.default !== undefined && !symbols.includes(schema.default as string))
      throw invalidSchema(`the default of the enum ${name} is none of its symbols`)
    const fallback = schema.default as string | undefined
    return this.define(name, { kind: 'enum', name, aliases, symbols, ...(fallback !== undefined && { fallback }) })
  }

  private fixed(schema: Json, namespace: string): Avro {
    const { name, aliases } = this.nameOf(schema, namespace)
    const { size } = schema
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      throw invalidSchema(`fixed ${name} needs its "size"`)
    return this.define(name, { kind: 'fixed', name, aliases, size })
  }

  private define<T extends Avro>(name: string, type: T): T {
    if (this.named.has(name)) throw invalidSchema(`the type ${name} is defined twice`)
    this.named.set(name, type)
    return type
  }

  private nameOf(schema: Json, namespace: string) {
    if (typeof schema.name !== 'string') throw invalidSchema(`a ${String(schema.type)} needs its "name"`)
    const name = fullName(schema.name, typeof schema.namespace === 'string' ? schema.namespace : namespace)
    if (!name.split('.').every((part) => NAME.test(part))) throw invalidSchema(`"${name}" is no name`)
    const space = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
    return { name, space, aliases: texts(schema.aliases).map((alias) => fullName(alias, space)) }
  }
}

const fullName = (name: string, namespace: string) =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

/** Whether a default is written as its type is (Avro 1.11, "field default values"). */
function fits(value: unknown, type: Avro): boolean {
  switch (type.kind) {
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'int':
    case 'long':
      return Number.isInteger(value)
    case 'float':
    case 'double':
      return typeof value === 'number'
    case 'enum':
      return type.symbols.includes(value as string)
    case 'array':
      return Array.isArray(value) && value.every((item) => fits(item, type.of))
    case 'map':
      return isObject(value) && Object.values(value).every((item) => fits(item, type.of))
    case 'record':
      return (
        isObject(value) &&
        type.fields.every((field) => (field.name in value ? fits(value[field.name], field.type) : field.hasDefault))
      )
    case 'union':
      return type.branches.length > 0 && fits(value, type.branches[0])
  }
  return typeof value === 'string'
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
