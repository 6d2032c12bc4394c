import type { Random } from '../../kit/pure/random.ts'
import { evaluateCall, parseCall } from './intrinsics.ts'
import { lookUp, type Sources } from './jsonpath.ts'
import { isObject, type Json } from './types.ts'

export const isCall = (text: string): boolean => text.startsWith('States.')

/** A payload template: values of fields whose name ends in `.$` are paths or intrinsic functions, the rest is as it is. */
export function fillTemplate(template: Json, sources: Sources, random: Random): Json {
  if (Array.isArray(template)) return template.map((item) => fillTemplate(item, sources, random))
  if (!isObject(template)) return template
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$')
        ? [name.slice(0, -2), fill(value as string, name, sources, random)]
        : [name, fillTemplate(value, sources, random)],
    ),
  )
}

function fill(text: string, field: string, sources: Sources, random: Random): Json {
  if (isCall(text)) return evaluateCall(parseCall(text), sources, random)
  return lookUp(text, field, sources, 'States.ParameterPathFailure')
}

/** A path that may be an intrinsic function too, as ErrorPath and CausePath are. */
export const pathOrCall = (text: string, field: string, sources: Sources, random: Random): Json =>
  isCall(text) ? evaluateCall(parseCall(text), sources, random) : lookUp(text, field, sources)
