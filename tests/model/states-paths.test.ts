import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../src/engines/kit/pure/random.ts'
import { matches, ruleHolds } from '../../src/engines/states/asl/choice.ts'
import { look, parsePath, put } from '../../src/engines/states/asl/jsonpath.ts'
import type { ChoiceRule, Json } from '../../src/engines/states/asl/types.ts'
import { Validation } from '../../src/engines/states/asl/validate.ts'

const SEED = process.env.MILLRACE_SEED ?? 'states'
const CASES = process.env.MILLRACE_NIGHTLY ? 50_000 : 2000

const sourcesOf = (input: Json) => ({ input, context: {}, variables: {} })
const NAMES = ['a', 'b', 'c d', "it's"]

function value(random: Random, depth: number): Json {
  const kind = random.int(depth > 0 ? 6 : 4)
  if (kind === 0) return random.int(5)
  if (kind === 1) return ['x', 'y', 'xy', ''][random.int(4)]
  if (kind === 2) return random.int(2) === 0
  if (kind === 3) return null
  if (kind === 4) return Array.from({ length: random.int(4) }, () => value(random, depth - 1))
  return Object.fromEntries(NAMES.slice(0, random.int(5)).map((name) => [name, value(random, depth - 1)]))
}

/** A path to a place by names alone, and the same as a list. */
function reference(random: Random): { text: string; names: string[] } {
  const names = Array.from({ length: 1 + random.int(3) }, () => NAMES[random.int(NAMES.length)])
  const steps = names.map((name) =>
    /^\w+$/.test(name) && random.int(2) ? `.${name}` : `['${name.replaceAll("'", "\\'")}']`,
  )
  return { text: `$${steps.join('')}`, names }
}

const walk = (from: Json, names: readonly string[]): Json | undefined =>
  names.reduce<Json | undefined>(
    (at, name) =>
      typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, name) ? at[name] : undefined,
    from,
  )

describe('paths', () => {
  it(`lead where a walk by hand leads, and what is put there is found there (seed ${SEED})`, () => {
    const random = seededRandom(`${SEED}/paths`)
    for (let i = 0; i < CASES; i++) {
      const input = value(random, 3)
      const { text, names } = reference(random)
      expect(look(parsePath(text), sourcesOf(input)), `${text} in ${JSON.stringify(input)}`).toEqual(walk(input, names))
      const before = JSON.stringify(input)
      let changed: Json
      try {
        changed = put(input, text, 'new')
      } catch {
        continue
      }
      expect(walk(changed, names)).toBe('new')
      expect(JSON.stringify(input)).toBe(before)
    }
  })

  it.each(['a', '$.', '$[', '$.a[?(@.b =~ 1)]', '$a.', "$['a", '$.a b', '@.a', '$[1:2:0]'])('%s is no path', (text) => {
    expect(() => parsePath(text)).toThrow(SyntaxError)
  })
})

/** What a rule means, written out for each kind of value. */
function meant(rule: ChoiceRule, input: Record<string, Json>): boolean {
  if (rule.And) return rule.And.every((each) => meant(each, input))
  if (rule.Or) return rule.Or.some((each) => meant(each, input))
  if (rule.Not) return !meant(rule.Not, input)
  const given = input[rule.Variable!.slice(2)]
  const [operator, wanted] = Object.entries(rule).find(([name]) => name !== 'Variable')!
  if (operator === 'IsPresent') return (given !== undefined) === wanted
  if (operator === 'IsString') return (typeof given === 'string') === wanted
  if (operator === 'NumericLessThan') return typeof given === 'number' && given < (wanted as number)
  if (operator === 'NumericGreaterThanEquals') return typeof given === 'number' && given >= (wanted as number)
  return typeof given === 'string' && given === wanted
}

function rule(random: Random, depth: number): ChoiceRule {
  const kind = random.int(depth > 0 ? 8 : 5)
  const Variable = `$.${['n', 's'][random.int(2)]}`
  const inner = () => Array.from({ length: 1 + random.int(3) }, () => rule(random, depth - 1))
  if (kind === 0) return { Variable, NumericLessThan: random.int(4) }
  if (kind === 1) return { Variable, NumericGreaterThanEquals: random.int(4) }
  if (kind === 2) return { Variable, StringEquals: ['x', 'y'][random.int(2)] }
  if (kind === 3) return { Variable, IsString: random.int(2) === 0 }
  if (kind === 4) return { Variable: `$.${['n', 'z'][random.int(2)]}`, IsPresent: random.int(2) === 0 }
  if (kind === 5) return { And: inner() }
  if (kind === 6) return { Or: inner() }
  return { Not: rule(random, depth - 1) }
}

describe('choices', () => {
  it(`hold as they read (seed ${SEED})`, () => {
    const random = seededRandom(`${SEED}/choices`)
    for (let i = 0; i < CASES; i++) {
      const each = rule(random, 3)
      const input: Record<string, Json> = { n: random.int(4), s: ['x', 'y', 1][random.int(3)] }
      expect(ruleHolds(each, sourcesOf(input)), JSON.stringify([each, input])).toBe(meant(each, input))
    }
  })

  it(`match patterns as a regular expression would (seed ${SEED})`, () => {
    const random = seededRandom(`${SEED}/patterns`)
    const text = (letters: string, length: number) =>
      Array.from({ length }, () => letters[random.int(letters.length)]).join('')
    for (let i = 0; i < CASES; i++) {
      const [pattern, subject] = [text('ab*', random.int(6)), text('ab', random.int(8))]
      expect(matches(subject, pattern), `${pattern} on ${subject}`).toBe(
        new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(subject),
      )
    }
    expect(matches('a*', 'a\\*') && !matches('ab', 'a\\*')).toBe(true)
  })
})

describe('a definition of any form', () => {
  it(`is told what is wrong with it, and never breaks the check (seed ${SEED})`, () => {
    const random = seededRandom(`${SEED}/definitions`)
    for (let i = 0; i < CASES / 4; i++) {
      const state = value(random, 3)
      const type = ['Task', 'Pass', 'Choice', 'Wait', 'Parallel', 'Map', 'Fail'][random.int(7)]
      const fields = ['Choices', 'Branches', 'ItemProcessor', 'Retry', 'Catch', 'Parameters', 'Seconds', 'Resource', 'InputPath']
      const broken = { Type: type, [fields[random.int(fields.length)]]: state, Next: state }
      expect(new Validation(JSON.stringify({ StartAt: 'A', States: { A: broken } })).diagnostics, JSON.stringify(broken)).not.toEqual([])
    }
  })
})
