import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AthenaBed } from '../support/athena-bed.ts'

let bed: AthenaBed
const nightly = process.env.MILLRACE_NIGHTLY !== undefined

beforeAll(async () => {
  bed = await AthenaBed.start()
})
afterAll(async () => bed[Symbol.asyncDispose]())

/** A Parquet file of three row groups' worth of rows, as bytes. */
async function parquet(folder: string, select = 'n AS a, cast(n AS varchar) AS b'): Promise<Buffer> {
  await bed.rows(`CREATE TABLE made_${folder} WITH (external_location='s3://data/made_${folder}/', write_compression='SNAPPY')
    AS SELECT ${select} FROM UNNEST(sequence(1, 3000)) t(n)`)
  const [object] = await bed.engines.clients.lake.locate({ uri: `s3://data/made_${folder}/` })
  return readFileSync(object.file)
}

const external = (name: string, columns = 'a bigint, b string') =>
  bed.rows(`CREATE EXTERNAL TABLE ${name} (${columns}) STORED AS PARQUET LOCATION 's3://data/${name}/'`)

describe('damaged files', () => {
  it('names the Parquet file whose footer or page is broken, and goes on with other queries', async () => {
    const whole = await parquet('whole')
    bed.put('good/a.parquet', whole)
    bed.put('cut/a.parquet', whole)
    bed.put('cut/b.parquet', whole.subarray(0, whole.length - 100))
    bed.put('short/b.parquet', 'PAR')
    bed.put('text/b.parquet', 'not parquet at all, but long enough to look')
    const footer = Buffer.from(whole)
    footer.fill(0xff, footer.length - 200, footer.length - 8)
    bed.put('footer/b.parquet', footer)
    const page = Buffer.from(whole)
    page.fill(0xff, 4, 2000)
    bed.put('page/b.parquet', page)
    for (const name of ['good', 'cut', 'short', 'text', 'footer', 'page']) await external(name)
    for (const name of ['cut', 'short', 'text', 'footer', 'page']) {
      const [failure, sum] = await Promise.all([
        bed.failure(`SELECT sum(a), max(b) FROM ${name}`),
        bed.rows('SELECT sum(a) FROM good'),
      ])
      expect(failure, name).toMatch(new RegExp(`^HIVE_[A-Z_]+: .*s3://data/${name}/b\\.parquet`))
      expect(failure, name).not.toContain(bed.engines.workspaceDirectory)
      expect(sum).toEqual([['4501500']])
    }
  })

  it('names the gzip file that is cut off', async () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `${i},x${(i * 7919) % 10_007}`).join('\n')
    const whole = gzipSync(text)
    bed.put('gz/a.csv.gz', whole.subarray(0, whole.length >> 1))
    bed.put('nogz/a.csv.gz', 'plain text')
    for (const name of ['gz', 'nogz']) {
      await bed.rows(
        `CREATE EXTERNAL TABLE ${name} (a int, b string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/${name}/'`,
      )
      expect(await bed.failure(`SELECT count(*), sum(a) FROM ${name}`)).toMatch(
        new RegExp(`^HIVE_[A-Z_]+: .*s3://data/${name}/a.csv.gz`),
      )
    }
  })

  it('names the text that is no UTF-8', async () => {
    bed.put('latin/a.csv', Buffer.from([0x61, 0xe9, 0x0a]))
    await bed.rows(`CREATE EXTERNAL TABLE latin (a string) LOCATION 's3://data/latin/'`)
    expect(await bed.failure('SELECT * FROM latin')).toMatch(
      /^HIVE_BAD_DATA: Text file s3:\/\/data\/latin\/a.csv is not UTF-8/,
    )
    await bed.rows(`ALTER TABLE latin SET TBLPROPERTIES ('serialization.encoding'='ISO-8859-1')`)
    expect(await bed.rows('SELECT * FROM latin')).toEqual([['aé']])
  })
})

describe('files that differ', () => {
  it('widens numbers, finds columns in any order, and fills what is missing', async () => {
    bed.put('mixed/1.parquet', await parquet('m1', `cast(n AS integer) AS a, 'x' AS b`))
    bed.put('mixed/2.parquet', await parquet('m2', `'y' AS b, cast(n AS bigint) AS a, 1 AS extra`))
    bed.put('mixed/3.parquet', await parquet('m3', `cast(n AS double) AS c`))
    await external('mixed', 'a bigint, b string, c double')
    expect(await bed.rows('SELECT count(*), sum(a), min(b), max(b), sum(c) FROM mixed')).toEqual([
      ['9000', '9003000', 'x', 'y', 4501500],
    ])
  })

  it('names the file whose column is of another kind', async () => {
    bed.put('kinds/1.parquet', await parquet('k1', 'n AS a'))
    bed.put('kinds/2.parquet', await parquet('k2', `'x' AS a`))
    await external('kinds', 'a bigint')
    expect(await bed.failure('SELECT sum(a) FROM kinds')).toMatch(
      /^HIVE_BAD_DATA: Field a's type VARCHAR in parquet file s3:\/\/data\/kinds\/2.parquet is incompatible with type bigint/,
    )
  })
})

describe('awkward amounts', () => {
  it('reads very many tiny files', async () => {
    const files = nightly ? 10_000 : 500
    for (let i = 0; i < files; i++) bed.put(`tiny/${i}.csv`, `${i}\n`)
    await bed.rows(`CREATE EXTERNAL TABLE tiny (a int) LOCATION 's3://data/tiny/'`)
    expect(await bed.rows('SELECT count(*), sum(a) FROM tiny')).toEqual([
      [String(files), String((files * (files - 1)) / 2)],
    ])
    expect((await bed.run('SELECT a FROM tiny')).bytesScanned).toBeGreaterThan(files * 2)
  })

  it('refuses a line that is too long, by its file, and reads one that is long', async () => {
    const long = (name: string, megabytes: number) => {
      const file = openSync(bed.path(`${name}/a.csv`), 'w')
      writeSync(file, '1,a\n2,')
      const chunk = Buffer.alloc(1_000_000, 'x')
      for (let i = 0; i < megabytes; i++) writeSync(file, chunk)
      writeSync(file, '\n3,c\n')
      closeSync(file)
      return bed.rows(
        `CREATE EXTERNAL TABLE ${name} (a int, b string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/${name}/'`,
      )
    }
    await long('fits', 7)
    expect(await bed.rows('SELECT a, length(b) FROM fits ORDER BY a')).toEqual([
      [1, '1'],
      [2, '7000000'],
      [3, '1'],
    ])
    await long('huge', nightly ? 2000 : 64)
    expect(await bed.failure('SELECT a, length(b) FROM huge')).toMatch(
      /^HIVE_BAD_DATA: Line too long in text file: s3:\/\/data\/huge\/a.csv/,
    )
    expect(await bed.rows('SELECT count(*) FROM fits')).toEqual([['3']])
  })
})
