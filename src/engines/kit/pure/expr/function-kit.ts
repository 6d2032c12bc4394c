import type { Span } from './ast.ts'
import { evaluationError, mismatch, timeOf, type Value } from './values.ts'

/** How one call's function works once its constant arguments are known. */
export type Body = (args: readonly Value[]) => Value

export interface FunctionEntry {
  readonly name: string
  readonly signature: string
  readonly description: string
  readonly group: 'text' | 'number' | 'time' | 'choice' | 'other'
  readonly min: number
  readonly max: number
  /** False where null arguments reach the function; else one null argument makes the result null. */
  readonly strict: boolean
  /** Makes the body for a call at `at`; `constants[i]` is the value of an argument that does not depend on the record. */
  readonly make: (at: Span, constants: readonly (Value | undefined)[]) => Body
}

export function text(args: readonly Value[], index: number, name: string, at: Span): string {
  const value = args[index]
  if (typeof value === 'string') return value
  throw mismatch(`${name} takes text${index > 0 ? ` as argument ${index + 1}` : ''}`, value, at)
}

export function number(args: readonly Value[], index: number, name: string, at: Span): number {
  const value = args[index]
  if (typeof value === 'number') return value
  throw mismatch(`${name} takes a number${index > 0 ? ` as argument ${index + 1}` : ''}`, value, at)
}

export function time(args: readonly Value[], index: number, name: string, at: Span): number {
  const ms = timeOf(args[index])
  if (ms === undefined) throw mismatch(`${name} takes a timestamp or ISO 8601 text`, args[index], at)
  return ms
}

/** A function of a part that is nearly always constant (a unit, a pattern): the part is prepared once where it is. */
export function prepared<P>(
  index: number,
  name: string,
  prepare: (part: string, at: Span) => P,
  run: (part: P, args: readonly Value[], at: Span) => Value,
): FunctionEntry['make'] {
  return (at, constants) => {
    const constant = constants[index]
    if (typeof constant === 'string') {
      const part = prepare(constant, at)
      return (args) => run(part, args, at)
    }
    let last: { text: string; part: P } | undefined
    return (args) => {
      const given = text(args, index, name, at)
      if (last?.text !== given) last = { text: given, part: prepare(given, at) }
      return run(last.part, args, at)
    }
  }
}

export function must<T extends object>(made: T | string | undefined, at: Span, otherwise = ''): T {
  if (typeof made === 'string' || made === undefined) {
    throw evaluationError('INVALID_FUNCTION_ARGUMENT', made ?? otherwise, at)
  }
  return made
}

export function define(
  group: FunctionEntry['group'],
  signature: string,
  description: string,
  min: number,
  max: number,
  make: FunctionEntry['make'],
  strict = true,
): FunctionEntry {
  return { name: signature.slice(0, signature.indexOf('(')), signature, description, group, min, max, strict, make }
}
