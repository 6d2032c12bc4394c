/** A type as it is inferred from values; `null` where only nulls were seen. */
export type Inferred =
  | { readonly kind: 'null' }
  | { readonly kind: 'plain'; readonly name: string }
  | { readonly kind: 'array'; readonly of: Inferred }
  | { readonly kind: 'map'; readonly of: Inferred }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, Inferred> }

export interface InferredColumn {
  readonly name: string
  readonly type: Inferred
  /** The key in JSON, where it is not in small letters. */
  readonly key?: string
}

export const NULL: Inferred = { kind: 'null' }
export const plain = (name: string): Inferred => ({ kind: 'plain', name })
const STRING = plain('string')

/** Numbers by width: of two that differ the later holds both. */
const NUMBERS = ['tinyint', 'smallint', 'int', 'bigint', 'float', 'double']
/** Longer whole numbers have no fellows among the fractions: a double would round them. */
const WHOLE_NUMBERS = [...NUMBERS.slice(0, 4), 'decimal(38,0)']

/** The type that holds the values of both; `exact` is whether neither had to become text for it. */
export function merged(a: Inferred, b: Inferred): { type: Inferred; exact: boolean } {
  if (a.kind === 'null') return { type: b, exact: true }
  if (b.kind === 'null') return { type: a, exact: true }
  if (a.kind === 'plain' && b.kind === 'plain') {
    if (a.name === b.name) return { type: a, exact: true }
    const kin = [NUMBERS, WHOLE_NUMBERS].find((names) => names.includes(a.name) && names.includes(b.name))
    if (!kin) return { type: STRING, exact: false }
    return { type: plain(kin[Math.max(kin.indexOf(a.name), kin.indexOf(b.name))]), exact: true }
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    const fields = new Map(a.fields)
    let exact = true
    for (const [name, type] of b.fields) {
      const both = merged(fields.get(name) ?? NULL, type)
      fields.set(name, both.type)
      exact &&= both.exact
    }
    return { type: { kind: 'struct', fields }, exact }
  }
  if ((a.kind === 'array' && b.kind === 'array') || (a.kind === 'map' && b.kind === 'map')) {
    const both = merged(a.of, b.of)
    return { type: { kind: a.kind, of: both.type }, exact: both.exact }
  }
  return { type: STRING, exact: false }
}

/** As Hive writes it. Nothing but nulls is text. */
export function hiveText(type: Inferred): string {
  switch (type.kind) {
    case 'null':
      return 'string'
    case 'plain':
      return type.name
    case 'array':
      return `array<${hiveText(type.of)}>`
    case 'map':
      return `map<string,${hiveText(type.of)}>`
    case 'struct':
      return `struct<${[...type.fields].map(([name, field]) => `${name}:${hiveText(field)}`).join(',')}>`
  }
}
