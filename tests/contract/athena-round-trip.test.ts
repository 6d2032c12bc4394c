import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AthenaBed } from '../support/athena-bed.ts'

/**
 * What INSERT, CREATE TABLE AS and UNLOAD write in text is read back as it was, held against a Parquet table of the same rows; or the
 * statement is refused, and says why.
 */
const RUNS = process.env.MILLRACE_NIGHTLY ? 20 : 2

let bed: AthenaBed
let tables = 0

beforeAll(async () => {
  bed = await AthenaBed.start()
})
afterAll(async () => bed[Symbol.asyncDispose]())

/** A type in Hive's and in Trino's words, and its values as Trino writes them. */
interface Kind {
  readonly hive: string
  readonly trino: string
  readonly value: fc.Arbitrary<string>
}

/** No statement has a NUL in it. */
function quoted(text: string): string {
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`)
  return parts.length === 1 ? parts[0] : `concat(${parts.join(', chr(0), ')})`
}
const cast = (value: string, trino: string) => `CAST(${value} AS ${trino})`
const kind = (hive: string, trino: string, value: fc.Arbitrary<string>): Kind => ({
  hive,
  trino,
  value: value.map((text) => cast(text, trino)),
})
const digits = (max: number) => fc.bigInt({ min: -(10n ** BigInt(max)) + 1n, max: 10n ** BigInt(max) - 1n })
const decimal = (width: number, scale: number) =>
  kind(
    `decimal(${width},${scale})`,
    `decimal(${width},${scale})`,
    digits(width).map((n) => {
      const text = `${n < 0n ? -n : n}`.padStart(scale + 1, '0')
      return quoted(`${n < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`)
    }),
  )
const times = fc
  .integer({ min: -62_000_000_000, max: 250_000_000_000 })
  .map((s) => new Date(s * 1000 + 7).toISOString())

const plain: readonly Kind[] = [
  kind('boolean', 'boolean', fc.boolean().map(String)),
  kind('tinyint', 'tinyint', fc.integer({ min: -128, max: 127 }).map(String)),
  kind('int', 'integer', fc.oneof(fc.constant('-1'), fc.integer().map(String))),
  kind('bigint', 'bigint', digits(18).map(String)),
  decimal(5, 2),
  decimal(38, 10),
  kind(
    'double',
    'double',
    fc.oneof(
      fc.constantFrom('nan()', 'infinity()', '-infinity()'),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map((n) => quoted(String(n))),
    ),
  ),
  kind(
    'float',
    'real',
    fc.float({ noDefaultInfinity: true, noNaN: true }).map((n) => quoted(String(n))),
  ),
  kind(
    'date',
    'date',
    times.map((text) => quoted(text.slice(0, 10))),
  ),
  kind(
    'timestamp',
    'timestamp(3)',
    times.map((text) => quoted(text.slice(0, -1).replace('T', ' '))),
  ),
  kind(
    'binary',
    'varbinary',
    fc.uint8Array({ maxLength: 5 }).map((bytes) => `X'${Buffer.from(bytes).toString('hex')}'`),
  ),
]
const text = (of: fc.Arbitrary<string>) => kind('string', 'varchar', of.map(quoted))

const orNull = ({ value, trino }: Kind) => fc.oneof({ weight: 5, arbitrary: value }, fc.constant(cast('NULL', trino)))

/** `isWild`: also what a text cannot tell from NULL or an empty array. */
function nested(leaf: Kind, key: Kind, deep: Kind, isWild: boolean): Kind[] {
  const list = (of: Kind) =>
    fc
      .array(orNull(of), { maxLength: 3 })
      .filter((items) => isWild || items.length !== 1)
      .map((items) => cast(`ARRAY[${items.join(', ')}]`, `array(${of.trino})`))
  const array = (of: Kind): Kind => ({ hive: `array<${of.hive}>`, trino: `array(${of.trino})`, value: list(of) })
  const map = (of: Kind): Kind => {
    const trino = `map(${key.trino}, ${of.trino})`
    const entries = fc.uniqueArray(fc.tuple(key.value, orNull(of)), { maxLength: 3, selector: ([name]) => name })
    const value = entries.map((pairs) =>
      pairs.length === 0
        ? cast('MAP()', trino)
        : cast(
            `MAP(ARRAY[${pairs.map(([name]) => name).join(', ')}], ARRAY[${pairs.map(([, held]) => held).join(', ')}])`,
            trino,
          ),
    )
    return { hive: `map<${key.hive},${of.hive}>`, trino, value }
  }
  const struct = (of: Kind): Kind => {
    const trino = `row(x1 ${of.trino}, x2 ${leaf.trino})`
    const value = fc.tuple(orNull(of), orNull(leaf)).map(([one, two]) => cast(`ROW(${one}, ${two})`, trino))
    return { hive: `struct<x1:${of.hive},x2:${leaf.hive}>`, trino, value }
  }
  return [
    array(leaf),
    map(leaf),
    struct(leaf),
    array(struct(deep)),
    map(array(leaf)),
    struct(map(deep)),
    array(array(deep)),
  ]
}

const json = (serde: string) => `ROW FORMAT SERDE '${serde}'`
const OPENX = json('org.openx.data.jsonserde.JsonSerDe')
const OPEN_CSV = `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'`

interface Format {
  readonly words: string
  /** Characters that it carries. */
  readonly carries: string
  readonly hasNested?: boolean
  readonly hasNull?: boolean
}

const COMMON = 'aN -é🎈\t"\''
const MARKS = '|,;:\\\u0001\u0002\u0003\u0004'
const FORMATS: Readonly<Record<string, Format>> = {
  'LazySimpleSerDe by default': { words: 'STORED AS TEXTFILE', carries: `${COMMON}|,;:\\` },
  'LazySimpleSerDe with delimiters': {
    words: `ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' COLLECTION ITEMS TERMINATED BY ';' MAP KEYS TERMINATED BY '|' NULL DEFINED AS '(null)'`,
    carries: `${COMMON}\\\u0001\u0002\u0003`,
  },
  'LazySimpleSerDe with an escape': {
    words: `ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\' COLLECTION ITEMS TERMINATED BY '|' NULL DEFINED AS 'NULL'`,
    carries: COMMON + MARKS,
  },
  'LazySimpleSerDe with an escape that numbers have': {
    words: `ROW FORMAT DELIMITED FIELDS TERMINATED BY '-' ESCAPED BY '+' MAP KEYS TERMINATED BY ':' NULL DEFINED AS '1'`,
    carries: COMMON + MARKS,
  },
  'OpenX JSON': {
    words: `${OPENX} WITH SERDEPROPERTIES ('mapping.c1'='Mapped')`,
    carries: `${COMMON}${MARKS}\n\r\u0000`,
  },
  'OpenX JSON by case': {
    words: `${OPENX} WITH SERDEPROPERTIES ('case.insensitive'='false', 'mapping.c1'='ID')`,
    carries: `${COMMON}${MARKS}\n\r\u0000`,
  },
  'OpenX JSON with dots in keys': {
    words: `${OPENX} WITH SERDEPROPERTIES ('dots.in.keys'='true')`,
    carries: `${COMMON}${MARKS}.\n`,
  },
  'Hive JSON': { words: json('org.apache.hive.hcatalog.data.JsonSerDe'), carries: `${COMMON}${MARKS}\n\r\u0000` },
  OpenCSVSerDe: { words: OPEN_CSV, carries: COMMON + MARKS, hasNested: false, hasNull: false },
  'OpenCSVSerDe with its own characters': {
    words: `${OPEN_CSV} WITH SERDEPROPERTIES ('separatorChar'=';', 'quoteChar'='''', 'escapeChar'='|')`,
    carries: COMMON + MARKS,
    hasNested: false,
    hasNull: false,
  },
  'OpenCSVSerDe whose quote is its escape': {
    words: `${OPEN_CSV} WITH SERDEPROPERTIES ('escapeChar'='"')`,
    carries: COMMON + MARKS,
    hasNested: false,
    hasNull: false,
  },
}

/** Types of columns, and rows of their values. */
function rowsOf({ carries, hasNested = true, hasNull = true }: Format, isWild: boolean) {
  const characters = [...carries, ...(isWild ? `${MARKS}\n\r\u0000\uFEFFx1IDNUL` : '')]
  const strings = fc.string({ unit: fc.constantFrom(...characters), maxLength: 6 })
  const words = isWild ? fc.oneof(strings, fc.constantFrom('\\N', 'NULL', '(null)', '', 'X1', 'C1')) : strings
  const string = text(words)
  const leaf = fc.constantFrom(string, string, ...plain)
  const column = hasNested
    ? fc.oneof(
        leaf,
        fc
          .tuple(leaf, fc.constantFrom(string, plain[2], plain[4], plain[6], plain[8], plain[10]), leaf, fc.nat(6))
          .map(([of, key, deep, which]) => nested(of, key, deep, isWild)[which]),
      )
    : leaf
  const held = (of: Kind) => (hasNull || isWild ? orNull(of) : of.value)
  return fc.tuple(string.value, fc.array(column, { minLength: 1, maxLength: 4 })).chain(([, more]) => {
    const kinds = [string, ...more]
    const row = fc.tuple(...kinds.map(held))
    const types = fc.constant(kinds.map(({ hive }) => hive))
    return fc.record({ types, rows: fc.array(row, { minLength: 1, maxLength: 6 }) })
  })
}

const values = (rows: readonly (readonly string[])[]) => rows.map((row, i) => `(${[i, ...row].join(', ')})`).join(', ')

async function columnsAndRows(table: string) {
  return bed.rows(`SELECT * FROM ${table} ORDER BY id`)
}

async function empty(types: readonly string[], words: string): Promise<string> {
  const table = `r${++tables}`
  const columns = ['id int', ...types.map((type, i) => `c${i + 1} ${type}`)].join(', ')
  await bed.rows(`CREATE EXTERNAL TABLE ${table} (${columns}) ${words} LOCATION 's3://data/${table}/'`)
  return table
}

describe.each(Object.entries(FORMATS))('%s', (_, format) => {
  it('reads back what it carries', { timeout: 60_000 + RUNS * 10_000 }, async () => {
    const property = fc.asyncProperty(rowsOf(format, false), async ({ types, rows }) => {
      const [table, peer] = [await empty(types, format.words), await empty(types, 'STORED AS PARQUET')]
      for (const name of [table, peer]) await bed.rows(`INSERT INTO ${name} VALUES ${values(rows)}`)
      expect(await columnsAndRows(table)).toEqual(await columnsAndRows(peer))
    })
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
  })

  it('reads back or refuses whatever it is given', { timeout: 60_000 + RUNS * 20_000 }, async () => {
    const property = fc.asyncProperty(rowsOf(format, true), async ({ types, rows }) => {
      const [table, peer] = [await empty(types, format.words), await empty(types, 'STORED AS PARQUET')]
      for (const [i, row] of rows.entries()) {
        const insert = (name: string) => bed.run(`INSERT INTO ${name} VALUES (${[i, ...row].join(', ')})`)
        const { state, error } = await insert(table)
        if (state === 'SUCCEEDED') expect((await insert(peer)).state).toBe('SUCCEEDED')
        else expect(`${error?.code}: ${error?.message}`).toMatch(/^HIVE_WRITER_DATA_ERROR: Column c\d+ .*(Use|use) /s)
      }
      expect(await columnsAndRows(table)).toEqual(await columnsAndRows(peer))
    })
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
  })
})
