/**
 * Regular expressions that take linear time whatever the pattern and the text: a Thompson NFA walked one character at a time, since
 * JavaScript's own engine can be driven into exponential time by one record. Characters are UTF-16 units.
 */

export const MAX_REGEX_STEPS = 500
export const MAX_REGEX_TEXT = 100_000

/** Inclusive pairs of character codes, flat. */
type Ranges = readonly number[]

type Step =
  | { op: 'char'; ranges: Ranges; negated: boolean }
  | { op: 'split'; a: number; b: number }
  | { op: 'jump'; to: number }
  | { op: 'assert'; what: '^' | '$' | 'b' | 'B' }
  | { op: 'match' }

type Tree =
  | { kind: 'char'; ranges: Ranges; negated: boolean }
  | { kind: 'assert'; what: '^' | '$' | 'b' | 'B' }
  | { kind: 'sequence'; items: Tree[] }
  | { kind: 'either'; options: Tree[] }
  | { kind: 'repeat'; item: Tree; min: number; max: number }

const DIGIT = [48, 57]
const WORD = [48, 57, 65, 90, 95, 95, 97, 122]
const SPACE = [9, 13, 32, 32, 160, 160, 0x2028, 0x2029]
const ESCAPES: Record<string, number> = { n: 10, t: 9, r: 13, f: 12, v: 11, 0: 0 }

/** A test "the pattern occurs in the text"; an error text where the pattern cannot be read or is not honoured. */
export function regexTest(pattern: string): ((text: string) => boolean) | string {
  const fold = pattern.startsWith('(?i)')
  try {
    const source = fold ? pattern.slice(4).replace(/\\?[A-Z]/g, (c) => (c[0] === '\\' ? c : c.toLowerCase())) : pattern
    const steps = assemble(new RegexReader(source).whole())
    return (text) => search(steps, fold ? text.toLowerCase() : text)
  } catch (thrown) {
    if (thrown instanceof PatternError) return thrown.message
    throw thrown
  }
}

class PatternError extends Error {}

class RegexReader {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  whole(): Tree {
    const tree = this.either(0)
    if (this.at < this.text.length) throw new PatternError('The pattern has a ) without its (.')
    return tree
  }

  private either(depth: number): Tree {
    if (depth > 50) throw new PatternError('The pattern nests deeper than 50 groups.')
    const options = [this.sequence(depth)]
    while (this.take('|')) options.push(this.sequence(depth))
    return options.length === 1 ? options[0] : { kind: 'either', options }
  }

  private sequence(depth: number): Tree {
    const items: Tree[] = []
    while (this.at < this.text.length && this.text[this.at] !== '|' && this.text[this.at] !== ')') {
      items.push(this.repeated(this.atom(depth)))
    }
    return { kind: 'sequence', items }
  }

  private take(c: string): boolean {
    if (this.text[this.at] !== c) return false
    this.at++
    return true
  }

