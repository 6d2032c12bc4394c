import type { z } from 'zod'
import type { FieldHints } from '../../../engines/pipeline/nodes/define.ts'

export type FieldKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'table'
  | 'object'
  | 'variant'
  | 'record'
  | 'json'

/** A field of a form, drawn from a zod schema and its hints. */
export interface FieldDescription {
  readonly name: string
  readonly kind: FieldKind
  readonly label: string
  readonly hints: FieldHints
  /** May be left out. */
  readonly optional: boolean
  /** May be null: shown as "none". */
  readonly nullable: boolean
  readonly fallback: unknown
  readonly options?: readonly { value: string; label: string }[]
  readonly min?: number
  readonly max?: number
  readonly integer?: boolean
  /** Fields of an object, of one row of a table. */
  readonly fields?: readonly FieldDescription[]
  /** Variants of a discriminated union, by the value of `discriminator`. */
  readonly discriminator?: string
  readonly variants?: Readonly<Record<string, readonly FieldDescription[]>>
  /** What the items of a list are. */
  readonly item?: FieldDescription
}

interface Definition {
  type: string
  innerType?: z.ZodType
  in?: z.ZodType
  element?: z.ZodType
  shape?: Record<string, z.ZodType>
  entries?: Record<string, string | number>
  values?: readonly unknown[]
  options?: readonly z.ZodType[]
  discriminator?: string
  defaultValue?: unknown
}

export function describeFields(schema: z.ZodObject): FieldDescription[] {
  return Object.entries(schema.shape).map(([name, field]) => describeField(name, field as z.ZodType))
}

export function describeField(name: string, schema: z.ZodType): FieldDescription {
  let inner = schema
  let hints: FieldHints = {}
  let optional = false
  let nullable = false
  let fallback: unknown
  for (;;) {
    // Hints nearest to the outside win: wrappers drop them, so they may sit at any depth.
    hints = { ...hintsOf(inner), ...hints }
    const def = definition(inner)
    if (def.type === 'optional' || def.type === 'nullable' || def.type === 'default' || def.type === 'prefault') {
      optional ||= def.type !== 'nullable'
      nullable ||= def.type === 'nullable'
      if ('defaultValue' in def) fallback ??= def.defaultValue
      inner = def.innerType!
    } else if (def.innerType) inner = def.innerType
    else if (def.type === 'pipe') inner = def.in!
    else break
  }
  const label = hints.label ?? labelOf(name)
  return { name, label, hints, optional, nullable, fallback, ...shapeOf(name, inner, hints) }
}

function shapeOf(
  name: string,
  schema: z.ZodType,
  hints: FieldHints,
): Pick<FieldDescription, 'kind'> & Partial<FieldDescription> {
  const def = definition(schema)
  const option = (value: unknown) => ({
    value: String(value),
    label: hints.options?.[String(value)] ?? labelOf(String(value)),
  })
  switch (def.type) {
    case 'string':
      return { kind: 'text' }
    case 'number':
    case 'int': {
      const number = schema as z.ZodNumber
      return { kind: 'number', ...range(number), integer: number.format === 'safeint' || number.format === 'int32' }
    }
    case 'boolean':
      return { kind: 'boolean' }
    case 'enum':
      return { kind: 'choice', options: Object.values(def.entries!).map(option) }
    case 'literal':
      return { kind: 'choice', options: def.values!.map(option) }
    case 'array': {
      const item = describeField(name, def.element!)
      return item.kind === 'object' ? { kind: 'table', fields: item.fields! } : { kind: 'list', item }
    }
    case 'object':
      return { kind: 'object', fields: describeFields(schema as z.ZodObject) }
    case 'record':
      return { kind: 'record' }
    case 'union':
      return union(def, option)
    default:
      return { kind: 'json' }
  }
}

function union(
  def: Definition,
  option: (value: unknown) => { value: string; label: string },
): Pick<FieldDescription, 'kind'> & Partial<FieldDescription> {
  const options = def.options!.map((schema) => ({ schema, def: definition(schema) }))
  const { discriminator } = def
  if (discriminator && options.every(({ def: o }) => o.shape)) {
    const variants: Record<string, FieldDescription[]> = {}
    for (const { schema, def: o } of options) {
      const tag = String(definition(o.shape![discriminator]).values?.[0])
      variants[tag] = describeFields(schema as z.ZodObject).filter((field) => field.name !== discriminator)
    }
    return { kind: 'variant', discriminator, variants, options: Object.keys(variants).map(option) }
  }
  if (options.every(({ def: o }) => o.type === 'literal'))
    return { kind: 'choice', options: options.flatMap(({ def: o }) => o.values!.map(option)) }
  return { kind: 'json' }
}

function range(schema: z.ZodNumber): { min?: number; max?: number } {
  const { minValue, maxValue } = schema
  const bound = (value: number | null) =>
    value !== null && Number.isFinite(value) && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined
  const [min, max] = [bound(minValue), bound(maxValue)]
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
}

function definition(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition
}

function hintsOf(schema: z.ZodType): FieldHints {
  return ((schema.meta() as { ui?: FieldHints } | undefined)?.ui ?? {}) as FieldHints
}

/** "bufferBytesMax" → "Buffer bytes max", "PARQUET" → "PARQUET". */
export function labelOf(name: string): string {
  if (!/[a-z]/.test(name)) return name
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Messages of the schema for each field, by path joined with dots. */
export function fieldErrors(schema: z.ZodType, value: unknown): Record<string, string> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return {}
  const errors: Record<string, string> = {}
  for (const issue of parsed.error.issues) {
    const path = issue.path.join('.')
    errors[path] ??=
      issue.code === 'invalid_type' && at(value, issue.path) === undefined ? 'This field is needed.' : issue.message
  }
  return errors
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)
}
