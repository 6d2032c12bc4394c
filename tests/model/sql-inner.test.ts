import { describe, expect, it } from 'vitest'
import { innerQueries, innerQueryAt } from '../../src/renderer/features/sql/model/inner.ts'
import { readPlan } from '../../src/renderer/features/sql/model/plan.ts'
import { spanOf } from '../../src/renderer/features/sql/model/plan-span.ts'
import { placesOf } from '../../src/renderer/features/sql/model/rename.ts'
import { sourcesOf } from '../../src/renderer/features/sql/model/scope.ts'

const renamed = (sql: string, cte: string, to: string) =>
  placesOf(sql, sourcesOf(sql).ctes.find(({ name }) => name === cte)!)
    .reverse()
    .reduce((text, place) => text.slice(0, place.from) + to + text.slice(place.to), sql)

describe('renaming a common table expression', () => {
  it('follows it to where it is read and where it qualifies a column, and leaves columns and texts of its name', () => {
    expect(
      renamed(
        "WITH many AS (SELECT 1 AS many) SELECT many.many, 'many' FROM many JOIN t ON t.many = many.id",
        'many',
        'few',
      ),
    ).toBe("WITH few AS (SELECT 1 AS many) SELECT few.many, 'many' FROM few JOIN t ON t.many = few.id")
  })

  it('keeps an alias that is called the same over another table', () => {
    expect(renamed('WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a) SELECT a.x FROM b a', 'a', 'c')).toBe(
      'WITH c AS (SELECT 1 AS x), b AS (SELECT * FROM c) SELECT a.x FROM b a',
    )
    expect(renamed('WITH a AS (SELECT 1 AS x) SELECT a.x FROM a AS a', 'a', 'c')).toBe(
      'WITH c AS (SELECT 1 AS x) SELECT a.x FROM c AS a',
    )
  })

  it('leaves one of the same name in another query alone', () => {
    expect(
      renamed(
        'WITH x AS (WITH t AS (SELECT 1 AS n) SELECT t.n FROM t), y AS (WITH t AS (SELECT 2 AS n) SELECT t.n FROM t) SELECT * FROM x, y',
        't',
        'few',
      ),
    ).toBe(
      'WITH x AS (WITH few AS (SELECT 1 AS n) SELECT few.n FROM few), y AS (WITH t AS (SELECT 2 AS n) SELECT t.n FROM t) SELECT * FROM x, y',
    )
  })
})

it('gives every inner query with what it needs before it', () => {
  const sql = 'WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a) SELECT * FROM (SELECT x FROM b) AS s JOIN t ON true'
  expect(innerQueries(sql)).toEqual([
    { title: 'a', at: 5, to: 25, sql: 'WITH a AS (SELECT 1 AS x)\nSELECT * FROM "a"' },
    { title: 'b', at: 27, to: 49, sql: 'WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a)\nSELECT * FROM "b"' },
    {
      title: 's',
      at: sql.indexOf('(SELECT x'),
      to: sql.indexOf(' AS s'),
      sql: 'WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a)\nSELECT x FROM b',
    },
  ])
})

it('gives an inner query within another the names of the queries around it, and one of the same name its own', () => {
  const sql =
    'WITH a AS (SELECT 1 AS x), b AS (WITH a AS (SELECT x + 1 AS y FROM (SELECT 2 AS x) s) SELECT y FROM a) SELECT * FROM b'
  expect(innerQueries(sql).map(({ title, sql: own }) => [title, own])).toEqual([
    ['a', 'WITH a AS (SELECT 1 AS x)\nSELECT * FROM "a"'],
    ['b', `${sql.slice(0, sql.indexOf(' SELECT * FROM b'))}\nSELECT * FROM "b"`],
    [
      'a',
      'WITH a AS (SELECT 1 AS x)\nSELECT * FROM (\nWITH a AS (SELECT x + 1 AS y FROM (SELECT 2 AS x) s)\nSELECT * FROM "a"\n) AS inner_query',
    ],
    ['s', 'WITH a AS (SELECT 1 AS x)\nSELECT 2 AS x'],
  ])
  expect(innerQueryAt(sql, sql.indexOf('FROM a)') + 5)?.at).toBe(sql.indexOf('a AS (SELECT x + 1'))
})

it('reads texts of Spark as Spark does, and quotes names in its way', () => {
  const sql = `WITH few AS (SELECT 'it\\'s) FROM (SELECT' AS s, r'a\\' AS t, ")" AS u) SELECT * FROM few`
  expect(innerQueries(sql, 'spark')).toEqual([
    {
      title: 'few',
      at: 5,
      to: sql.indexOf(' SELECT * FROM few'),
      sql: `${sql.slice(0, sql.indexOf(' SELECT * FROM few'))}\nSELECT * FROM \`few\``,
    },
  ])
})

it('takes what turns the rows of an inner query for no name of it', () => {
  const [inner] = innerQueries('SELECT * FROM (SELECT k, g FROM t) PIVOT (sum(k) FOR g IN (0, 1))')
  expect(inner.title).toBe('subquery')
})

it('shows the part of a query that a step of its plan comes from, and none where it cannot tell', () => {
  const sql =
    'SELECT city, count(*) FROM towns JOIN lands ON towns.land = lands.id LEFT OUTER JOIN seas ON seas.near = city WHERE size > 7 GROUP BY city ORDER BY 2'
  const of = (name: string, info: object) => {
    const span = spanOf(readPlan({ name, extra_info: info, children: [] })!, sql)
    return span && sql.slice(span.from, span.to)
  }
  expect(of('SEQ_SCAN', { Table: 'lands' })).toBe('lands')
  expect(of('HASH_JOIN', { Conditions: 'land = id' })).toBe('ON towns.land = lands.id')
  expect(of('FILTER', { Expression: '(size > 7)' })).toBe('WHERE size > 7')
  expect(of('HASH_GROUP_BY', { Groups: '#0' })).toBe('GROUP BY city')
  expect(of('UNGUESSED', {})).toBeNull()
})

it('finds the innermost query at a place, and the one that a name reads', () => {
  const sql = 'WITH a AS (SELECT * FROM (SELECT 1 AS x) AS deep) SELECT * FROM a'
  const at = (text: string, from = 0) => innerQueryAt(sql, sql.indexOf(text, from) + 1)?.title
  expect(at('1 AS x')).toBe('deep')
  expect(at('* FROM (')).toBe('a')
  expect(at('a', sql.lastIndexOf('FROM'))).toBe('a')
  expect(innerQueryAt('SELECT 1 FROM t', 8)).toBeNull()
})
