import { EngineError } from '../../pure/errors.ts'
import type { Member, Shape } from './shapes.ts'

/** What a model says of a value beyond its type. Bounds are inclusive. */
export interface Constraint {
  /** Allowed values, in the model's order. */
  readonly values?: readonly string[]
  /** Length of a string (code points), a blob (bytes), a list or a map. */
  readonly length?: readonly [min: number, max: number | null]
  /** Range of a number. */
  readonly range?: readonly [min: number | null, max: number | null]
  /** The whole string must match; AWS anchors every pattern. */
  readonly pattern?: RegExp
}

/**
 * By path of member names as the model spells them: `StreamName`, `ShardFilter.Type`, `Records[].PartitionKey`, and `Tags.key`,
 * `Tags.value` for maps.
 */
export type Constraints = Readonly<Record<string, Constraint>>

/** Errors named in one answer; AWS names a few too. */
const NAMED_MAX = 10

/** Checks an input and throws all that is wrong with it in one error, in the words that AWS's services use. */
export function validate(shape: Shape, input: unknown, constraints: Constraints = {}, code = 'ValidationException') {
  const problems: Problem[] = []
  checkMembers(shape, input as Record<string, unknown>, '', '', constraints, problems)
  if (problems.length === 0) return
  const said = problems
    .slice(0, NAMED_MAX)
    .map((p) => `Value ${p.value} at '${p.at}' failed to satisfy constraint: ${p.rule}`)
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: `
  throw new EngineError(code, count + said.join('; '), { at: { field: problems[0].at } })
}

interface Problem {
  at: string
  value: string
  rule: string
}

function checkMembers(
  shape: Shape,
  value: Record<string, unknown>,
  at: string,
  path: string,
  constraints: Constraints,
  problems: Problem[],
): void {
  for (const member of shape.members) {
    const given = value[member.name]
    const place = at === '' ? lowerFirst(member.name) : `${at}.${lowerFirst(member.name)}`
    if (given === undefined) {
      if (member.required) problems.push({ at: place, value: 'null', rule: 'Member must not be null' })
      continue
    }
    check(member, given, place, path === '' ? member.name : `${path}.${member.name}`, constraints, problems)
  }
}

function check(
  member: Member,
  value: unknown,
  at: string,
  path: string,
  constraints: Constraints,
  problems: Problem[],
): void {
  if (value === null) {
    if (!member.sparse) problems.push({ at, value: 'null', rule: 'Member must not be null' })
    return
  }
  const shape = member.shape()
  const constraint = constraints[path]
  if (constraint) for (const rule of broken(constraint, value)) problems.push({ at, value: show(value), rule })
  switch (shape.kind) {
    case 'structure':
    case 'union':
      checkMembers(shape, value as Record<string, unknown>, at, path, constraints, problems)
      break
    case 'list':
      for (const [index, item] of (value as unknown[]).entries())
        check(shape.element!, item, `${at}.${index + 1}.member`, `${path}[]`, constraints, problems)
      break
    case 'map':
      for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
        const keyRule = constraints[`${path}.key`]
        if (keyRule)
          for (const rule of broken(keyRule, key)) problems.push({ at: `${at}.${key}.key`, value: show(key), rule })
        check(shape.element!, item, `${at}.${key}.member`, `${path}.value`, constraints, problems)
      }
  }
}

function* broken(constraint: Constraint, value: unknown): Generator<string> {
  const { values, length, range, pattern } = constraint
  if (values && !values.includes(value as string)) yield `Member must satisfy enum value set: [${values.join(', ')}]`
  if (length) {
    const [min, max] = length
    const actual = lengthOf(value)
    if (actual < min) yield `Member must have length greater than or equal to ${min}`
    if (max !== null && actual > max) yield `Member must have length less than or equal to ${max}`
  }
  if (range) {
    const [min, max] = range
    if (min !== null && (value as number) < min) yield `Member must have value greater than or equal to ${min}`
    if (max !== null && (value as number) > max) yield `Member must have value less than or equal to ${max}`
  }
  if (pattern && !anchored(pattern).test(value as string))
    yield `Member must satisfy regular expression pattern: ${pattern.source}`
}

const anchors = new WeakMap<RegExp, RegExp>()

function anchored(pattern: RegExp): RegExp {
  let whole = anchors.get(pattern)
  if (!whole) {
    whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace('g', ''))
    anchors.set(pattern, whole)
  }
  return whole
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') {
    let count = 0
    for (const _ of value) count++
    return count
  }
  if (ArrayBuffer.isView(value)) return value.byteLength
  return Array.isArray(value) ? value.length : Object.keys(value as object).length
}

function show(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return `'${value}'`
  if (ArrayBuffer.isView(value)) return `java.nio.HeapByteBuffer[pos=0 lim=${value.byteLength} cap=${value.byteLength}]`
  if (Array.isArray(value)) return `'[${value.map((item) => (typeof item === 'string' ? item : '…')).join(', ')}]'`
  return `'${JSON.stringify(value)}'`
}

const lowerFirst = (name: string): string => name[0].toLowerCase() + name.slice(1)
