import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { TPCH_QUERIES, TPCH_TABLES } from '../support/tpch.ts'
import { TPCH_ANSWERS } from '../support/tpch-answers.ts'
import { askAthena, duckdbAlone, registerTables, tpchData } from '../support/tpch-data.ts'

const SCHEMA: Readonly<Record<string, string>> = {
  customer:
    'c_custkey bigint, c_name string, c_address string, c_nationkey bigint, c_phone string, c_acctbal decimal(15,2), c_mktsegment string, c_comment string',
  lineitem: `l_orderkey bigint, l_partkey bigint, l_suppkey bigint, l_linenumber int, l_quantity decimal(15,2), l_extendedprice decimal(15,2),
    l_discount decimal(15,2), l_tax decimal(15,2), l_returnflag string, l_linestatus string, l_shipdate date, l_commitdate date, l_receiptdate date,
    l_shipinstruct string, l_shipmode string, l_comment string`,
  nation: 'n_nationkey bigint, n_name string, n_regionkey bigint, n_comment string',
  orders: `o_orderkey bigint, o_custkey bigint, o_orderstatus string, o_totalprice decimal(15,2), o_orderdate date, o_orderpriority string, o_clerk string,
    o_shippriority int, o_comment string`,
  part: `p_partkey bigint, p_name string, p_mfgr string, p_brand string, p_type string, p_size int, p_container string, p_retailprice decimal(15,2),
    p_comment string`,
  partsupp: 'ps_partkey bigint, ps_suppkey bigint, ps_availqty int, ps_supplycost decimal(15,2), ps_comment string',
  region: 'r_regionkey bigint, r_name string, r_comment string',
  supplier:
    's_suppkey bigint, s_name string, s_address string, s_nationkey bigint, s_phone string, s_acctbal decimal(15,2), s_comment string',
}

async function start(limits?: { olapMemoryBytes: number; olapThreads: number }): Promise<TestEngines> {
  return startEngines([lake, catalog, athena], limits ? { limits } : {})
}

describe('over tables without rows', () => {
  let engines: TestEngines
  beforeAll(async () => {
    engines = await start()
    await engines.clients.lake.createBucket({ bucket: 'tpch' })
    await engines.clients.catalog.createDatabase({ database: 'tpch' })
    for (const [name, columns] of Object.entries(SCHEMA))
      await engines.clients.catalog.createTable({
        database: 'tpch',
        name,
        columns: columns.split(/,\s+/).map((column) => {
          const [, field, type] = /^(\S+) (.*)$/s.exec(column.trim())!
          return { name: field, type }
        }),
        partitionKeys: [],
        location: `s3://tpch/${name}/`,
        format: 'parquet',
      })
  })
  afterAll(() => engines[Symbol.asyncDispose]())

  it.each(TPCH_QUERIES.map((sql, i) => [i + 1, sql] as const))('Q%i has an answer', async (query, sql) => {
    // An aggregate without groups has one row.
    expect(await askAthena(engines.clients, sql)).toHaveLength([6, 14, 17, 19].includes(query) ? 1 : 0)
  })
})

type Ask = (sql: string) => Promise<unknown[][]>

/** Numbers agree in the digits that both have; the publisher rounds some of them. */
function agree(a: unknown, b: unknown): boolean {
  const [x, y] = [a, b].map((value) => String(value ?? '').trim())
  if (x === y) return true
  if (!/^-?\d+(\.\d+)?$/.test(x) || !/^-?\d+(\.\d+)?$/.test(y)) return false
  const digits = Math.min(...[x, y].map((text) => text.split('.')[1]?.length ?? 0))
  return (
    Math.abs(Number(x) - Number(y)) <= 0.5001 * 10 ** -digits * (digits === 0 ? 0 : 2) + Math.abs(Number(x)) * 1e-14
  )
}

function compare(query: number, ours: unknown[][], theirs: unknown[][]): string[] {
  if (ours.length !== theirs.length) return [`Q${query}: ${ours.length} rows, not ${theirs.length}`]
  return ours.flatMap((row, r) =>
    row.every((value, c) => agree(value, theirs[r][c]))
      ? []
      : [`Q${query} row ${r}: ${row.join('|')}, not ${theirs[r].join('|')}`],
  )
}

