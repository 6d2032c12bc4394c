import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestMapReduce, WORD_COUNT } from '../support/mapreduce.ts'

let bed: TestMapReduce
let path: string
let expected: string[]
/** More of one word than a query takes at once, in an order that sorts differently as text and by field. */
const WORDS = Array.from({ length: 50_000 }, (_, i) => (i % 2 === 0 ? 'often' : `w${(i * 7919) % 1009}`))
const TASK = 'org.apache.hadoop.mapreduce.TaskCounter'
const TIMES = { timeout: 30_000 }

beforeAll(async () => {
  bed = await TestMapReduce.start()
  path = bed.put('words/a.txt', WORDS.map((word, i) => (i % 9 === 8 ? `${word}\n` : `${word} `)).join(''))
  const counts = new Map<string, number>()
  for (const word of WORDS) counts.set(word, (counts.get(word) ?? 0) + 1)
  expected = [...counts].map(([word, count]) => `${word}\t${count}`).sort()
})
afterAll(() => bed[Symbol.asyncDispose]())

const sql = (text: string) => ({ kind: 'sql' as const, text })
const sh = (script: string) => ({ kind: 'command' as const, argv: ['/bin/sh', '-c', script] })
const SUM = sql('SELECT key, sum(value) FROM input GROUP BY key ORDER BY key')
const BY_WORD = sql("SELECT word, 1 FROM (SELECT unnest(string_split(value, ' ')) AS word FROM input) WHERE word <> ''")
/** Sums of keys that follow each other, as a reducer of Hadoop Streaming has to be. */
const SUMS = sh(
  `awk -F '\t' '{ if (NR > 1 && $1 != k) { print k "\t" s; s = 0 } k = $1; s += $2 } END { if (NR) print k "\t" s }'`,
)
const spec = () => ({ input: { paths: [path], splitBytes: 150_000 }, reducers: 2, containerMiB: 512 })

describe('a job in SQL', () => {
  it('sees whole groups in its combine and reduce, and gives what the same in JavaScript gives', TIMES, async () => {
    const { id } = await bed.submit({ ...spec(), map: BY_WORD, combine: SUM, reduce: SUM, memoryMiB: 1 })
    const status = await bed.ended(id)
    expect(status.reason).toBeUndefined()
    expect(bed.read(status.output).sort()).toEqual(expected)
    const counters = (await bed.client.counters({ id }))[TASK]
    expect(counters.COMBINE_INPUT_RECORDS).toBe(WORDS.length)
    expect(counters.COMBINE_OUTPUT_RECORDS).toBe(counters.REDUCE_INPUT_RECORDS)
    expect(counters.REDUCE_INPUT_RECORDS).toBeLessThan(WORDS.length / 10)
    expect(await bed.client.sample({ id, stage: 'combined', limit: 1 })).toHaveLength(1)
  })

  it('shares a job with modules of other stages, over JSON, by fields of the key', TIMES, async () => {
    const fn = bed.module(WORD_COUNT, 'jobs/words.mjs')
    const rows = [
      { c: 'b', n: 1 },
      { c: 'a', n: 2.5 },
      { c: 'b', n: 3, far: true },
    ]
    const json = bed.put('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    const reduced = await bed.lines({
      input: { paths: [json], format: 'jsonLines' },
      map: sql("SELECT value->>'c', (value->'n')::DOUBLE FROM input"),
      reduce: fn('reduce'),
      sort: { fields: [{ from: 1, reverse: true }] },
      combine: sql('SELECT key, sum(value) FROM input GROUP BY key'),
      containerMiB: 512,
    })
    expect(reduced).toEqual(['b\t4', 'a\t2.5'])
    const named = await bed.lines({
      input: { paths: [json], format: 'jsonLines' },
      map: sql("SELECT value->>'c' AS c, (value->>'n')::DECIMAL(5,1) AS n, value->'far' AS far FROM input"),
      reducers: 0,
      output: { path: bed.newOutput(), format: 'jsonLines' },
      containerMiB: 512,
    })
    expect(named.map((line) => JSON.parse(line))).toEqual([
      { key: 'b', value: { n: 1, far: null } },
      { key: 'a', value: { n: 2.5, far: null } },
      { key: 'b', value: { n: 3, far: true } },
    ])
  })

  it.each([
    ["SELECT content, 1 FROM read_text('/etc/hostname')", /disabled by configuration/],
    ['DELETE FROM records', /one SELECT/],
    ['SELECT 1; SELECT 2', /one SELECT/],
    ['SELECT nothing FROM input', /"nothing" not found/],
  ])('fails with the reason: %s', TIMES, async (text, reason) => {
    const status = await bed.run({ input: { paths: [path] }, map: sql(text), maxAttempts: 1, containerMiB: 512 })
    expect(status.state).toBe('FAILED')
    expect(status.reason).toMatch(reason)
  })
})

