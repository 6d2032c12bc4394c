import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileExpression } from '../../src/engines/bi/expression/compile.ts'
import { parseExpression } from '../../src/engines/bi/expression/parse.ts'
import { Params } from '../../src/engines/bi/sql.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'

const types = { delay: 'integer', price: 'decimal', state: 'string', day: 'datetime', late: 'boolean' } as const

function compile(text: string) {
  const params = new Params()
  const compiled = compileExpression(text, {
    params,
    nowMs: 0,
    names: Object.keys(types),
    column: (name) => {
      const type = types[name.toLowerCase() as keyof typeof types]
      return type && { sql: `"${name}"`, type }
    },
  })
  return { ...compiled, values: params.values }
}

function failure(text: string) {
  try {
    compile(text)
  } catch (thrown) {
    if (thrown instanceof EngineError)
      return { message: thrown.message, line: thrown.at?.line, column: thrown.at?.column }
    throw thrown
  }
  return undefined
}

test('texts are bound, never written into the SQL', () => {
  const { sql, values } = compile(
    `ifelse({state} = 'CA''; DROP TABLE x; --', 'a', concat({state}, "b"))`.replace("''", "\\'"),
  )
  expect(values).toEqual(["CA'; DROP TABLE x; --", 'a', 'b'])
  expect(sql).not.toContain('DROP')
})

test.each([
  ['1 + 2 * 3', 'integer', '(1 + (2 * 3))'],
  ['(1 + 2) * 3', 'integer', '((1 + 2) * 3)'],
  ['{delay} / 60', 'decimal', '(CAST("delay" AS DOUBLE) / nullif(60, 0))'],
  ['-{delay} ^ 2', 'decimal', '(-pow("delay", 2))'],
  ['not {late} or {delay} > 5 and {late}', 'boolean', '((NOT "late") OR (("delay" > 5) AND "late"))'],
  ['coalesce({delay}, 0.5)', 'decimal', 'coalesce("delay", 0.5)'],
  ["in({state}, ['CA', 'NY'])", 'boolean', '("state" IN (CAST($1 AS VARCHAR), CAST($2 AS VARCHAR)))'],
])('%s', (text, type, sql) => {
  expect(compile(text)).toMatchObject({ type, sql })
})

test.each([
  ['{delya} + 1', /no field \{delya\}/, 1, 1],
  ['{delay} +', /is expected where the expression ends/, 1, 10],
  ['{delay} * {state}', /number is expected here, this is a string/, 1, 11],
  ["ifelse({late},\n  1,\n  'x')", /one type/, 3, 3],
  ["truncDate('MONTH', {day})", /period is one of/, 1, 11],
  ['sumOver({delay}, [{state}])', /level-aware calculation sumOver/, 1, 1],
  ['sum({delay})', /aggregate sum cannot stand/, 1, 1],
  ['runningSum({delay})', /table calculation runningSum/, 1, 1],
  ['nonsense({delay})', /no function nonsense/, 1, 1],
  ["{state} = 'open", /text is not closed/, 1, 11],
  ['{delay', /not closed with \}/, 1, 1],
  ['{delay}; drop', /";" is not understood/, 1, 8],
  ['left({state})', /takes 2 arguments, not 1/, 1, 1],
  ["formatDate({day}, 'yyyy-QQ')", /"QQ" is not understood/, 1, 19],
])('%s is refused with its place', (text, message, line, column) => {
  const found = failure(text)
  expect(found?.message).toMatch(message)
  expect(found).toMatchObject({ line, column })
})

test('nesting beyond reason is an error, not a crash', () => {
  expect(failure(`${'('.repeat(5000)}1${')'.repeat(5000)}`)?.message).toMatch(/nested deeper/)
  expect(failure(`${'-'.repeat(5000)}1`)?.message).toMatch(/nested deeper/)
})

test('any text gives a tree or an error of the user with a place', () => {
  const word = fc.constantFrom(
    '{a}',
    'in',
    '(',
    ')',
    '[',
    ']',
    ',',
    '+',
    '-',
    "'x'",
    '"',
    '{',
    '1',
    '.5',
    'and',
    'not',
    '<>',
    ' ',
    '\n',
    '^',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      try {
        parseExpression(words.join(''))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(EngineError)
        expect((thrown as EngineError).at?.line).toBeGreaterThan(0)
      }
    }),
    { numRuns: 500 },
  )
})
