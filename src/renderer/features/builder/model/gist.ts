import type { z } from 'zod'
import { describeFields, type FieldDescription } from '../../../lib/schema-form/describe.ts'

const kept = new WeakMap<z.ZodObject, FieldDescription[]>()

function fieldsOf(schema: z.ZodObject): FieldDescription[] {
  const known = kept.get(schema) ?? describeFields(schema)
  kept.set(schema, known)
  return known
}

/** Two settings that tell nodes of a kind apart, for the face of the card. */
export function gist(schema: z.ZodObject | undefined, config: Record<string, unknown>): string[] {
  if (!schema) return []
  const lines: string[] = []
  for (const field of fieldsOf(schema)) {
    const line = gistOf(field, config[field.name])
    if (line && !lines.includes(line)) lines.push(line)
    if (lines.length === 2) break
  }
  return lines
}

function gistOf(field: FieldDescription, set: unknown): string | null {
  const value = set ?? (field.hints.editor || field.kind === 'choice' ? field.fallback : undefined)
  if (typeof value === 'string') {
    const text = value.trim().replaceAll(/\s+/g, ' ')
    return text === '' ? null : (field.options?.find((o) => o.value === text)?.label ?? text)
  }
  if (typeof value === 'number')
    return `${field.label} ${value.toLocaleString()}${field.hints.unit ? ` ${field.hints.unit}` : ''}`
  if (Array.isArray(value) && value.length > 0) return `${field.label}: ${value.length}`
  return null
}