  private repeated(item: Tree): Tree {
    let [min, max] = [1, 1]
    if (this.take('*')) [min, max] = [0, Number.POSITIVE_INFINITY]
    else if (this.take('+')) [min, max] = [1, Number.POSITIVE_INFINITY]
    else if (this.take('?')) [min, max] = [0, 1]
    else {
      const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.text.slice(this.at))
      if (!counted) return item
      this.at += counted[0].length
      min = Number(counted[1])
      max = counted[2] === undefined ? min : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3])
      if (max < min) throw new PatternError(`The repetition ${counted[0]} ends below its start.`)
    }
    this.take('?') // Lazy or greedy makes no difference to whether a text matches.
    if (this.text[this.at] === '+') throw new PatternError('Possessive repetitions are not honoured.')
    return { kind: 'repeat', item, min, max }
  }

  private atom(depth: number): Tree {
    const c = this.text[this.at++]
    switch (c) {
      case '(':
        return this.group(depth)
      case '[':
        return this.set()
      case '.':
        return { kind: 'char', ranges: [10, 10, 13, 13], negated: true }
      case '^':
      case '$':
        return { kind: 'assert', what: c }
      case '\\':
        return this.escaped()
      case '*':
      case '+':
      case '?':
        throw new PatternError(`The pattern has nothing before ${c} to repeat.`)
    }
    return single(c.charCodeAt(0))
  }

  private group(depth: number): Tree {
    if (this.take('?')) {
      const kind = /^(:|=|!|<=|<!|<\w+>|P<\w+>)/.exec(this.text.slice(this.at))?.[0]
      if (kind === undefined)
        throw new PatternError('The group starting with (? is not honoured; (?i) may start the pattern.')
      if (kind === '=' || kind.endsWith('!') || kind === '<=') {
        throw new PatternError('Lookahead and lookbehind are not honoured: they have no linear-time form.')
      }
      this.at += kind.length
    }
    const inner = this.either(depth + 1)
    if (!this.take(')')) throw new PatternError('The pattern has a ( without its ).')
    return inner
  }

  private escaped(): Tree {
    const c = this.text[this.at++]
    if (c === undefined) throw new PatternError('The pattern ends with a backslash.')
    if (c === 'b' || c === 'B') return { kind: 'assert', what: c }
    const known = classOf(c)
    if (known) return { kind: 'char', ...known }
    if (/[1-9k]/.test(c)) throw new PatternError('Back-references are not honoured: they have no linear-time form.')
    return single(this.code(c))
  }

  /** The character of an escape whose letter has been read. */
  private code(c: string): number {
    if (Object.hasOwn(ESCAPES, c)) return ESCAPES[c]
    if (c === 'x' || c === 'u') {
      const hex = this.text.slice(this.at, this.at + (c === 'x' ? 2 : 4))
      if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length < (c === 'x' ? 2 : 4))
        throw new PatternError(`\\${c} needs hex digits.`)
      this.at += hex.length
      return Number.parseInt(hex, 16)
    }
    if (/[A-Za-z0-9]/.test(c)) throw new PatternError(`\\${c} is not honoured.`)
    return c.charCodeAt(0)
  }

  private set(): Tree {
    const negated = this.take('^')
    const ranges: number[] = []
    for (let first = true; first || this.text[this.at] !== ']'; first = false) {
      if (this.at >= this.text.length) throw new PatternError('The pattern has a [ without its ].')
      const low = this.setItem(ranges)
      if (low === undefined || this.text[this.at] !== '-' || this.text[this.at + 1] === ']') {
        if (low !== undefined) ranges.push(low, low)
        continue
      }
      this.at++
      const high = this.setItem(ranges)
      if (high === undefined || high < low)
        throw new PatternError('The pattern has a range in [ ] that ends before it starts.')
      ranges.push(low, high)
    }
    this.at++
    return { kind: 'char', ranges, negated }
  }

  /** One character of a set, or undefined once a class such as \d has been added to it. */
  private setItem(ranges: number[]): number | undefined {
    const c = this.text[this.at++]
    if (c !== '\\') return c.charCodeAt(0)
    const letter = this.text[this.at++] ?? ''
    const known = classOf(letter)
    if (!known) return letter === 'b' ? 8 : this.code(letter)
    ranges.push(...(known.negated ? complement(known.ranges) : known.ranges))
    return undefined
  }
}

function single(code: number): Tree {
  return { kind: 'char', ranges: [code, code], negated: false }
}

function classOf(letter: string): { ranges: Ranges; negated: boolean } | undefined {
  const ranges = { d: DIGIT, w: WORD, s: SPACE }[letter.toLowerCase()]
  return ranges && { ranges, negated: letter !== letter.toLowerCase() }
}

function complement(ranges: Ranges): Ranges {
  const result: number[] = []
  let from = 0
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i] > from) result.push(from, ranges[i] - 1)
    from = ranges[i + 1] + 1
  }
  return [...result, from, 0xffff]
}

