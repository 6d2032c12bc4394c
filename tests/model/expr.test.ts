import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addUnits, formatter, parseIso, truncator } from '../../src/engines/kit/pure/expr/datetime.ts'
import {
  check,
  compile,
  compileCondition,
  compileMatcher,
  type Expr,
  FUNCTIONS,
  fieldsOf,
  Instant,
  murmur3,
  parse,
  print,
} from '../../src/engines/kit/pure/expr/index.ts'
import { likeTest } from '../../src/engines/kit/pure/expr/like.ts'
import { regexTest } from '../../src/engines/kit/pure/expr/regex.ts'

const record = {
  delay: 20,
  distance: 606,
  origin: 'ATL',
  cancelled: false,
  gate: null,
  date: '2001-01-31T18:20:05.250Z',
  place: { city: 'Atlanta', codes: [7, { deep: 'x' }] },
  'odd name': 'o"k',
  'a.b': 1,
}

const evaluate = (text: string) => {
  const value = compile(parse(text))(record)
  return value instanceof Instant ? value.toJSON() : value
}

const failure = (work: () => unknown) => {
  try {
    work()
  } catch (thrown) {
    return thrown as { code: string; message: string; at?: { line: number; column: number } }
  }
  throw new Error('it did not fail')
}

describe('expressions over a record', () => {
  const golden: [string, unknown][] = [
    ["delay > 15 AND origin IN ('ATL', 'ORD')", true],
    ['1 + 2 * 3 - 4 / 2', 5],
    ['(1 + 2) * -3', -9],
    ['7 % 4', 3],
    ["'it''s ' || origin || 5", "it's ATL5"],
    ['"odd name"', 'o"k'],
    ['"a.b"', 1],
    ['a.b', null],
    ['place.city', 'Atlanta'],
    ['place.codes[1].deep', 'x'],
    ['place.codes[9]', null],
    ['constructor', null],
    ['place.toString', null],
    ['NULL AND false', false],
    ['NULL AND true', null],
    ['NULL OR true', true],
    ['NULL OR false', null],
    ['NOT (gate = 1)', null],
    ['gate IS NULL AND delay IS NOT NULL', true],
    ['missing = 1', null],
    ['delay IN (1, NULL)', null],
    ['delay IN (20, NULL)', true],
    ['delay NOT IN (1, NULL)', null],
    ['delay NOT IN (1, 2)', true],
    ['delay BETWEEN 20 AND 30', true],
    ['delay NOT BETWEEN 20 AND 30', false],
    ['delay BETWEEN 30 AND gate', false],
    ["origin LIKE 'A%'", true],
    ["origin NOT LIKE '_T_'", false],
    ["'50%' LIKE '50!%' ESCAPE '!'", true],
    ["CASE WHEN delay > 60 THEN 'late' WHEN delay > 15 THEN 'bit late' ELSE 'fine' END", 'bit late'],
    ["CASE origin WHEN 'ORD' THEN 1 END", null],
    ["CAST('12' AS integer) + 1", 13],
    ["TRY_CAST('12.5' AS integer)", null],
    ['CAST(2.5 AS int)', 3],
    ['CAST(-2.5 AS int)', -3],
    ['CAST(1.005 AS decimal(10,2))', 1.01],
    ['CAST(delay AS varchar)', '20'],
    ["CAST('TRUE' AS boolean)", true],
    ['CAST(date AS date)', '2001-01-31'],
    ["date >= TIMESTAMP '2001-01-31 18:00:00'", true],
    ["CAST(date AS timestamp) < '2001-02-01'", true],
    ["lower(origin) || upper('x')", 'atlX'],
    ["substr('abcdef', 2, 3) || substr('abcdef', -2)", 'bcdef'],
    ["split_part('a-b-c', '-', 2)", 'b'],
    ["split_part('a-b-c', '-', 4)", null],
    ["replace('a.b.c', '.', '$&')", 'a$&b$&c'],
    ['concat(origin, gate, 1, true)', 'ATL1true'],
    ["trim('  x ') || length('four')", 'x4'],
    ["strpos('banana', 'nan')", 3],
    ["regexp_like(origin, '^[A-C]T')", true],
    ["regexp_like('x atl y', '(?i)\\bATL\\b')", true],
    ['round(2.5) + round(-2.5)', 0],
    ['round(1.005, 2)', 1.01],
    ['round(1234, -2)', 1200],
    ['floor(-1.5) + ceil(1.2) + abs(-3)', 3],
    ['mod(-7, 3)', -1],
    ['coalesce(gate, missing, 5)', 5],
    ['nullif(delay, 20)', null],
    ['greatest(1, 3, 2) - least(4, 2)', 1],
    ['greatest(1, gate)', null],
    ["date_trunc('hour', date)", '2001-01-31T18:00:00.000Z'],
    ["date_trunc('week', date)", '2001-01-29T00:00:00.000Z'],
    ["date_trunc('quarter', '1969-12-31')", '1969-10-01T00:00:00.000Z'],
    ["EXTRACT(hour FROM date) * 100 + date_part('minute', date)", 1820],
    ["date_part('day_of_week', date)", 3],
    ["date_part('week', '2005-01-01')", 53],
    ["date_add('month', 1, date)", '2001-02-28T18:20:05.250Z'],
    ["date_diff('day', '2001-01-01', date)", 30],
    ["date_diff('month', '2001-01-31', '2001-02-28')", 1],
    ["to_timestamp('2001/01/10 18:20', 'yyyy/MM/dd HH:mm')", '2001-01-10T18:20:00.000Z'],
    ['to_timestamp(0)', '1970-01-01T00:00:00.000Z'],
    ['from_unixtime(1.5)', '1970-01-01T00:00:01.500Z'],
    ['epoch_ms(date)', Date.UTC(2001, 0, 31, 18, 20, 5, 250)],
    ["epoch_ms('2001-01-31T18:20:05+05:45')", Date.UTC(2001, 0, 31, 12, 35, 5)],
    ["date_format(date, '%Y/%m/%d %H:%i:%s')", '2001/01/31 18:20:05'],
    ["format_datetime(date, 'yyyy-MM-dd''T''HH')", '2001-01-31T18'],
    ['try(1 / 0)', null],
    ["hash('hello')", 613153351],
    ['-- a comment\ndelay /* another */ = 20', true],
  ]
  it.each(golden)('%s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected)
  })

  it('puts only records for which a condition is true through, neither false nor null', () => {
    const condition = compileCondition(parse('delay > 15'))
    expect([{ delay: 16 }, { delay: 15 }, { delay: null }, {}].map(condition)).toEqual([true, false, false, false])
    expect(failure(() => compileCondition(parse('delay'))({ delay: 1 })).code).toBe('TYPE_MISMATCH')
  })

  it('lets searches pass over records that a condition cannot be worked out for', () => {
    const matches = compileMatcher(parse('delay > 15'))
    expect([{ delay: 'late' }, { delay: 16 }].map(matches)).toEqual([false, true])
  })
})

