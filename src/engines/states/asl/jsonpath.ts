import { isObject, type Json, StateError, sameJson } from './types.ts'

/** What a path is read against: the state's data, the context object (`$$`) and the variables (`$name`). */
export interface Sources {
  readonly input: Json
  readonly context: Json
  readonly variables: Readonly<Record<string, Json>>
}

type Step =
  | { readonly kind: 'member'; readonly names: readonly string[] }
  | { readonly kind: 'index'; readonly places: readonly number[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly test: Test }
  | { readonly kind: 'descend'; readonly step: Step }

type Test =
  | { readonly kind: 'and' | 'or'; readonly tests: readonly Test[] }
  | { readonly kind: 'not'; readonly test: Test }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Operand; readonly right: Operand }

type Operand = { readonly path: Path } | { readonly value: Json }

export interface Path {
  readonly text: string
  /** `$`, `$$`, a variable's name, or `@` within a filter. */
  readonly root: string
  readonly steps: readonly Step[]
  /** Leads to one place at most, so that a result can be put there. */
  readonly definite: boolean
}

const ROOT = /\$\$|\$[\p{ID_Start}_][\p{ID_Continue}]*|\$|@/uy
const NAME = /[\p{L}\p{N}_-]+/uy
const INTEGER = /-?\d+/y
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const OPERATOR = /==|!=|<=|>=|<|>|\bin\b|\bnin\b/y

/** Paths in Jayway's form of JsonPath, as the service reads them. */
class Reader {
  private readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  path(): Path {
    const begin = this.at
    const root = this.match(ROOT)
    if (root === undefined) throw this.wrong()
    const steps: Step[] = []
    for (;;) {
      if (this.eat('..'))
        steps.push({ kind: 'descend', step: this.text[this.at] === '[' ? this.bracket() : this.named() })
      else if (this.eat('.')) steps.push(this.named())
      else if (this.text[this.at] === '[') steps.push(this.bracket())
      else break
    }
    const definite = steps.every(
      (step) =>
        (step.kind === 'member' && step.names.length === 1) || (step.kind === 'index' && step.places.length === 1),
    )
    return { text: this.text.slice(begin, this.at), root, steps, definite }
  }

  end(): void {
    if (this.at < this.text.length) throw this.wrong()
  }

  private named(): Step {
    if (this.eat('*')) return { kind: 'all' }
    const name = this.match(NAME)
    if (name === undefined) throw this.wrong()
    return { kind: 'member', names: [name] }
  }

  private bracket(): Step {
    this.at++
    this.space()
    let step: Step
    if (this.eat('*')) step = { kind: 'all' }
    else if (this.eat('?')) {
      this.space()
      if (!this.eat('(')) throw this.wrong()
      step = { kind: 'filter', test: this.either() }
      this.space()
      if (!this.eat(')')) throw this.wrong()
    } else if (this.text[this.at] === "'" || this.text[this.at] === '"')
      step = { kind: 'member', names: this.listOf(() => this.quoted()) }
    else step = this.places()
    this.space()
    if (!this.eat(']')) throw this.wrong()
    return step
  }

