import { describe, expect, it } from 'vitest'
import { formatSql } from '../../src/renderer/features/sql/format.ts'
import { complete } from '../../src/renderer/features/sql/language/complete.ts'
import { withoutGaps } from '../../src/renderer/features/sql/language/grammar-gaps.ts'
import { readHeader, writeHeader } from '../../src/renderer/features/sql/model/header.ts'
import { tablesMade } from '../../src/renderer/features/sql/model/made.ts'
import { withTables } from '../../src/renderer/features/sql/model/schema.ts'
import { tokens } from '../../src/renderer/features/sql/model/tokens.ts'

const FLINK = `CREATE TABLE orders (
  id BIGINT,
  price DECIMAL(10, 2),
  tags ARRAY<STRING>,
  ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'kinesis', 'stream' = 'orders');
SELECT window_start, SUM(price) AS total FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end;
`

describe('a document for Spark or Flink', () => {
  it('says so in its header, with its database', () => {
    expect(readHeader('-- engine: flink, database: shop\nSELECT 1')).toEqual({ engine: 'flink', database: 'shop' })
    expect(writeHeader('SELECT 1', { engine: 'spark', database: 'shop' })).toBe(
      '-- engine: spark, database: shop\nSELECT 1',
    )
    expect(readHeader('-- engine: presto\n')).toEqual({})
  })

  it('knows the tables that it makes', () => {
    const [table] = tablesMade(FLINK, 'default')
    expect(table.name).toBe('orders')
    expect(table.columns).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'price', type: 'DECIMAL(10, 2)' },
      { name: 'tags', type: 'ARRAY<STRING>' },
      { name: 'ts', type: 'TIMESTAMP(3)' },
    ])
    const schema = withTables({ loaded: true, databases: [] }, 'default', [table])
    const text = `${FLINK}SELECT  FROM orders`
    const found = complete(text, text.indexOf('SELECT  FROM') + 7, { engine: 'flink', database: 'default' }, schema)
    expect(found.items.filter(({ kind }) => kind === 'column').map(({ label }) => label)).toEqual([
      'id',
      'price',
      'tags',
      'ts',
    ])
  })

  it('quotes names with backticks and offers the functions of its dialect', () => {
    const schema = withTables({ loaded: true, databases: [] }, 'db', [
      { database: 'db', name: 'My Table', detail: '', columns: [] },
    ])
    const [table] = complete('SELECT * FROM ', 14, { engine: 'spark', database: 'db' }, schema).items
    expect(table.insert).toBe('`My Table`')
    const names = (engine: 'spark' | 'flink', typed: string) =>
      complete(`SELECT ${typed}`, 7 + typed.length, { engine }, schema).items.map(({ label }) => label)
    expect(names('spark', 'explo')).toContain('explode')
    expect(names('flink', 'procti')).toContain('proctime')
    expect(names('flink', 'explo')).not.toContain('explode')
  })

  it('is laid out without a word changed', async () => {
    const texts = [
      ['flink', FLINK],
      [
        'flink',
        'SELECT * FROM `my t` MATCH_RECOGNIZE (PARTITION BY s ORDER BY ts MEASURES A.ts AS a ONE ROW PER MATCH PATTERN (A B+ C{2,3}) DEFINE B AS B.p < A.p)',
      ],
      ['flink', 'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT * FROM t; INSERT INTO b SELECT * FROM t; END;'],
      [
        'spark',
        'select a, transform(b, x -> x + 1) from `t` lateral view explode(c) e as y where d = "text" and `q` <=> 1',
      ],
      ['spark', "INSERT OVERWRITE TABLE t PARTITION (d='1') SELECT /*+ BROADCAST(s) */ * FROM s -- end"],
    ] as const
    const said = (text: string) => tokens(text).map(({ text: word }) => word.toUpperCase())
    for (const [dialect, text] of texts) expect(said(await formatSql(text, dialect))).toEqual(said(text))
  })

  it('reads what the grammar does not know in its place, letter by letter', () => {
    const text =
      'SELECT RANK() OVER (ORDER BY a) r, b FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL 1))'
    const read = withoutGaps(text, 'flink')
    expect(read).toHaveLength(text.length)
    expect(read.replaceAll(/ +/g, ' ')).toBe(
      'SELECT RANK() r, b FROM TABLE(TUMBLE (TABLE t , DESCRIPTOR(ts), INTERVAL 1))',
    )
    expect(withoutGaps(text, 'spark')).toBe(text)
  })
})
