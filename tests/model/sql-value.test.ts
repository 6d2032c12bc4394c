import { describe, expect, it, test } from 'vitest'
import { readDeclared } from '../../src/renderer/features/sql/model/declared.ts'
import { hexAsText, hexLines } from '../../src/renderer/features/sql/model/hex.ts'
import { literalIn } from '../../src/renderer/features/sql/model/literals.ts'
import { searchTree, type ValueNode, valueTree } from '../../src/renderer/features/sql/model/value-tree.ts'

const find = (node: ValueNode, ...keys: string[]): ValueNode =>
  keys.reduce((at, key) => at.children().find((child) => child.key === key)!, node)

test('declared types are read to their leaves', () => {
  const type = readDeclared('row("a b" bigint, tags array(varchar(3)), m map(integer, row(decimal(5,2), date)))')
  expect(type.of.map(({ field }) => field)).toEqual(['a b', 'tags', 'm'])
  expect(type.of[1].type).toMatchObject({ name: 'array', of: [{ type: { name: 'varchar(3)' } }] })
  const inner = type.of[2].type.of[1].type
  expect(inner.of.map(({ field, type: { name } }) => [field, name])).toEqual([
    [null, 'decimal(5,2)'],
    [null, 'date'],
  ])
})

test('a typed value tells its paths as expressions of the column', () => {
  const tree = valueTree(
    'r',
    'row(id bigint, "a b" array(row(varchar, integer)), m map(varchar, integer), days map(date, integer))',
    `{"id":1,"a b":[{"field0":"x","field1":2}],"m":{"it's":1},"days":{"2024-01-01":5}}`,
  )!
  expect(find(tree, 'id').path).toBe('r.id')
  expect(find(tree, 'a b', '1', '2')).toMatchObject({ path: 'r."a b"[1][2]', type: 'integer', text: '2' })
  expect(find(tree, 'm', "it's").path).toBe("r.m['it''s']")
  expect(find(tree, 'days', '2024-01-01').path).toBe("r.days[CAST('2024-01-01' AS date)]")
})

test('JSON in a text tells JSON paths', () => {
  const tree = valueTree('doc', 'varchar', '{"a": [1, {"y z": true}], "n": null}')!
  expect(find(tree, 'a', '1', 'y z')).toMatchObject({ path: '$.a[1]["y z"]', kind: 'boolean', text: 'true' })
  expect(find(tree, 'n')).toMatchObject({ kind: 'null', path: '$.n' })
  expect(valueTree('doc', 'varchar', '[not json')).toBeNull()
  expect(valueTree('doc', 'varchar', 'plain')).toBeNull()
})

test('every digit of a number is kept, also when it is copied', () => {
  const text = '{"big":9007199254740993,"money":1.10,"tiny":1e-400}'
  const tree = valueTree('doc', 'json', text)!
  expect(tree.children().map((child) => child.text)).toEqual(['9007199254740993', '1.10', '1e-400'])
  expect(tree.copy().replaceAll(/\s/g, '')).toBe(text)
})

test('what is in a branch is made when it is looked at, a long list in spans', () => {
  const tree = valueTree('list', 'array(integer)', JSON.stringify(Array.from({ length: 1200 }, (_, i) => i)))!
  expect(tree.children().map(({ key, text }) => `${key}: ${text}`)).toEqual([
    '1 … 500: 500',
    '501 … 1000: 500',
    '1001 … 1200: 200',
  ])
  expect(tree.children()[2].children()[199].path).toBe('list[1200]')
})

test('a search shows what it found and the way to it, and ends early', () => {
  const tree = valueTree('doc', 'json', '{"a":{"needle":1},"b":{"c":"a Needle"},"d":2}')!
  const { found, shown } = searchTree(tree, 'needle')
  expect(found).toBe(2)
  expect([...shown].sort()).toEqual(['$/a', '$/a/needle', '$/b', '$/b/c'])
  const many = valueTree('list', 'json', JSON.stringify(Array.from({ length: 20_000 }, () => 'needle')))!
  expect(searchTree(many, 'needle').found).toBeLessThan(1000)
})

test('binary is shown in lines of eight bytes', () => {
  const [first, second] = hexLines(Buffer.from('hello\u0000 bytes').toString('hex'))
  expect(first).toBe('00000000  68 65 6c 6c 6f 00 20 62  hello· b')
  expect(second).toBe('00000008  79 74 65 73              ytes')
  expect(hexAsText('c3a4')).toBe('ä')
  expect(hexAsText('ff')).toBeNull()
})

describe('a value as a literal of its dialect', () => {
  it('is what Athena takes for its type', () => {
    const athena = (declared: string, value: string | number | boolean | null) => literalIn('athena', declared, value)
    expect(athena('array(integer)', '[1,null]')).toBe('ARRAY[1, NULL]')
    expect(athena('map(varchar, decimal(5,2))', '{"it\'s":"1.50"}')).toBe("MAP(ARRAY['it''s'], ARRAY[DECIMAL '1.50'])")
    expect(athena('row(a integer, Order date)', '{"a":1,"Order":"2024-01-01"}')).toBe(
      `CAST(ROW(1, DATE '2024-01-01') AS ROW(a integer, "Order" date))`,
    )
    // What is empty has no type of its own.
    expect(athena('array(varchar)', '[]')).toBe('CAST(ARRAY[] AS ARRAY(varchar))')
    expect(athena('array(bigint)', '[9007199254740993]')).toBe('ARRAY[9007199254740993]')
    expect(athena('varbinary', '00ff')).toBe("X'00FF'")
    expect(athena('double', 'NaN')).toBe("DOUBLE 'NaN'")
    expect(athena('timestamp(3) with time zone', '2024-01-01T10:00:00.500Z')).toBe(
      "TIMESTAMP '2024-01-01 10:00:00.500 UTC'",
    )
    expect([athena('integer', null), athena('varchar', ''), athena('boolean', true)]).toEqual(['NULL', "''", 'TRUE'])
  })

  it('is what Redshift and Spark take for it', () => {
    const redshift = (declared: string, value: string | number) => literalIn('warehouse', declared, value)
    expect(redshift('date', '2024-01-01')).toBe("'2024-01-01'::date")
    expect(redshift('timestamp without time zone', '2024-01-01T10:00:00.000Z')).toBe(
      "'2024-01-01 10:00:00.000'::timestamp",
    )
    expect(redshift('timestamp with time zone', '2024-01-01T10:00:00.000Z')).toBe(
      "'2024-01-01 10:00:00.000+00'::timestamptz",
    )
    expect([redshift('double precision', 'NaN'), redshift('numeric(12,2)', '1.50')]).toEqual(["'NaN'::float8", '1.50'])
    expect(literalIn('spark', 'row(a array(varchar))', '{"a":["it\'s"]}')).toBe("named_struct('a', array('it\\'s'))")
  })
})
