import { invalidSchema } from './invalid.ts'

export type JsonSchema = boolean | { readonly [keyword: string]: unknown }

const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']
/** "JSON Schema Draft-04, Draft-06 and Draft-07" (AWS Glue Developer Guide, "Schema Registry"). */
const DRAFTS = /^https?:\/\/json-schema\.org\/draft-0[467]\/schema#?$/
const ONE = ['additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames', 'additionalItems']
const LISTS = ['anyOf', 'oneOf', 'allOf']
const MAPS = ['properties', 'patternProperties', 'definitions']

export function parseJsonSchema(definition: string): JsonSchema {
  let json: unknown
  try {
    json = JSON.parse(definition)
  } catch (thrown) {
    throw invalidSchema(`not JSON: ${(thrown as Error).message}`)
  }
  const draft = isObject(json) ? json.$schema : undefined
  if (draft !== undefined && !DRAFTS.test(String(draft)))
    throw invalidSchema(`${String(draft)} is not supported: Draft-04, Draft-06 and Draft-07 are`)
  check(json, '#', json)
  return json as JsonSchema
}

function check(schema: unknown, at: string, root: unknown): void {
  if (typeof schema === 'boolean') return
  if (!isObject(schema)) throw invalidSchema(`${at} is no schema`)
  const types = schema.type === undefined ? [] : [schema.type].flat()
  for (const type of types)
    if (!TYPES.includes(type as string)) throw invalidSchema(`${at}/type: ${JSON.stringify(type)} is no type`)
  if (Array.isArray(schema.required)) {
    if (!schema.required.every((name) => typeof name === 'string')) throw invalidSchema(`${at}/required: names only`)
  } else if (schema.required !== undefined) throw invalidSchema(`${at}/required must be a list`)
  if (schema.enum !== undefined && !Array.isArray(schema.enum)) throw invalidSchema(`${at}/enum must be a list`)
  if (schema.pattern !== undefined) checkPattern(schema.pattern, at)
  if (schema.$ref !== undefined) resolve(schema, root)
  for (const keyword of ONE) if (schema[keyword] !== undefined) check(schema[keyword], `${at}/${keyword}`, root)
  for (const keyword of LISTS) {
    const list = schema[keyword]
    if (list === undefined) continue
    if (!Array.isArray(list) || list.length === 0) throw invalidSchema(`${at}/${keyword} must be a list of schemas`)
    for (const [i, one] of list.entries()) check(one, `${at}/${keyword}/${i}`, root)
  }
  for (const keyword of MAPS) {
    const map = schema[keyword]
    if (map === undefined) continue
    if (!isObject(map)) throw invalidSchema(`${at}/${keyword} must hold schemas by name`)
    for (const [name, one] of Object.entries(map)) check(one, `${at}/${keyword}/${name}`, root)
  }
  if (schema.items !== undefined)
    for (const [i, one] of [schema.items].flat().entries()) check(one, `${at}/items/${i}`, root)
}

function checkPattern(pattern: unknown, at: string): void {
  try {
    new RegExp(String(pattern), 'u')
  } catch {
    throw invalidSchema(`${at}/pattern: ${JSON.stringify(pattern)} is no regular expression`)
  }
}

/** What a reference stands for; only those within the document are known. */
export function resolve(schema: JsonSchema, root: unknown, steps = 0): JsonSchema {
  if (typeof schema === 'boolean' || typeof schema.$ref !== 'string') return schema
  const reference = schema.$ref
  if (!reference.startsWith('#')) throw invalidSchema(`the reference ${reference} leads out of the document`)
  if (steps > 50) throw invalidSchema(`the reference ${reference} leads back to itself`)
  let found: unknown = root
  for (const part of reference.slice(1).split('/').filter(Boolean)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    found = isObject(found) || Array.isArray(found) ? (found as Record<string, unknown>)[name] : undefined
  }
  if (found === undefined) throw invalidSchema(`the reference ${reference} leads nowhere`)
  return resolve(found as JsonSchema, root, steps + 1)
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
