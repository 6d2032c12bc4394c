import { createHash } from 'node:crypto'
import { uuid } from '../../kit/pure/ids.ts'
import { type Random, seededRandom } from '../../kit/pure/random.ts'
import { look, type Path, readPath, type Sources } from './jsonpath.ts'
import { isObject, type Json, StateError, sameJson } from './types.ts'

export type Call = { readonly name: string; readonly args: readonly Argument[] }
type Argument = { readonly value: Json } | { readonly path: Path } | { readonly call: Call }

const NESTED_MAX = 10
const CALL = /\s*(States\.[A-Za-z0-9]+)\(/y
const LITERAL = /(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s,)])/y

const calls = new Map<string, Call>()

/** Reads `States.Name(…)`. Throws SyntaxError. */
export function parseCall(text: string): Call {
  let call = calls.get(text)
  if (!call) {
    const read = readCall(text, 0, 1)
    if (text.slice(read.end).trim() !== '') throw wrong(text, read.end)
    call = read.call
    if (calls.size > 5000) calls.clear()
    calls.set(text, call)
  }
  return call
}

const wrong = (text: string, at: number) =>
  new SyntaxError(`Invalid intrinsic function '${text}': unexpected text at character ${at + 1}`)

function readCall(text: string, from: number, depth: number): { call: Call; end: number } {
  if (depth > NESTED_MAX)
    throw new SyntaxError(`Invalid intrinsic function '${text}': more than ${NESTED_MAX} are nested`)
  CALL.lastIndex = from
  const found = CALL.exec(text)
  if (!found) throw wrong(text, from)
  const name = found[1]
  if (!Object.hasOwn(FUNCTIONS, name))
    throw new SyntaxError(`Invalid intrinsic function '${text}': ${name} is not known`)
  const args: Argument[] = []
  let at = skip(text, from + found[0].length)
  while (text[at] !== ')') {
    if (args.length > 0) {
      if (text[at] !== ',') throw wrong(text, at)
      at = skip(text, at + 1)
    }
    const { argument, end } = readArgument(text, at, depth)
    args.push(argument)
    at = skip(text, end)
  }
  const [min, max] = FUNCTIONS[name].args
  if (args.length < min || args.length > max)
    throw new SyntaxError(`Invalid intrinsic function '${text}': ${name} was given ${args.length} arguments`)
  return { call: { name, args }, end: at + 1 }
}

function readArgument(text: string, at: number, depth: number): { argument: Argument; end: number } {
  if (text[at] === '$') {
    const { path, end } = readPath(text, at)
    return { argument: { path }, end }
  }
  if (text[at] === "'") {
    let value = ''
    for (let i = at + 1; i < text.length; i++) {
      if (text[i] === "'") return { argument: { value }, end: i + 1 }
      // Braces that are text are the function's to tell: States.Format takes `\{` for one.
      if (text[i] === '\\' && (text[i + 1] === '{' || text[i + 1] === '}')) value += text[i++]
      else if (text[i] === '\\') i++
      value += text[i]
    }
    throw wrong(text, at)
  }
  LITERAL.lastIndex = at
  const literal = LITERAL.exec(text)
  if (literal) return { argument: { value: JSON.parse(literal[0]) as Json }, end: at + literal[0].length }
  const { call, end } = readCall(text, at, depth + 1)
  return { argument: { call }, end }
}

function skip(text: string, at: number): number {
  while (/\s/.test(text[at] ?? '')) at++
  if (at >= text.length) throw wrong(text, at)
  return at
}

/** Throws StateError with States.IntrinsicFailure, or States.ParameterPathFailure for a path that leads nowhere. */
export function evaluateCall({ name, args }: Call, sources: Sources, random: Random): Json {
  const values = args.map((argument): Json => {
    if ('value' in argument) return argument.value
    if ('call' in argument) return evaluateCall(argument.call, sources, random)
    const found = look(argument.path, sources)
    if (found !== undefined) return found
    throw new StateError(
      'States.ParameterPathFailure',
      `The JSONPath '${argument.path.text}' of ${name} could not be found in the input '${JSON.stringify(sources.input)}'`,
    )
  })
  return FUNCTIONS[name].run(values, random)
}

interface Function {
  readonly args: readonly [min: number, max: number]
  readonly run: (args: Json[], random: Random) => Json
}

const failure = (message: string) => new StateError('States.IntrinsicFailure', message)

function text(value: Json, name: string): string {
  if (typeof value !== 'string') throw failure(`Invalid arguments in ${name}: a string is wanted`)
  return value
}

function list(value: Json, name: string): Json[] {
  if (!Array.isArray(value)) throw failure(`Invalid arguments in ${name}: an array is wanted`)
  return value
}

/** "If you specify a non-integer value, Step Functions will round it off to the nearest integer" (ArrayPartition, MathAdd). */
function integer(value: Json, name: string): number {
  if (typeof value !== 'number') throw failure(`Invalid arguments in ${name}: a number is wanted`)
  return Math.round(value)
}

const TEXT_MAX = 10_000
const ITEMS_MAX = 1000

