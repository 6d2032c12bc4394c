import type { z } from 'zod'
import type { FieldHints } from '../../../../engines/pipeline/nodes/define.ts'

/** A field of a node's configuration as the inspector draws it; all of it follows from the zod schema and its hints. */
export interface FormField {
  readonly name: string
  readonly label: string
  readonly sort: 'text' | 'number' | 'boolean' | 'choice' | 'list' | 'rows'
  readonly hints: FieldHints
  readonly required: boolean
  /** An empty field is null rather than absent. */
  readonly nullable: boolean
  readonly defaultValue: unknown
  readonly choices: readonly { value: string; label: string }[]
  readonly min?: number
  readonly max?: number
  readonly integer: boolean
  /** Fields of each row, where the value is a list of objects. */
  readonly columns: readonly FormField[]
}

export interface FormSection {
  readonly title: string | null
  readonly fields: readonly FormField[]
}

const kept = new WeakMap<z.ZodObject, FormField[]>()

export function fieldsOf(schema: z.ZodObject): FormField[] {
  const known = kept.get(schema)
  if (known) return known
  const fields = Object.entries(schema.shape).map(([name, rule]) => fieldOf(name, rule as z.ZodType))
  kept.set(schema, fields)
  return fields
}

/** Fields under the headings that their hints name, in order of first appearance; those without one come first. */
export function sectionsOf(schema: z.ZodObject): FormSection[] {
  const byTitle = new Map<string | null, FormField[]>([[null, []]])
  for (const field of fieldsOf(schema)) {
    const title = field.hints.section ?? null
    byTitle.set(title, [...(byTitle.get(title) ?? []), field])
  }
  return [...byTitle].filter(([, fields]) => fields.length > 0).map(([title, fields]) => ({ title, fields }))
}

interface Def {
  type: string
  innerType?: z.ZodType
  element?: z.ZodType
  entries?: Record<string, string>
}

const defOf = (rule: z.ZodType) => rule.def as unknown as Def

function fieldOf(name: string, rule: z.ZodType): FormField {
  const hints = (rule.meta() as { ui?: FieldHints } | undefined)?.ui ?? {}
  const empty = rule.safeParse(undefined)
  const inner = unwrap(rule)
  const def = defOf(inner)
  const element = def.element && unwrap(def.element)
  const limits = inner as { minValue?: number | null; maxValue?: number | null; isInt?: boolean }
  const rows = def.type === 'array' && element && defOf(element).type === 'object'
  return {
    name,
    label: hints.label ?? words(name),
    sort: rows ? 'rows' : (SORTS[def.type] ?? 'text'),
    hints,
    required: !empty.success,
    nullable: rule.safeParse(null).success,
    defaultValue: empty.success ? empty.data : undefined,
    choices: Object.values(def.entries ?? {}).map((value) => ({ value, label: hints.options?.[value] ?? value })),
    ...(bounded(limits.minValue) && { min: limits.minValue! }),
    ...(bounded(limits.maxValue) && { max: limits.maxValue! }),
    integer: limits.isInt ?? false,
    columns: rows ? fieldsOf(element as z.ZodObject) : [],
  }
}

const SORTS: Record<string, FormField['sort']> = {
  number: 'number',
  boolean: 'boolean',
  enum: 'choice',
  array: 'list',
}

function unwrap(rule: z.ZodType): z.ZodType {
  const { innerType } = defOf(rule)
  return innerType ? unwrap(innerType) : rule
}

/** zod states the bounds of safe integers where a schema names none. */
function bounded(limit: number | null | undefined): boolean {
  return typeof limit === 'number' && Number.isFinite(limit) && Math.abs(limit) < Number.MAX_SAFE_INTEGER
}

function words(name: string): string {
  const spaced = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

/** What the schema has against a configuration, by field path (`fields.0.name`). The first reason of each field. */
export function configErrors(schema: z.ZodObject, config: Record<string, unknown>): Map<string, string> {
  const errors = new Map<string, string>()
  const parsed = schema.safeParse(config)
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.join('.')
    const missing = issue.code === 'invalid_type' && valueAt(config, issue.path) === undefined
    if (!errors.has(path)) errors.set(path, missing ? 'This must be filled in.' : issue.message)
  }
  return errors
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], value)
}

/** The value a field shows: what is set, or what holds when nothing is. */
export function shownValue(field: FormField, config: Record<string, unknown>): unknown {
  return config[field.name] === undefined ? field.defaultValue : config[field.name]
}

/** Two or three settings that tell nodes of a kind apart, for the face of the card. */
export function gist(schema: z.ZodObject | undefined, config: Record<string, unknown>): string[] {
  if (!schema) return []
  const lines: string[] = []
  for (const field of fieldsOf(schema)) {
    const value = config[field.name] ?? (field.required || field.hints.editor ? field.defaultValue : undefined)
    if (typeof value === 'string' && value.trim() !== '') lines.push(value.trim().replaceAll(/\s+/g, ' '))
    else if (typeof value === 'number')
      lines.push(
        `${field.label.toLowerCase()} ${value.toLocaleString()}${field.hints.unit ? ` ${field.hints.unit}` : ''}`,
      )
    else if (Array.isArray(value) && value.length > 0) lines.push(`${value.length} ${field.label.toLowerCase()}`)
    if (lines.length === 2) break
  }
  return lines
}