  private places(): Step {
    const from = this.integer()
    this.space()
    if (this.eat(':')) {
      this.space()
      const to = this.integer()
      this.space()
      const by = this.eat(':') ? (this.integer() ?? 1) : 1
      if (by < 1) throw this.wrong()
      return { kind: 'slice', by, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
    }
    if (from === undefined) throw this.wrong()
    const places = [from]
    while (this.eat(',')) {
      this.space()
      const next = this.integer()
      if (next === undefined) throw this.wrong()
      places.push(next)
      this.space()
    }
    return { kind: 'index', places }
  }

  private either(): Test {
    const tests = [this.both()]
    for (this.space(); this.eat('||'); this.space()) tests.push(this.both())
    return tests.length === 1 ? tests[0] : { kind: 'or', tests }
  }

  private both(): Test {
    const tests = [this.test()]
    for (this.space(); this.eat('&&'); this.space()) tests.push(this.test())
    return tests.length === 1 ? tests[0] : { kind: 'and', tests }
  }

  private test(): Test {
    this.space()
    if (this.eat('!')) return { kind: 'not', test: this.test() }
    if (this.eat('(')) {
      const inner = this.either()
      this.space()
      if (!this.eat(')')) throw this.wrong()
      return inner
    }
    const left = this.operand()
    this.space()
    const operator = this.match(OPERATOR)
    if (operator !== undefined) {
      this.space()
      return { kind: 'compare', operator, left, right: this.operand() }
    }
    if (!('path' in left)) throw this.wrong()
    return { kind: 'exists', path: left.path }
  }

  private operand(): Operand {
    const next = this.text[this.at]
    if (next === '@' || next === '$') return { path: this.path() }
    if (next === "'" || next === '"') return { value: this.quoted() }
    if (this.eat('[')) {
      const value = this.listOf(() => {
        const item = this.operand()
        if (!('value' in item)) throw this.wrong()
        return item.value
      })
      if (!this.eat(']')) throw this.wrong()
      return { value }
    }
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.eat(word)) return { value }
    const number = this.match(NUMBER)
    if (number === undefined) throw this.wrong()
    return { value: Number(number) }
  }

  private listOf<T>(one: () => T): T[] {
    const items: T[] = []
    do {
      this.space()
      items.push(one())
      this.space()
    } while (this.eat(','))
    return items
  }

  quoted(): string {
    const quote = this.text[this.at++]
    let value = ''
    for (; this.text[this.at] !== quote; this.at++) {
      if (this.at >= this.text.length) throw this.wrong()
      if (this.text[this.at] === '\\') this.at++
      value += this.text[this.at]
    }
    this.at++
    return value
  }