function bounded(value: string, name: string): string {
  if (value.length > TEXT_MAX) throw failure(`Invalid arguments in ${name}: more than ${TEXT_MAX} characters`)
  return value
}

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The functions of the developer guide, "Intrinsic functions". */
const FUNCTIONS: Readonly<Record<string, Function>> = {
  'States.Format': {
    args: [1, Number.POSITIVE_INFINITY],
    run([template, ...values]) {
      let used = 0
      const made = text(template, 'States.Format').replace(/\\([{}])|\{\}/g, (whole, brace: string | undefined) => {
        if (brace !== undefined) return brace
        return used < values.length ? shown(values[used++]) : ((used = values.length + 1), whole)
      })
      if (used !== values.length)
        throw failure('Invalid arguments in States.Format: as many values as {} in the template are wanted')
      return made
    },
  },
  'States.StringToJson': {
    args: [1, 1],
    run([value]) {
      try {
        return JSON.parse(text(value, 'States.StringToJson')) as Json
      } catch (thrown) {
        if (thrown instanceof StateError) throw thrown
        throw failure(`Invalid arguments in States.StringToJson: ${(thrown as Error).message}`)
      }
    },
  },
  'States.JsonToString': { args: [1, 1], run: ([value]) => JSON.stringify(value) },
  'States.Array': { args: [0, Number.POSITIVE_INFINITY], run: (values) => values },
  'States.ArrayPartition': {
    args: [2, 2],
    run([items, wanted]) {
      const all = list(items, 'States.ArrayPartition')
      const size = integer(wanted, 'States.ArrayPartition')
      if (size < 1) throw failure('Invalid arguments in States.ArrayPartition: the size is a positive number')
      return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
    },
  },
  'States.ArrayContains': {
    args: [2, 2],
    run: ([items, wanted]) => list(items, 'States.ArrayContains').some((item) => sameJson(item, wanted)),
  },
  'States.ArrayRange': {
    args: [3, 3],
    run(values) {
      const [first, last, by] = values.map((value) => integer(value, 'States.ArrayRange'))
      const length = by === 0 ? 0 : Math.max(0, Math.floor((last - first) / by) + 1)
      if (by === 0 || length > ITEMS_MAX)
        throw failure(`Invalid arguments in States.ArrayRange: at most ${ITEMS_MAX} numbers, in steps that are not 0`)
      return Array.from({ length }, (_, i) => first + i * by)
    },
  },
  'States.ArrayGetItem': {
    args: [2, 2],
    run([items, place]) {
      const item = list(items, 'States.ArrayGetItem')[integer(place, 'States.ArrayGetItem')]
      if (item === undefined) throw failure('Invalid arguments in States.ArrayGetItem: the index is out of the array')
      return item
    },
  },
  'States.ArrayLength': { args: [1, 1], run: ([items]) => list(items, 'States.ArrayLength').length },
  'States.ArrayUnique': {
    args: [1, 1],
    run: ([items]) =>
      list(items, 'States.ArrayUnique').filter(
        (item, index, all) => all.findIndex((other) => sameJson(other, item)) === index,
      ),
  },
  'States.Base64Encode': {
    args: [1, 1],
    run: ([value]) =>
      Buffer.from(bounded(text(value, 'States.Base64Encode'), 'States.Base64Encode')).toString('base64'),
  },
  'States.Base64Decode': {
    args: [1, 1],
    run([value]) {
      const encoded = bounded(text(value, 'States.Base64Decode'), 'States.Base64Decode')
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) throw failure('Invalid arguments in States.Base64Decode: not base64')
      return Buffer.from(encoded, 'base64').toString('utf8')
    },
  },
  'States.Hash': {
    args: [2, 2],
    run([value, algorithm]) {
      const name = HASHES[text(algorithm, 'States.Hash')]
      if (!name) throw failure(`Invalid arguments in States.Hash: ${algorithm} is not known`)
      return createHash(name)
        .update(bounded(shown(value), 'States.Hash'))
        .digest('hex')
    },
  },
  'States.JsonMerge': {
    args: [3, 3],
    run([first, second, deep]) {
      if (!isObject(first) || !isObject(second))
        throw failure('Invalid arguments in States.JsonMerge: two objects are wanted')
      if (deep !== false) throw failure('Invalid arguments in States.JsonMerge: only shallow merging is supported')
      return { ...first, ...second }
    },
  },
  'States.MathRandom': {
    args: [2, 3],
    run([first, last, seed], random) {
      const [from, to] = [integer(first, 'States.MathRandom'), integer(last, 'States.MathRandom')]
      if (to <= from) throw failure('Invalid arguments in States.MathRandom: the end is beyond the start')
      return from + (seed === undefined ? random : seededRandom(shown(seed))).int(to - from)
    },
  },
  'States.MathAdd': {
    args: [2, 2],
    run: ([a, b]) => integer(a, 'States.MathAdd') + integer(b, 'States.MathAdd'),
  },
  'States.StringSplit': {
    args: [2, 2],
    run([value, splitter]) {
      const marks = new Set(text(splitter, 'States.StringSplit'))
      const parts = ['']
      for (const character of text(value, 'States.StringSplit')) {
        if (marks.has(character)) parts.push('')
        else parts[parts.length - 1] += character
      }
      return parts.filter((part) => part !== '')
    },
  },
  'States.UUID': { args: [0, 0], run: (_args, random) => uuid(random) },
}
