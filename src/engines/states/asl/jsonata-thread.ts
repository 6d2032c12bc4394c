import { createHash } from 'node:crypto'
import jsonata from 'jsonata'
import { serveTasks } from '../../kit/node/task-thread.ts'
import { uuid } from '../../kit/pure/ids.ts'
import { type Random, seededRandom } from '../../kit/pure/random.ts'
import { isExpression, type JsonataOutcome, type JsonataTask } from './jsonata.ts'
import { isObject, type Json } from './types.ts'

/** Real ms of one expression, depth of its calls, and items of a list: what is beyond is refused by the library itself. */
const LIMITS = { timeout: 1000, stack: 500, sequence: 1_000_000 }

serveTasks<JsonataTask, JsonataOutcome>(async ({ template, bindings, nowMs, seed }) => {
  const random = seededRandom(seed)
  const scope = { ...bindings, ...functions(random, nowMs) }
  try {
    return { value: await fill(template, '', (expression) => evaluate(expression, scope)) }
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown
    return { error: thrown.message, location: thrown.location }
  }
})

class ExpressionError extends Error {
  readonly location: string

  constructor(message: string, location: string) {
    super(message)
    this.location = location
  }
}

async function fill(template: Json, at: string, run: (text: string) => Promise<Json | undefined>): Promise<Json> {
  if (typeof template === 'string') {
    if (!isExpression(template)) return template
    const text = template.slice(2, -2).trim()
    let value: Json | undefined
    try {
      value = await run(text)
    } catch (thrown) {
      const { message } = thrown as { message?: string }
      throw new ExpressionError(`The JSONata expression '${text}' threw an error: ${message ?? thrown}`, at)
    }
    if (value === undefined)
      throw new ExpressionError(`The JSONata expression '${text}' returned nothing (undefined).`, at)
    return value
  }
  if (Array.isArray(template)) {
    const items: Json[] = []
    for (const [index, item] of template.entries()) items.push(await fill(item, `${at}[${index}]`, run))
    return items
  }
  if (!isObject(template)) return template
  const made: Record<string, Json> = {}
  for (const [name, value] of Object.entries(template)) made[name] = await fill(value, `${at}/${name}`, run)
  return made
}

/** Sequences of the library carry marks of their own: only what JSON has comes out. A function is nothing that a state can keep. */
async function evaluate(text: string, scope: Record<string, unknown>): Promise<Json | undefined> {
  const expression = jsonata(text, LIMITS)
  const timed = text.includes('$now') ? jsonata(`(${NOW}(${text}))`, LIMITS) : expression
  const value: unknown = await timed.evaluate(undefined, scope)
  if (typeof value === 'function' || (isObject(value) && '_jsonata_lambda' in value))
    throw new Error('it returned a function')
  const plain = JSON.stringify(value)
  return plain === undefined ? undefined : (JSON.parse(plain) as Json)
}

/** The library's own reads the clock of the machine. */
const NOW = '$now := function($picture, $zone) { $fromMillis($millis(), $picture, $zone) };'

const HASHES = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const

/** What Step Functions adds to the language ("Transforming data with JSONata in Step Functions"), and its clock and chance. */
const functions = (random: Random, nowMs: number) => ({
  partition: (items: Json[], size: number) =>
    Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size)),
  range: (first: number, last: number, by: number) => {
    const length = Math.max(0, Math.floor((last - first) / by) + 1)
    if (!(length <= 1000)) throw new Error('$range makes at most 1000 numbers')
    return Array.from({ length }, (_, i) => first + i * by)
  },
  hash: (value: Json, algorithm: keyof typeof HASHES) =>
    createHash(HASHES[algorithm] ?? 'unknown')
      .update(typeof value === 'string' ? value : JSON.stringify(value))
      .digest('hex'),
  random: (seed?: Json) => (seed === undefined ? random : seededRandom(JSON.stringify(seed))).next(),
  uuid: () => uuid(random),
  parse: (value: string) => JSON.parse(value) as Json,
  millis: () => nowMs,
  eval: () => {
    throw new Error('$eval is not supported; $parse reads JSON')
  },
})
