import { BlockList, isIP } from 'node:net'

type LeafTest = (leaf: unknown) => boolean
type Refuse = (why: string) => Error

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** "Numeric matching": numbers between -5.0e9 and 5.0e9. */
const NUMBER_MAX = 5e9

/** What a field may be: tests of a value that is there, and whether it may be absent. */
export function readLeafTests(wanted: readonly unknown[], refuse: Refuse): { present: LeafTest[]; absent: boolean } {
  const present: LeafTest[] = []
  let absent = false
  for (const each of wanted) {
    if (Array.isArray(each)) throw refuse('Match value must be String, number, true, false, or null')
    if (!isObject(each)) {
      present.push((leaf) => leaf === each)
      continue
    }
    const [name, operand] = operatorOf(each, refuse)
    if (name === 'exists') {
      if (typeof operand !== 'boolean') throw refuse('exists match pattern must be either true or false.')
      if (operand) present.push(() => true)
      else absent = true
    } else if (name === 'anything-but') present.push(anythingBut(operand, refuse))
    else if (name === 'numeric') present.push(numeric(operand, refuse))
    else if (name === 'cidr') present.push(cidr(operand, refuse))
    else present.push(textTest(name, operand, refuse))
  }
  return { present, absent }
}

function operatorOf(object: Record<string, unknown>, refuse: Refuse): [string, unknown] {
  const entries = Object.entries(object)
  if (entries.length !== 1) throw refuse('Only one key allowed in match expression')
  return entries[0]
}

const TEXT_TESTS: Readonly<Record<string, (wanted: string, refuse: Refuse) => (text: string) => boolean>> = {
  prefix: (start) => (text) => text.startsWith(start),
  suffix: (end) => (text) => text.endsWith(end),
  'equals-ignore-case': (other) => {
    const folded = other.toLowerCase()
    return (text) => text.toLowerCase() === folded
  },
  wildcard,
}

/** `prefix` and `suffix` may ignore case: `{"prefix": {"equals-ignore-case": "eu-"}}`. */
function textTest(name: string, operand: unknown, refuse: Refuse): LeafTest {
  if (!Object.hasOwn(TEXT_TESTS, name)) throw refuse(`Unrecognized match type ${name}`)
  if (isObject(operand) && (name === 'prefix' || name === 'suffix')) {
    const [inner, text] = operatorOf(operand, refuse)
    if (inner !== 'equals-ignore-case') throw refuse(`Unsupported anything-but pattern: ${inner}`)
    if (typeof text !== 'string') throw refuse(`${name} match pattern must be a string`)
    const test = TEXT_TESTS[name](text.toLowerCase(), refuse)
    return (leaf) => typeof leaf === 'string' && test(leaf.toLowerCase())
  }
  if (typeof operand !== 'string') throw refuse(`${name} match pattern must be a string`)
  const test = TEXT_TESTS[name](operand, refuse)
  return (leaf) => typeof leaf === 'string' && test(leaf)
}

/** A value that is there and is none of these; or whose text does not begin, end or look like one of them. */
function anythingBut(operand: unknown, refuse: Refuse): LeafTest {
  if (isObject(operand)) {
    const [name, inner] = operatorOf(operand, refuse)
    if (!Object.hasOwn(TEXT_TESTS, name)) throw refuse(`Unsupported anything-but pattern: ${name}`)
    const tests = listOf(inner, refuse).map((each) => textTest(name, each, refuse))
    return (leaf) => !tests.some((test) => test(leaf))
  }
  const others = listOf(operand, refuse)
  const kinds = new Set(others.map((each) => typeof each))
  if (kinds.size > 1 || !['string', 'number'].includes([...kinds][0]))
    throw refuse('Inside anything but list, either all values are number or string, mixed type is not supported')
  return (leaf) => !others.includes(leaf)
}

function listOf(operand: unknown, refuse: Refuse): unknown[] {
  const list = Array.isArray(operand) ? operand : [operand]
  if (list.length === 0) throw refuse('Empty lists are not allowed inside anything-but')
  return list
}

/** `*` stands for any characters, `\*` and `\\` for themselves. */
function wildcard(pattern: string, refuse: Refuse): (text: string) => boolean {
  const parts = ['']
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]
    if (char === '*') {
      if (i > 0 && parts.length > 1 && parts.at(-1) === '')
        throw refuse(`Consecutive wildcard characters at pos ${i - 1}`)
      parts.push('')
    } else if (char === '\\') {
      const next = pattern[++i]
      if (next !== '*' && next !== '\\') throw refuse(`Invalid escape character at pos ${i - 1}`)
      parts[parts.length - 1] += next
    } else parts[parts.length - 1] += char
  }
  const [first, ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return (text) => text === first
  return (text) => {
    if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const part of rest) {
      const found = text.indexOf(part, at)
      if (found < 0 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** `["=", 5]`, `["<", 5]`, `[">", 0, "<=", 5]`: of two, the first is the lower bound. */
function numeric(operand: unknown, refuse: Refuse): LeafTest {
  if (!Array.isArray(operand) || operand.length === 0) throw refuse('Value of numeric must be an array.')
  const tests: ((value: number) => boolean)[] = []
  for (let i = 0; i < operand.length; i += 2) {
    const [sign, bound] = [operand[i], operand[i + 1]]
    if (!Object.hasOwn(COMPARISONS, sign)) throw refuse(`Unrecognized numeric range operator: ${sign}`)
    if (typeof bound !== 'number') throw refuse(`Value of ${sign} must be numeric`)
    if (Math.abs(bound) > NUMBER_MAX) throw refuse(`Value must be between -${NUMBER_MAX} and ${NUMBER_MAX}, inclusive`)
    tests.push((value) => COMPARISONS[sign](value, bound))
  }
  if (operand.length > 2) {
    const [low, from, high, to] = operand
    if (operand.length > 4) throw refuse('Too many terms in numeric range expression')
    if (!low.startsWith('>') || !high.startsWith('<')) throw refuse('Bad numeric range operator')
    if (from >= to) throw refuse('Bottom must be less than top')
  }
  return (leaf) => typeof leaf === 'number' && Math.abs(leaf) <= NUMBER_MAX && tests.every((test) => test(leaf))
}

/** `10.0.0.0/24`, `2001:db8::/32`, or one address. */
function cidr(operand: unknown, refuse: Refuse): LeafTest {
  if (typeof operand !== 'string') throw refuse('prefix match pattern must be a string')
  const [address, bits, more] = operand.split('/')
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  if (version === 0 || more !== undefined || length < 0 || length > most) throw refuse(`Malformed CIDR, ${operand}`)
  const network = new BlockList()
  network.addSubnet(address, length, familyOf(version))
  return (leaf) => {
    const kind = typeof leaf === 'string' ? isIP(leaf) : 0
    return kind === version && network.check(leaf as string, familyOf(kind))
  }
}

const familyOf = (version: number) => (version === 4 ? 'ipv4' : 'ipv6')