describe('what is wrong is said where it is', () => {
  const cases: [string, string, number, number, RegExp][] = [
    ['', 'SYNTAX_ERROR', 1, 1, /empty/],
    ['delay > ', 'SYNTAX_ERROR', 1, 9, /a value after ">".*end of the expression/],
    ['delay == 1', 'SYNTAX_ERROR', 1, 7, /Use = /],
    ["origin = 'ATL", 'SYNTAX_ERROR', 1, 10, /closing quote/],
    ['a\nAND AND b', 'SYNTAX_ERROR', 2, 5, /a value/],
    ['1e400', 'SYNTAX_ERROR', 1, 1, /too large/],
    ['delay 5', 'SYNTAX_ERROR', 1, 7, /operator/],
    ['CAST(a AS money)', 'SYNTAX_ERROR', 1, 11, /no type "money"/],
    ["t > INTERVAL '5' MINUTE", 'SYNTAX_ERROR', 1, 5, /date_add/],
    ['lowr(origin)', 'FUNCTION_NOT_FOUND', 1, 1, /mean lower/],
    ['substr(origin)', 'INVALID_FUNCTION_ARGUMENT', 1, 1, /substr\(text, start/],
    ['gate = NULL', 'TYPE_MISMATCH', 1, 1, /IS NULL/],
    ["DATE '2001-02-30'", 'INVALID_LITERAL', 1, 1, /2001-02-30/],
    ['delay > origin', 'TYPE_MISMATCH', 1, 1, /number 20 with the text 'ATL'/],
    ['origin + 1', 'TYPE_MISMATCH', 1, 1, /\|\| joins/],
    ['CAST(origin AS int)', 'INVALID_CAST_ARGUMENT', 1, 1, /TRY_CAST/],
    ['delay / 0', 'DIVISION_BY_ZERO', 1, 1, /nullif/],
    ["regexp_like(origin, '(a)\\1')", 'INVALID_FUNCTION_ARGUMENT', 1, 1, /Back-references/],
    [`${'('.repeat(5000)}1${')'.repeat(5000)}`, 'SYNTAX_ERROR', 1, 101, /Nested deeper/],
  ]
  it.each(cases)('%s', (text, code, line, column, message) => {
    const error = failure(() => compile(parse(text))(record))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.at).toMatchObject({ line, column })
  })

  it('finds unknown columns before any record when the columns are known', () => {
    const columns = ['delay', 'origin']
    expect(check(parse('dela > 1 AND origin = "ATL"'), columns).map((e) => e.message)).toEqual([
      'line 1:1: There is no column "dela". Did you mean delay?',
      'line 1:23: There is no column "ATL". The columns are delay, origin. Text stands in single quotes.',
    ])
    expect(failure(() => compile(parse('x = 1'), columns)).code).toBe('COLUMN_NOT_FOUND')
  })

  it('does not overflow the stack on very long chains', () => {
    expect(failure(() => parse(Array(20_000).fill('a').join('+'))).code).toBe('SYNTAX_ERROR')
    expect(compile(parse(Array(1_900).fill('1').join('+')))({})).toBe(1_900)
  })
})