/** PostgreSQL of the system over the files, for as long as the test takes; undefined where it is not installed. */
async function postgres(folder: string): Promise<{ ask: Ask; stop(): void } | undefined> {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  const bin = versions
    .map((version) => join('/usr/lib/postgresql', version, 'bin'))
    .find((path) => existsSync(join(path, 'initdb')))
  if (!bin) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'millrace-postgres-'))
  // It refuses to run as root.
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? ['runuser', '-u', 'postgres', '--'] : []
  if (isRoot) execFileSync('chown', ['postgres', directory])
  chmodSync(directory, 0o755)
  const run = (program: string, ...args: string[]) => {
    const [command, ...rest] = [...user, join(bin, program), ...args]
    return execFileSync(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: directory,
      maxBuffer: 1024 ** 3,
    }).toString()
  }
  const data = join(directory, 'data')
  run('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--locale=C')
  const [command, ...rest] = [
    ...user,
    join(bin, 'postgres'),
    '-D',
    data,
    '-k',
    directory,
    '-c',
    'listen_addresses=',
    '-c',
    'fsync=off',
  ]
  const server = spawn(command, rest, { stdio: 'ignore', cwd: directory })
  const psql = (sql: string) =>
    run('psql', '-h', directory, '-U', 'postgres', '-qAt', '-F', '\u001f', '-v', 'ON_ERROR_STOP=1', '-c', sql)
  for (let tries = 0; ; tries++) {
    try {
      psql('SELECT 1')
      break
    } catch (thrown) {
      if (tries > 100) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const duckdb = await duckdbAlone(folder, 2, '1GB')
  for (const table of TPCH_TABLES) {
    psql(`CREATE TABLE ${table} (${SCHEMA[table].replaceAll('string', 'varchar')})`)
    const file = join(directory, `${table}.csv`)
    await duckdb.run(`COPY ${table} TO '${file}' (FORMAT csv, HEADER false)`)
    chmodSync(file, 0o644)
    psql(`COPY ${table} FROM '${file}' (FORMAT csv)`)
  }
  psql(
    'CREATE INDEX ON lineitem (l_partkey, l_suppkey); CREATE INDEX ON lineitem (l_orderkey); CREATE INDEX ON orders (o_custkey); CREATE INDEX ON partsupp (ps_partkey); ANALYZE',
  )
  duckdb.closeSync()
  return {
    ask: async (sql) =>
      psql(sql)
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split('\u001f')),
    stop: () => {
      run('pg_ctl', '-D', data, 'stop', '-m', 'immediate')
      server.unref()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

describe.runIf(process.env.MILLRACE_NIGHTLY)('over data of the benchmark', () => {
  const over = async (
    scale: number,
    check: (ask: Ask, folder: string) => Promise<void>,
    skip: (why: string) => void,
  ) => {
    const folder = tpchData(scale)
    if (!folder) return skip('tpchgen-cli cannot be had from the Python registry')
    await using engines = await start({ olapMemoryBytes: 3 * 1024 ** 3, olapThreads: 2 })
    await registerTables(engines.clients, folder, engines.workspaceDirectory)
    await check((sql) => askAthena(engines.clients, sql), folder)
  }

  it('gives the published answers at scale 1', async ({ skip }) => {
    await over(
      1,
      async (ask) => {
        const wrong: string[] = []
        for (const [query, { rows, at }] of Object.entries(TPCH_ANSWERS)) {
          const ours = await ask(TPCH_QUERIES[Number(query) - 1])
          if (ours.length !== rows) wrong.push(`Q${query}: ${ours.length} rows, not ${rows}`)
          for (const [place, answer] of Object.entries(at))
            wrong.push(...compare(Number(query), [ours[Number(place)] ?? []], [answer.split('|')]))
        }
        expect(wrong).toEqual([])
      },
      skip,
    )
  }, 900_000)

  it('answers at scale 0.1 what PostgreSQL does', async ({ skip }) => {
    await over(
      0.1,
      async (ask, folder) => {
        const other = await postgres(folder)
        if (!other) return skip('PostgreSQL is not installed (Debian: postgresql)')
        try {
          const wrong: string[] = []
          for (const [index, sql] of TPCH_QUERIES.entries())
            wrong.push(...compare(index + 1, await ask(sql), await other.ask(sql)))
          expect(wrong).toEqual([])
        } finally {
          other.stop()
        }
      },
      skip,
    )
  }, 900_000)
})
