import { describe, expect, it } from 'vitest'
import type { KnownColumn } from '../../src/engines/athena/translate/columns.ts'
import { parseQuery } from '../../src/engines/athena/translate/translate.ts'

const T: KnownColumn[] = [
  { name: 'n', type: 'bigint' },
  { name: 's', type: 'string' },
  { name: 'd', type: 'date' },
  { name: 'b', type: 'boolean' },
  { name: 'c', type: 'char(3)' },
  { name: 'r', type: 'struct<n:boolean,m:int>' },
  { name: 'l', type: 'array<string>' },
]
const U: KnownColumn[] = [{ name: 'n', type: 'int' }, { name: 's', type: 'int' }, { name: 'v' }]

const sqlOf = (sql: string, ...tables: KnownColumn[][]) =>
  parseQuery(sql, { nowMs: 0 })
    .translate(tables.length > 0 ? tables : undefined)
    .render((stand) => stand)

/** What is known needs no check of types and no macro that chooses by them. */
const isKnown = (sql: string) => !/TRINO_|TRUE OR/i.test(sql)

describe('what the catalog says of columns', () => {
  it.each([
    ["SELECT 1 FROM t WHERE n = 1 AND s = t.s AND d > DATE '2020-01-01'", [T]],
    ["SELECT s || 'x' FROM t", [T]],
    ["SELECT q.s || 'x' FROM (SELECT s, n FROM t WHERE b) AS q WHERE q.n + 1 > n", [T]],
    ["WITH q AS (SELECT s FROM t) SELECT s || 'x' FROM q", [T]],
    ['SELECT s AS s FROM t ORDER BY s = s', [T]],
    ['SELECT 1 FROM t JOIN u ON t.n = u.n', [T, U]],
    ['SELECT 1 FROM t WHERE sum(n) > 1 OR avg(n) > n', [T]],
    ["SELECT 1 FROM t WHERE d < d + INTERVAL '1' DAY", [T]],
  ])('is used: %s', (sql, tables) => {
    expect(isKnown(sqlOf(sql).replace(/TRINO_AVERAGE/gi, ''))).toBe(false)
    expect(sqlOf(sql, ...tables).replace(/TRINO_AVERAGE/gi, '')).toSatisfy(isKnown)
  })

  it.each([
    ['a name that the query gives to something else', "SELECT s || 'x' FROM (SELECT n AS s FROM t) AS q", [T]],
    ['a name in a list of columns', "SELECT s || 'x' FROM (SELECT n FROM t) AS q(s)", [T]],
    ['a name of a WITH clause', "WITH q(s) AS (SELECT n FROM t) SELECT s || 'x' FROM q", [T]],
    ['a parameter of a lambda', 'SELECT transform(l, n -> n = n) FROM t', [T]],
    ['one of several parameters', "SELECT reduce(l, '', (n, s) -> s || n, n -> n) FROM t", [T]],
    ['a member of a row', 'SELECT r.n = 1 FROM t', [T]],
    ['a member of a row of a row', 'SELECT t.r.n = 1 FROM t', [T]],
    ['a column that a member of a row gave its name', 'SELECT q.n = 1 FROM (SELECT r.n FROM t) AS q', [T]],
    ['all members of a row', 'SELECT n = 1 FROM (SELECT (r).* FROM t) AS q', [T]],
    ['columns of one name and several types', "SELECT u.s || 'x' FROM t, u", [T, U]],
    ['a type that is not sure', 'SELECT v = 1 FROM u', [U]],
    ['a type that is compared in its own way', "SELECT c || 'x' FROM t", [T]],
    ['rows without names', "SELECT s || 'x' FROM t CROSS JOIN UNNEST(l)", [T]],
    ['a table at another time', "SELECT s || 'x' FROM t FOR VERSION AS OF 1", [T]],
  ])('is not used for %s', (_, sql, tables) => {
    expect(sqlOf(sql, ...tables)).toBe(sqlOf(sql))
  })
})

describe('the alias of a SELECT', () => {
  it.each([
    ['SELECT n + 1 AS m FROM t WHERE m > 1', '1:32', 'm'],
    ['SELECT n AS m, count(*) FROM t\nGROUP BY m', '2:10', 'm'],
    ['SELECT n AS "M", M + 1 FROM t', '1:18', 'M'],
    ['SELECT sum(n) AS m FROM t GROUP BY s HAVING m > 1', '1:45', 'm'],
    ['SELECT t.n AS m FROM t JOIN u ON u.n = m', '1:40', 'm'],
    ['SELECT * FROM (SELECT n AS m FROM t WHERE m = 1) AS q', '1:43', 'm'],
  ])('is no column there: %s', (sql, place, name) => {
    expect(() => sqlOf(sql, T, U)).toThrow(`line ${place}: Column '${name}' cannot be resolved`)
  })

  it.each([
    'SELECT n AS m FROM t ORDER BY m + 1',
    'SELECT n AS s FROM t WHERE s = 1 GROUP BY s',
    'SELECT m FROM (SELECT n AS m FROM t) AS q WHERE m > 1 GROUP BY m',
    'WITH q AS (SELECT n AS m FROM t) SELECT m AS k FROM q WHERE m > 1',
    'SELECT n AS m FROM t CROSS JOIN UNNEST(l) AS x(m) WHERE m = 1',
    'SELECT transform(l, m -> m) AS k, n AS m FROM t',
    'SELECT r.m AS k, n AS m FROM t WHERE r.m = 1',
    'SELECT (SELECT max(m) FROM (SELECT v AS m FROM u) AS w) AS m FROM t',
  ])('is not taken for one: %s', (sql) => {
    expect(() => sqlOf(sql, T, U)).not.toThrow()
  })
})

describe('tables that a query seems to name', () => {
  it.each([
    ['SELECT * FROM t, a.u WHERE n IN (SELECT n FROM "V")', ['t', 'a.u', 'V']],
    ['WITH q AS (SELECT * FROM t) SELECT * FROM q JOIN x.q ON true', ['t', 'x.q']],
  ])('%s', (sql, names) => {
    const { tables } = parseQuery(sql, { nowMs: 0 })
    expect(tables.map(({ database, name }) => (database === undefined ? name : `${database}.${name}`))).toEqual(names)
  })
})
