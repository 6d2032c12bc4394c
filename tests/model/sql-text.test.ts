import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readHeader, writeHeader } from '../../src/renderer/features/sql/model/header.ts'
import { quoted } from '../../src/renderer/features/sql/model/names.ts'
import {
  fillIn,
  literal,
  parametersOf,
  readTyped,
  typed,
  withParameters,
} from '../../src/renderer/features/sql/model/parameters.ts'
import {
  gist,
  offsetOf,
  placeInText,
  placeOf,
  splitStatements,
  statementAt,
} from '../../src/renderer/features/sql/model/statements.ts'
import { freePath } from '../../src/renderer/lib/document-names.ts'

describe('the header of a query', () => {
  it('is read on one line or on several, and only at the top', () => {
    expect(readHeader('-- engine: athena, database: flights\nSELECT 1')).toEqual({
      engine: 'athena',
      database: 'flights',
    })
    expect(readHeader('-- engine: warehouse\n-- database: x\nSELECT 1')).toEqual({ engine: 'warehouse', database: 'x' })
    expect(readHeader('SELECT 1 -- engine: warehouse')).toEqual({})
    expect(readHeader('-- Why: a reason\n-- engine: warehouse')).toEqual({})
  })

  it('is replaced without touching other comments, and written into a text that has none', () => {
    expect(
      writeHeader('-- engine: athena\n-- database: a\n-- How late?\nSELECT 1', { engine: 'warehouse', database: 'a' }),
    ).toBe('-- engine: warehouse\n-- How late?\nSELECT 1')
    expect(writeHeader('SELECT 1', { engine: 'athena', database: 'flights' })).toBe(
      '-- engine: athena, database: flights\nSELECT 1',
    )
  })

  it('tells the workgroup and the age of results where they are not the usual ones', () => {
    const header = { engine: 'athena' as const, database: 'd', workGroup: 'team', reuseMinutes: 60 }
    const text = writeHeader('SELECT 1', header)
    expect(text).toBe('-- engine: athena, database: d, workgroup: team, reuse: 60m\nSELECT 1')
    expect(readHeader(text)).toEqual(header)
    expect(writeHeader(text, { ...header, workGroup: 'primary', reuseMinutes: 0 })).toBe(
      '-- engine: athena, database: d\nSELECT 1',
    )
  })

  it('says what was written, whatever the query', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('athena' as const, 'warehouse' as const), (text, engine) => {
        const once = writeHeader(text, { engine, database: 'd' })
        expect(readHeader(once).engine).toBe(engine)
        expect(writeHeader(once, { engine, database: 'd' })).toBe(once)
      }),
    )
  })
})

describe('statements', () => {
  const text = "-- a; b\nSELECT ';' AS x; /* ; */\n\n  SELECT 2\n  -- end;\n; ;"

  it('end at semicolons that are no part of strings or comments, and begin behind comments', () => {
    expect(splitStatements(text).map(({ sql, line, column }) => ({ sql, line, column }))).toEqual([
      { sql: "SELECT ';' AS x", line: 2, column: 1 },
      { sql: 'SELECT 2', line: 4, column: 3 },
    ])
  })

  it('of Spark and Redshift go on behind a quote that a backslash escapes', () => {
    const sql = (header: string) =>
      splitStatements(`${header}SELECT 'it\\'s; so'; SELECT "a\\";b"`).map((statement) => statement.sql)
    expect(sql('-- engine: spark\n')).toEqual([`SELECT 'it\\'s; so'`, `SELECT "a\\";b"`])
    expect(splitStatements(`-- engine: spark\nSELECT r'a\\'; SELECT R"\\d;"`).map((each) => each.sql)).toEqual([
      `SELECT r'a\\'`,
      `SELECT R"\\d;"`,
    ])
    expect(
      splitStatements(`-- engine: warehouse\nSELECT 'it\\'s; ''so'''; /* a /* b; */ c; */ SELECT 2`).map(
        (each) => each.sql,
      ),
    ).toEqual([`SELECT 'it\\'s; ''so'''`, 'SELECT 2'])
    expect(sql('')).toHaveLength(2)
    expect(sql('')[0]).toBe(`SELECT 'it\\'s`)
  })

  it('are found at the cursor, also behind their end', () => {
    expect(statementAt(text, 0)?.sql).toBe("SELECT ';' AS x")
    expect(statementAt(text, text.indexOf('SELECT 2') + 3)?.sql).toBe('SELECT 2')
    expect(statementAt(text, text.length)?.sql).toBe('SELECT 2')
    expect(statementAt('-- nothing', 3)).toBeNull()
  })

  it('map an error to its place in the text', () => {
    expect(placeInText({ line: 4, column: 3 }, { line: 1, column: 8 })).toEqual({ line: 4, column: 10 })
    expect(placeInText({ line: 4, column: 3 }, { line: 2, column: 8 })).toEqual({ line: 5, column: 8 })
  })

  it('never lose a letter: the text of a statement is what stands at its place', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ';', "'", '"', '-', '/', '*', ' ', '\n', '$', ':') }),
        (any) => {
          for (const { sql, start, end } of splitStatements(any)) expect(any.slice(start, end)).toBe(sql)
        },
      ),
    )
  })

  it('read as one line', () => {
    expect(gist('-- why\nSELECT  a,\n  b FROM t', 20)).toBe('SELECT a, b FROM t')
    expect(gist('SELECT aaaaaaaaaaaaaaaaaaaa', 10)).toBe('SELECT aa…')
  })
})