describe('the pieces below', () => {
  it('reads and prints fields and functions for help', () => {
    expect(fieldsOf(parse('a.b + c > lower(d[0]) OR a = 1'))).toEqual(['a', 'c', 'd'])
    expect(FUNCTIONS.every((f) => f.signature.startsWith(`${f.name}(`) && f.description.length > 5)).toBe(true)
    expect(new Set(FUNCTIONS.map((f) => f.name)).size).toBe(FUNCTIONS.length)
  })

  it('writes times by Java patterns', () => {
    const ms = Date.UTC(2001, 8, 5, 3, 7, 9, 42)
    const write = (pattern: string) => (formatter(pattern) as (ms: number) => string)(ms)
    expect(write("yyyy/MM/dd/HH 'at' mm:ss.SSS")).toBe('2001/09/05/03 at 07:09.042')
    expect(write('M d H yy MMM MMMM EEE DDD a h')).toBe('9 5 3 01 Sep September Wed 248 AM 3')
    expect(formatter('yyyy-bb')).toMatch(/"b" is not honoured/)
  })

  it('hashes as MurmurHash3 does', () => {
    expect([murmur3(''), murmur3('hello, world'), murmur3('19 Jan 2038 at 3:14:07 AM')]).toEqual([
      0, 0x149bbb7f, 0xe31e8a70,
    ])
  })

  it('takes linear time where backtracking would not end', () => {
    const test = regexTest('^(a+)+$') as (text: string) => boolean
    expect(test(`${'a'.repeat(50_000)}!`)).toBe(false)
    const like = likeTest(`%${'a%'.repeat(30)}b`) as (text: string) => boolean
    expect(like('a'.repeat(50_000))).toBe(false)
  })
})