function assemble(tree: Tree): Step[] {
  const steps: Step[] = []
  const add = (step: Step): number => {
    if (steps.push(step) > MAX_REGEX_STEPS)
      throw new PatternError(`The pattern needs more than ${MAX_REGEX_STEPS} steps.`)
    return steps.length - 1
  }
  const emit = (node: Tree): void => {
    switch (node.kind) {
      case 'char':
        add({ op: 'char', ranges: node.ranges, negated: node.negated })
        return
      case 'assert':
        add({ op: 'assert', what: node.what })
        return
      case 'sequence':
        for (const item of node.items) emit(item)
        return
      case 'either': {
        const ends: number[] = []
        for (const option of node.options.slice(0, -1)) {
          const fork = add({ op: 'split', a: 0, b: 0 })
          emit(option)
          ends.push(add({ op: 'jump', to: 0 }))
          steps[fork] = { op: 'split', a: fork + 1, b: steps.length }
        }
        emit(node.options[node.options.length - 1])
        for (const end of ends) steps[end] = { op: 'jump', to: steps.length }
        return
      }
      case 'repeat':
        emitRepeat(node.item, node.min, node.max)
    }
  }
  const emitRepeat = (item: Tree, min: number, max: number): void => {
    if (min > MAX_REGEX_STEPS || (max !== Number.POSITIVE_INFINITY && max > MAX_REGEX_STEPS)) {
      throw new PatternError(`The pattern needs more than ${MAX_REGEX_STEPS} steps.`)
    }
    for (let i = 0; i < min; i++) emit(item)
    if (max === Number.POSITIVE_INFINITY) {
      const fork = add({ op: 'split', a: 0, b: 0 })
      emit(item)
      add({ op: 'jump', to: fork })
      steps[fork] = { op: 'split', a: fork + 1, b: steps.length }
      return
    }
    for (let i = min; i < max; i++) {
      const fork = add({ op: 'split', a: 0, b: 0 })
      emit(item)
      steps[fork] = { op: 'split', a: fork + 1, b: steps.length }
    }
  }
  emit(tree)
  add({ op: 'match' })
  return steps
}

/** Walks all threads of the NFA together; every step is entered at most once per character, which makes the time linear. */
function search(steps: readonly Step[], text: string): boolean {
  const marks = new Int32Array(steps.length).fill(-1)
  let current: number[] = []
  let following: number[] = []
  const enter = (start: number, at: number, into: number[]): boolean => {
    const stack = [start]
    while (stack.length > 0) {
      const index = stack.pop() as number
      if (marks[index] === at) continue
      marks[index] = at
      const step = steps[index]
      if (step.op === 'match') return true
      if (step.op === 'char') into.push(index)
      else if (step.op === 'jump') stack.push(step.to)
      else if (step.op === 'split') stack.push(step.b, step.a)
      else if (holds(step.what, text, at)) stack.push(index + 1)
    }
    return false
  }
  for (let at = 0; ; at++) {
    if (enter(0, at, current)) return true
    if (at === text.length) return false
    const code = text.charCodeAt(at)
    following = []
    for (const index of current) {
      const step = steps[index]
      if (step.op === 'char' && inRanges(step.ranges, code) !== step.negated && enter(index + 1, at + 1, following)) {
        return true
      }
    }
    current = following
  }
}

function inRanges(ranges: Ranges, code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) if (code >= ranges[i] && code <= ranges[i + 1]) return true
  return false
}

function holds(what: '^' | '$' | 'b' | 'B', text: string, at: number): boolean {
  if (what === '^') return at === 0
  if (what === '$') return at === text.length
  const edge = isWordAt(text, at - 1) !== isWordAt(text, at)
  return what === 'b' ? edge : !edge
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && inRanges(WORD, text.charCodeAt(at))
}