describe('parameters', () => {
  it('are named once each; casts, times in strings and comments are none', () => {
    expect(parametersOf("SELECT :a, x::date, '12:30:00', :b -- :c\n, :a")).toEqual(['a', 'b'])
  })

  it('without a name are told apart by their place, and left to EXECUTE by PREPARE', () => {
    const places = "SELECT '?' FROM t WHERE price > ? AND city\n IN (?, ?) AND x = :x"
    expect(parametersOf(places)).toEqual(['1. price > ?', '2. IN (?', '3. ?, ?', 'x'])
    expect(withParameters(places, { '1. price > ?': '5', '2. IN (?': 'Graz', '3. ?, ?': 'Wien', x: 'null' })).toBe(
      "SELECT '?' FROM t WHERE price > 5 AND city\n IN ('Graz', 'Wien') AND x = null",
    )
    expect(parametersOf('PREPARE one FROM SELECT * FROM t WHERE id = ?')).toEqual([])
  })

  it('take numbers as they are and quote text', () => {
    expect(withParameters('SELECT :a, :b, :c', { a: '1.5', b: "O'Hare" })).toBe("SELECT 1.5, 'O''Hare', :c")
    expect(literal('NULL')).toBe('NULL')
    expect(literal("DATE '2001-01-01'")).toBe("DATE '2001-01-01'")
    expect(literal("'a' OR 1=1")).toBe("'''a'' OR 1=1'")
    expect(literal("it's \\d", 'warehouse')).toBe("'it''s \\\\d'")
    expect(literal("it's \\d", 'spark')).toBe("'it\\'s \\\\d'")
  })
})

describe('a statement with its values', () => {
  const text = 'SELECT a\nFROM t\nWHERE day > :since AND  b = 1\n  AND c IN (?, :since)'
  const { sql, written } = fillIn(text, { since: "DATE '2021-02-01'", '1. IN (?': '7' })
  const back = (word: string, from = 0, length = word.length) => {
    const place = placeOf(sql, sql.indexOf(word, from))
    const { line, column, endLine, endColumn } = written({
      ...place,
      endLine: place.line,
      endColumn: place.column + length,
    })
    return text.slice(offsetOf(text, line!, column!), offsetOf(text, endLine!, endColumn!))
  }

  it('leads a place back to the text as written, and one within a value to its parameter', () => {
    expect(sql).toContain("day > DATE '2021-02-01' AND  b = 1")
    expect(['SELECT', 'day', 'b = 1', 'AND c', 'c IN', ')'].map((word) => back(word))).toEqual([
      'SELECT',
      'day',
      'b = 1',
      'AND c',
      'c IN',
      ')',
    ])
    expect(back('2021')).toBe(':since')
    expect(back('2021', sql.indexOf('c IN'))).toBe(':since')
    expect(back('7')).toBe('?')
    expect(back('> DATE')).toBe('> :since')
    expect(back("DATE '2021-02-01' AND")).toBe(':since AND')
    expect(written({ ...placeOf(sql, sql.indexOf('b = 1')) })).toEqual(placeOf(text, text.indexOf('b = 1')))
    expect(written({})).toEqual({})
  })

  it('has values of the type that was said, in the way of each dialect', () => {
    expect(literal(typed('2021-02-01', 'date'))).toBe("DATE '2021-02-01'")
    expect(literal(typed('2021-02-01', 'auto'))).toBe("'2021-02-01'")
    expect(literal(typed('007', 'text'))).toBe("'007'")
    expect(literal(typed("it's \\d", 'text'), 'spark')).toBe("'it\\'s \\\\d'")
    expect(readTyped(typed("it's", 'text'))).toEqual({ text: "it's", type: 'text' })
    expect(readTyped("DATE '2021-02-01'")).toEqual({ text: '2021-02-01', type: 'date' })
    expect(readTyped('12')).toEqual({ text: '12', type: 'auto' })
  })
})

describe('names', () => {
  it('become files that are free', () => {
    expect(freePath('queries', 'Delays by hour', [])).toBe('queries/delays-by-hour.sql')
    expect(freePath('queries', 'a.sql', ['queries/a.sql', 'queries/a-2.sql'])).toBe('queries/a-3.sql')
  })

  it('are quoted only where SQL needs it', () => {
    expect([quoted('flights'), quoted('Total'), quoted('a"b')]).toEqual(['flights', '"Total"', '"a""b"'])
  })
})