describe('properties', () => {
  const leaf = fc.oneof(
    fc.constantFrom('n', 's', 'b', 'z').map((name) => name),
    fc.integer({ min: -9, max: 9 }).map(String),
    fc.constantFrom("'x'", "'it''s'", 'NULL', 'true', "TIMESTAMP '2001-01-01'", '"odd name".q[1]'),
  )
  const { expr } = fc.letrec((tie) => ({
    expr: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('composite')),
    composite: fc.oneof(
      fc
        .tuple(tie('expr'), fc.constantFrom('+', '-', '*', '/', '||', '=', '<', 'AND', 'OR'), tie('expr'))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      tie('expr').map((a) => `(NOT ${a})`),
      tie('expr').map((a) => `(${a} IS NOT NULL)`),
      tie('expr').map((a) => `-(${a})`),
      fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => `(${a} NOT IN (${b}, 1))`),
      fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => `CASE WHEN ${a} THEN ${b} ELSE 0 END`),
      fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => `coalesce(${a}, ${b})`),
      tie('expr').map((a) => `TRY_CAST(${a} AS varchar)`),
    ),
  }))

  it('prints what it parsed', () => {
    fc.assert(
      fc.property(expr, (text) => {
        const ast = parse(String(text))
        expect(bare(parse(print(ast)))).toEqual(bare(ast))
      }),
      { verbose: 1 },
    )
  })

  it('gives a value of JSON or an error with a place, whatever the record', () => {
    const records = fc.record({
      n: fc.oneof(fc.integer(), fc.constant(null)),
      s: fc.string(),
      b: fc.boolean(),
      z: fc.jsonValue(),
    })
    fc.assert(
      fc.property(expr, records, (text, row) => {
        const ast = parse(String(text))
        if (check(ast).length > 0) return
        try {
          expect(compile(ast)(row as Record<string, unknown>)).not.toBe(undefined)
        } catch (thrown) {
          expect((thrown as { at?: unknown }).at).toBeDefined()
        }
      }),
      { verbose: 1 },
    )
  })

  it('keeps the laws of three-valued logic', () => {
    const tri = fc.constantFrom(true, false, null)
    const run = (text: string, row: Record<string, unknown>) => compile(parse(text))(row)
    fc.assert(
      fc.property(tri, tri, (p, q) => {
        expect(run('NOT (p AND q)', { p, q })).toBe(run('(NOT p) OR (NOT q)', { p, q }))
        expect(run('p AND q', { p, q })).toBe(run('q AND p', { p, q }))
      }),
      { verbose: 1 },
    )
  })

  it('agrees with JavaScript on dates and on simple regular expressions', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const ms = date.getTime()
          expect(parseIso(date.toISOString())).toBe(ms)
          expect(truncator('month')!(ms)).toBe(Date.parse(`${date.toISOString().slice(0, 7)}-01T00:00:00Z`))
          expect(addUnits('year', 1, addUnits('year', -1, truncator('month')!(ms))!)).toBe(truncator('month')!(ms))
        },
      ),
      { verbose: 1 },
    )
    const pattern = fc.array(fc.constantFrom('a', 'b', '.', 'a*', 'b+', '(ab|b)', '[^a]', 'a{1,2}', '\\w?', '^', '$'), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 }), (parts, text) => {
        const source = parts.join('')
        if (/[\^$][*+?{]/.test(source)) return
        expect((regexTest(source) as (t: string) => boolean)(text)).toBe(new RegExp(source).test(text))
      }),
      { verbose: 1 },
    )
  })
})

/** A tree without its places. */
function bare(ast: Expr): unknown {
  return JSON.parse(JSON.stringify(ast, (key, value) => (key === 'at' ? undefined : value)))
}