  private integer(): number | undefined {
    const found = this.match(INTEGER)
    return found === undefined ? undefined : Number(found)
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  private eat(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false
    this.at += word.length
    return true
  }

  private space(): void {
    while (this.text[this.at] === ' ') this.at++
  }

  private wrong(): SyntaxError {
    return new SyntaxError(`Invalid path '${this.text}': unexpected text at character ${this.at + 1}`)
  }
}

const known = new Map<string, Path>()

/** Throws SyntaxError. */
export function parsePath(text: string): Path {
  let path = known.get(text)
  if (!path) {
    const reader = new Reader(text)
    path = reader.path()
    reader.end()
    if (path.root === '@') throw new SyntaxError(`Invalid path '${text}': it begins with $`)
    if (known.size > 5000) known.clear()
    known.set(text, path)
  }
  return path
}

/** A path at the beginning of a text, and where it ends: for arguments of intrinsic functions. */
export function readPath(text: string, at: number): { path: Path; end: number } {
  const reader = new Reader(text)
  reader.at = at
  return { path: reader.path(), end: reader.at }
}

/** All places that a path leads to. */
function* find(value: Json, steps: readonly Step[], at: number, sources: Sources): Generator<Json> {
  if (at === steps.length) {
    yield value
    return
  }
  for (const next of taken(value, steps[at], sources)) yield* find(next, steps, at + 1, sources)
}

function* taken(value: Json, step: Step, sources: Sources): Generator<Json> {
  switch (step.kind) {
    case 'member':
      if (isObject(value)) for (const name of step.names) if (Object.hasOwn(value, name)) yield value[name]
      return
    case 'index':
      if (Array.isArray(value))
        for (const place of step.places) {
          const index = place < 0 ? value.length + place : place
          if (index >= 0 && index < value.length) yield value[index]
        }
      return
    case 'slice': {
      if (!Array.isArray(value)) return
      const place = (given: number | undefined, otherwise: number) =>
        given === undefined ? otherwise : given < 0 ? Math.max(0, value.length + given) : Math.min(given, value.length)
      for (let i = place(step.from, 0); i < place(step.to, value.length); i += step.by) yield value[i]
      return
    }
    case 'all':
      yield* children(value)
      return
    case 'filter':
      for (const item of Array.isArray(value) ? value : [value]) if (holds(step.test, item, sources)) yield item
      return
    case 'descend':
      yield* taken(value, step.step, sources)
      for (const child of children(value)) yield* taken(child, step, sources)
  }
}

const children = (value: Json): Json[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [])

function holds(test: Test, item: Json, sources: Sources): boolean {
  switch (test.kind) {
    case 'and':
      return test.tests.every((inner) => holds(inner, item, sources))
    case 'or':
      return test.tests.some((inner) => holds(inner, item, sources))
    case 'not':
      return !holds(test.test, item, sources)
    case 'exists':
      return valueOf({ path: test.path }, item, sources) !== undefined
    case 'compare':
      return compare(test.operator, valueOf(test.left, item, sources), valueOf(test.right, item, sources))
  }
}

function valueOf(operand: Operand, item: Json, sources: Sources): Json | undefined {
  if ('value' in operand) return operand.value
  const root = operand.path.root === '@' ? item : rootOf(operand.path, sources)
  if (root === undefined) return undefined
  const found = [...find(root, operand.path.steps, 0, sources)]
  return operand.path.definite ? found[0] : found
}

function compare(operator: string, left: Json | undefined, right: Json | undefined): boolean {
  if (left === undefined || right === undefined) return operator === '!=' && left !== right
  switch (operator) {
    case '==':
      return sameJson(left, right)
    case '!=':
      return !sameJson(left, right)
    case 'in':
      return Array.isArray(right) && right.some((item) => sameJson(item, left))
    case 'nin':
      return Array.isArray(right) && !right.some((item) => sameJson(item, left))
  }
  const comparable =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string')
  if (!comparable) return false
  const [a, b] = [left as number, right as number]
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b
}

function rootOf({ root }: Path, { input, context, variables }: Sources): Json | undefined {
  if (root === '$') return input
  if (root === '$$') return context
  return Object.hasOwn(variables, root.slice(1)) ? variables[root.slice(1)] : undefined
}

/** What a path leads to; a list of all where it may lead to several. Undefined where it leads nowhere. */
export function look(path: Path, sources: Sources): Json | undefined {
  const root = rootOf(path, sources)
  if (root === undefined) return undefined
  const found = find(root, path.steps, 0, sources)
  if (!path.definite) return [...found]
  const first = found.next()
  return first.done ? undefined : first.value
}

/** As `look`, where there has to be something. `field` is named in the error. */
export function lookUp(text: string, field: string, sources: Sources, error = 'States.Runtime'): Json {
  const path = parsePath(text)
  const found = look(path, sources)
  if (found !== undefined) return found
  const shown = JSON.stringify(path.root === '$$' ? sources.context : sources.input)
  throw new StateError(
    error,
    `The JSONPath '${text}' specified for the field '${field}' could not be found in the input '${shown}'`,
  )
}

/** A copy of `input` with `value` at a reference path; objects on the way are made. */
export function put(input: Json, text: string, value: Json): Json {
  const place = (target: Json | undefined, steps: readonly Step[]): Json => {
    const [step, ...rest] = steps
    if (step === undefined) return value
    if (step.kind === 'index') {
      const [index] = step.places
      if (!Array.isArray(target) || index < 0 || index >= target.length) throw noMatch(text, input)
      return target.with(index, place(target[index], rest))
    }
    const [name] = (step as { names: readonly string[] }).names
    if (target !== undefined && !isObject(target)) throw noMatch(text, input)
    const inner = target !== undefined && Object.hasOwn(target, name) ? target[name] : undefined
    return { ...target, [name]: place(inner, rest) }
  }
  return place(input, parsePath(text).steps)
}

const noMatch = (path: string, input: Json): StateError =>
  new StateError(
    'States.ResultPathMatchFailure',
    `Unable to apply ResultPath '${path}' to input '${JSON.stringify(input)}'`,
  )
