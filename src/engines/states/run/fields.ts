import { timestampOf } from '../asl/choice.ts'
import { type Json, type State, StateError } from '../asl/types.ts'
import type { Scope } from './scope.ts'

/** What the fields of a state come to: written out, by a path or by an expression. Values that do not fit end it with States.Runtime. */
const invalid = (field: string, value: unknown): StateError =>
  new StateError('States.Runtime', `The value ${JSON.stringify(value)} of the field '${field}' is not valid.`)

/** Undefined where the state has neither field. */
async function given(plain: keyof State, path: keyof State, state: State, scope: Scope): Promise<Json | undefined> {
  if (state[path] !== undefined) return scope.path(state[path] as string, path)
  const value = state[plain] as Json | undefined
  return scope.language === 'JSONata' && value !== undefined ? scope.expression(value, plain) : value
}

/** When a Wait is over, epoch ms. */
export async function waitUntil(state: State, scope: Scope, nowMs: number): Promise<number> {
  const seconds = await given('Seconds', 'SecondsPath', state, scope)
  if (seconds !== undefined) {
    if (Number.isInteger(seconds) && (seconds as number) >= 0 && (seconds as number) <= 99_999_999)
      return nowMs + (seconds as number) * 1000
    throw invalid('Seconds', seconds)
  }
  const timestamp = (await given('Timestamp', 'TimestampPath', state, scope))!
  const timeMs = timestampOf(timestamp)
  if (timeMs === undefined) throw invalid('Timestamp', timestamp)
  return timeMs
}

/** The error that a Fail state ends with. */
export async function failureOf(state: State, scope: Scope): Promise<StateError> {
  const read = async (plain: 'Error' | 'Cause', path: 'ErrorPath' | 'CausePath') => {
    const value = (await given(plain, path, state, scope)) ?? ''
    if (typeof value !== 'string') throw new StateError('States.Runtime', `The ${plain} of a Fail state is a string.`)
    return value
  }
  return new StateError(await read('Error', 'ErrorPath'), await read('Cause', 'CausePath'))
}

export async function secondsOf(
  plain: 'TimeoutSeconds' | 'HeartbeatSeconds',
  path: 'TimeoutSecondsPath' | 'HeartbeatSecondsPath',
  state: State,
  scope: Scope,
): Promise<number | undefined> {
  const value = await given(plain, path, state, scope)
  if (value === undefined || (Number.isInteger(value) && (value as number) > 0)) return value as number | undefined
  throw invalid(plain, value)
}

/** Undefined where the state says nothing. */
export async function wholeNumber(
  plain: 'MaxConcurrency' | 'ToleratedFailureCount',
  path: 'MaxConcurrencyPath' | 'ToleratedFailureCountPath',
  state: State,
  scope: Scope,
): Promise<number | undefined> {
  const value = await given(plain, path, state, scope)
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 0)) return value as number | undefined
  throw invalid(plain, value)
}

/** A whole number of a reader or batcher, as `MaxItems` or by `MaxItemsPath`. */
export async function wholeField(fields: object, name: string, scope: Scope): Promise<number | undefined> {
  const { [name]: plain, [`${name}Path`]: path } = fields as Record<string, Json | undefined>
  const value =
    path !== undefined
      ? scope.path(path as string, `${name}Path`)
      : plain !== undefined && scope.language === 'JSONata'
        ? await scope.expression(plain, name)
        : plain
  if (value === undefined || (Number.isInteger(value) && (value as number) > 0)) return value as number | undefined
  throw invalid(name, value)
}

export async function percentage(state: State, scope: Scope): Promise<number | undefined> {
  const value = await given('ToleratedFailurePercentage', 'ToleratedFailurePercentagePath', state, scope)
  if (value === undefined || (typeof value === 'number' && value >= 0 && value <= 100))
    return value as number | undefined
  throw invalid('ToleratedFailurePercentage', value)
}

/** What a Map without an ItemReader iterates over. */
export async function itemsOf(state: State, scope: Scope): Promise<Json[]> {
  const { ItemsPath: path, Items: items } = state
  const values =
    scope.language === 'JSONata' && items !== undefined
      ? await scope.expression(items, 'Items')
      : path === undefined
        ? scope.input()
        : scope.path(path, 'ItemsPath')
  if (Array.isArray(values)) return values
  throw new StateError('States.Runtime', `A Map iterates over an array, and was given ${JSON.stringify(values)}`)
}

/** What an iteration begins with. */
export async function itemInput(scope: Scope, index: number, value: Json): Promise<Json> {
  const { state, language } = scope
  const selector = state.ItemSelector ?? (language === 'JSONPath' ? state.Parameters : undefined)
  return selector === undefined ? value : scope.withItem(index, value).value(selector, 'ItemSelector')
}