describe('a combiner that is a command', () => {
  const map = sh(`tr -s ' ' '\n' | sed 's/$/\t1/'`)

  it('leaves the result as it is, and less to be shuffled', TIMES, async () => {
    const { id } = await bed.submit({ ...spec(), map, combine: SUMS, reduce: SUMS })
    const status = await bed.ended(id)
    expect(status.reason).toBeUndefined()
    expect(bed.read(status.output).sort()).toEqual(expected)
    const counters = (await bed.client.counters({ id }))[TASK]
    expect(counters.COMBINE_OUTPUT_RECORDS).toBe(counters.REDUCE_INPUT_RECORDS)
    expect(counters.REDUCE_INPUT_RECORDS).toBeLessThan(WORDS.length / 10)
  })

  it('may not change the order of keys, nor their partition', TIMES, async () => {
    const failing = { ...spec(), map, reduce: SUMS, maxAttempts: 1 }
    const backwards = await bed.run({ ...failing, combine: sh('sort -r') })
    expect(backwards.reason).toMatch(/keep the order of keys/)
    const changed = await bed.run({ ...failing, reducers: 7, combine: sh(`awk '{ print "w1\t" 1 }'`) })
    expect(changed.reason).toMatch(/of another partition/)
  })
})

it('names the place in the source of a module that was compiled', TIMES, async () => {
  // Its second line comes from the fifth of the source, from the third column on.
  const map = { version: 3, sources: ['src/lost.ts'], names: [], mappings: ';AAIE' }
  const code = `export function map() {\n  throw new Error('lost')\n}\n`
  const fn = bed.module(
    `${code}//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`,
    'jobs/lost.mjs',
  )
  const failed = await bed.run({ ...spec(), map: fn('map'), maxAttempts: 1 })
  expect(failed).toMatchObject({ state: 'FAILED', at: { file: 'jobs/src/lost.ts', line: 5 } })
})

it('counts what was done until it failed, also in the task that failed', TIMES, async () => {
  const code = `export const map = (_, line, { emit }) => emit(line, 1)\nexport const reduce = () => { throw new Error('no') }\n`
  const fn = bed.module(code, 'jobs/halfway.mjs')
  const failed = await bed.run({ ...spec(), map: fn('map'), reduce: fn('reduce'), reducers: 1, maxAttempts: 1 })
  const stage = (name: string) => failed.stages.find((each) => each.stage === name)!
  expect(failed.state).toBe('FAILED')
  expect(stage('shuffle').bytesOut).toBe(stage('shuffle').bytesIn)
  expect(stage('reduce').bytesIn).toBeGreaterThan(0)
})

it('refuses functions that cannot run together', async () => {
  const fn = bed.module(WORD_COUNT, 'jobs/words.mjs')
  await expect(bed.submit({ ...spec(), map: fn('map'), combine: SUM, reduce: SUM })).rejects.toThrow('share a process')
  await expect(bed.submit({ ...spec(), map: BY_WORD, partition: fn('map'), reduce: SUM })).rejects.toThrow(
    'does not partition for SQL',
  )
  await expect(bed.submit({ ...spec(), map: BY_WORD, reduce: SUM, partition: SUM })).rejects.toThrow(
    'has to be a module',
  )
  await expect(bed.submit({ ...spec(), map: BY_WORD, reduce: SUM, records: 'bytes' })).rejects.toThrow(
    'records cannot be bytes',
  )
})
