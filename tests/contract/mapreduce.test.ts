import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestMapReduce, WORD_COUNT } from '../support/mapreduce.ts'

let bed: TestMapReduce
beforeAll(async () => {
  bed = await TestMapReduce.start()
})
afterAll(() => bed[Symbol.asyncDispose]())

const NIGHTLY = process.env.MILLRACE_NIGHTLY !== undefined
const TIMES = { timeout: 30_000 }
const TASK = 'org.apache.hadoop.mapreduce.TaskCounter'

describe('a job', () => {
  it('gives with a combiner and with spills what it gives without, and counts as Hadoop does', TIMES, async () => {
    const fn = bed.module(WORD_COUNT)
    const words = Array.from({ length: 60_000 }, (_, i) => `w${(i * 7919) % 5003}`)
    const text = words.map((word, i) => (i % 9 === 8 ? `${word}\n` : `${word} `)).join('')
    const path = bed.put('words/a.txt', text)
    const expected = new Map<string, number>()
    for (const word of words) expected.set(word, (expected.get(word) ?? 0) + 1)
    const spec = {
      input: { paths: [path], splitBytes: 200_000 },
      map: fn('map'),
      reduce: fn('reduce'),
      memoryMiB: 1,
      reducers: 2,
    }
    const plain = await bed.lines(spec)
    expect(new Map(plain.map((line) => [line.split('\t')[0], Number(line.split('\t')[1])]))).toEqual(expected)
    const { id } = await bed.submit({ ...spec, combine: fn('reduce') })
    const status = await bed.ended(id)
    expect(bed.read(status.output)).toEqual(plain)
    expect(status.spills).toBeGreaterThan(1)
    const counters = (await bed.client.counters({ id }))[TASK]
    expect(counters).toMatchObject({
      MAP_OUTPUT_RECORDS: 60_000,
      REDUCE_INPUT_GROUPS: 5003,
      REDUCE_OUTPUT_RECORDS: 5003,
    })
    expect(counters.COMBINE_OUTPUT_RECORDS).toBe(counters.REDUCE_INPUT_RECORDS)
    const skew = await bed.client.skew({ id })
    expect(skew.partitions.reduce((sum, { records }) => sum + records, 0)).toBe(counters.REDUCE_INPUT_RECORDS)
    expect((await bed.client.sample({ id, stage: 'mapOutput', limit: 1 }))[0]).toMatchObject({ key: 'w0', value: '1' })
  })

  it('reads every format, each record once whatever the split', TIMES, async () => {
    const fn = bed.module(
      'export function map(key, value, context) { context.emit(JSON.stringify(value) ?? String(value), null) }',
      'jobs/show.mjs',
    )
    const read = (paths: string[], input: object) =>
      bed.lines({ input: { paths, ...input }, map: fn('map'), reducers: 0 })
    const text = bed.put('formats/t.txt', 'a\nb\r\nc\rd')
    const csv = bed.put('formats/c.csv', 'id,name\n1,"a ""b"""\n2,"x,y"\n3,z\n')
    const json = bed.put('formats/j.jsonl', '{"a":1}\n{"a":2}\n{"a":3}\n')
    const pairs = bed.put('formats/kv.txt', 'k1\tv1\nk2\tv2\nk3\n')
    const gz = bed.put('formats/g.txt.gz', Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd\n')]))
    const zst = bed.put('formats/z.txt.zst', zstdCompressSync('a\nb\n'))
    const parted = bed.put('formats/p.txt', 'a||b||c')
    const multi = bed.put('formats/m.csv', 'id,name\n1,"two\nlines"\n2,b\n')
    const columns = [
      { name: 'id', data: [1, 2, 3], type: 'INT32' as const },
      { name: 'name', data: ['a', 'b', 'c'], type: 'STRING' as const },
    ]
    const parquet = bed.put(
      'formats/p.parquet',
      new Uint8Array(parquetWriteBuffer({ columnData: columns, rowGroupSize: 2 })),
    )
    const rows = await read([parquet], { format: 'parquet', splitBytes: 100 })
    expect(rows).toEqual(['{"id":1,"name":"a"}', '{"id":2,"name":"b"}', '{"id":3,"name":"c"}'])
    const all = await Promise.all([
      read([text], { splitBytes: 3 }),
      read([csv], { format: 'csv', splitBytes: 12 }),
      read([json], { format: 'jsonLines', splitBytes: 9 }),
      read([pairs], { format: 'keyValue' }),
      read([gz, zst], {}),
      read([parted], { options: { delimiter: '||' }, splitBytes: 2 }),
      read([multi], { format: 'csv', options: { multiline: true } }),
      read([text], { format: 'nLine', options: { lines: 2 } }),
    ])
    expect(all).toEqual([
      ['"a"', '"b"', '"c"', '"d"'],
      ['{"id":"1","name":"a \\"b\\""}', '{"id":"2","name":"x,y"}', '{"id":"3","name":"z"}'],
      ['{"a":1}', '{"a":2}', '{"a":3}'],
      ['"v1"', '"v2"', '""'],
      ['"a"', '"bc"', '"d"', '"a"', '"b"'],
      ['"a"', '"b"', '"c"'],
      ['{"id":"1","name":"two\\nlines"}', '{"id":"2","name":"b"}'],
      ['"a"', '"b"', '"c"', '"d"'],
    ])
  })

  it('brings values in order by a secondary sort, numbers as numbers, and partitions by the group', TIMES, async () => {
    const fn = bed.module(
      `export function map(key, line, context) { context.emit(line, null) }
      export function reduce(first, values, context) {
        const seen = []
        for (const _ of values) seen.push(context.key.split('\\t')[1])
        context.emit(first.split('\\t')[0], seen.join(' '))
      }`,
      'jobs/secondary.mjs',
    )
    const path = bed.put('sort/a.txt', 'b\t10\na\t9\nb\t-2\na\t100\nb\t9.5\na\t9\n')
    const lines = await bed.lines({
      input: { paths: [path], splitBytes: 10 },
      map: fn('map'),
      reduce: fn('reduce'),
      reducers: 3,
      sort: {
        fields: [
          { from: 1, to: 1 },
          { from: 2, numeric: true, reverse: true },
        ],
        groupFields: 1,
      },
    })
    expect(lines.toSorted()).toEqual(['a\t100 9 9', 'b\t10 9.5 -2'])
  })

  it('runs commands under the contract of Hadoop Streaming', TIMES, async () => {
    const path = bed.put('streaming/a.txt', 'x y\ny z y\n')
    const mapper = 'tr " " "\\n"; echo "reporter:counter:Own,SEEN,2" >&2; echo "$mapreduce_map_input_file" >&2'
    const { id } = await bed.submit({
      input: { paths: [path] },
      map: { kind: 'command', argv: ['sh', '-c', mapper] },
      reduce: { kind: 'command', argv: ['uniq', '-c'] },
    })
    const status = await bed.ended(id)
    expect(status.reason).toBeUndefined()
    expect(bed.read(status.output).map((line) => line.trim())).toEqual(['1 x', '3 y', '1 z'])
    expect((await bed.client.counters({ id })).Own).toEqual({ SEEN: 2 })
    const [{ id: attempt }] = await bed.client.attempts({ id, kind: 'map' })
    await expect.poll(async () => (await bed.client.logs({ attempt })).text, TIMES).toContain(path)
    const failed = await bed.run({
      input: { paths: [path] },
      map: { kind: 'command', argv: ['sh', '-c', 'exit 3'] },
      maxAttempts: 1,
    })
    expect(failed.reason).toContain('PipeMapRed.waitOutputThreads(): subprocess failed with code 3')
  })

  it(
    'writes compressed parts and lines of JSON, all of them or none, and never over what is there',
    TIMES,
    async () => {
      const fn = bed.module(
        `export function map(key, line, context) { context.emit(line, { n: line.length }) }
      export function reduce(key, values, context) {
        if (key === 'bad') throw new Error('bad luck')
        for (const value of values) context.emit(key, value)
      }`,
        'jobs/output.mjs',
      )
      const path = bed.put('output/a.txt', 'aa\nb\n')
      const spec = { input: { paths: [path] }, map: fn('map'), reduce: fn('reduce') }
      for (const compression of ['gzip', 'zstd'] as const) {
        const output = { path: bed.newOutput(), format: 'jsonLines' as const, compression }
        // Of three parts one at least has no record, and is a file of its kind all the same.
        expect((await bed.lines({ ...spec, reducers: 3, output })).toSorted()).toEqual([
          '{"key":"aa","value":{"n":2}}',
          '{"key":"b","value":{"n":1}}',
        ])
        await expect(bed.submit({ ...spec, output })).rejects.toThrow('already exists')
        expect(readdirSync(bed.folder(output.path))).toContain('_SUCCESS')
      }
      const output = { path: bed.newOutput() }
      const other = bed.put('output/b.txt', 'good\nbad\n')
      const failed = await bed.run({ ...spec, input: { paths: [path, other] }, reducers: 3, output, maxAttempts: 2 })
      expect(failed).toMatchObject({
        state: 'FAILED',
        at: { file: 'jobs/output.mjs', line: 3 },
        reduces: { failed: 2 },
      })
      expect(failed.reason).toContain('bad luck')
      expect(() => readdirSync(bed.folder(output.path))).toThrow('ENOENT')
    },
  )

  it('tries a task again on what may pass, runs jobs after each other, and can be killed', TIMES, async () => {
    const fn = bed.module(
      `export function map(key, line, context) {
        if (context.attemptNumber < 2) throw new Error('not yet')
        context.emit(line, context.cache('side.txt').trim())
      }
      export function slow() { for (;;); }`,
      'jobs/retry.mjs',
    )
    const path = bed.put('retry/a.txt', 'x\n')
    const side = bed.put('retry/side.txt', 'from the cache\n')
    const first = await bed.submit({
      input: { paths: [path] },
      map: fn('map'),
      cache: [{ uri: side, name: 'side.txt' }],
    })
    const { output } = await bed.client.describe(first)
    const second = await bed.submit({ input: { paths: [output], format: 'keyValue' }, after: [first.id] })
    expect(bed.read((await bed.ended(second.id)).output)).toEqual(['x\tfrom the cache'])
    const attempts = await bed.client.attempts({ id: first.id, kind: 'map' })
    expect(attempts.map(({ state }) => state)).toEqual(['FAILED', 'FAILED', 'SUCCEEDED'])
    const { id } = await bed.submit({ input: { paths: [path] }, map: fn('slow') })
    await expect.poll(async () => (await bed.client.describe({ id })).maps.running, TIMES).toBe(1)
    await bed.client.kill({ id })
    expect((await bed.ended(id)).state).toBe('KILLED')
  })

  it('stands at a breakpoint with the record and its values, and goes on', TIMES, async () => {
    const fn = bed.module(WORD_COUNT)
    const path = bed.put('break/a.txt', 'a b\nb c b\n')
    const { id } = await bed.submit({
      input: { paths: [path] },
      map: fn('map'),
      reduce: fn('reduce'),
      breakpoints: [{ stage: 'reduce', key: 'b' }],
    })
    await expect.poll(() => bed.client.held({ id }), TIMES).toMatchObject([{ key: 'b', values: ['1', '1', '1'] }])
    const [{ attempt }] = await bed.client.held({ id })
    expect((await bed.client.describe({ id })).held).toEqual([attempt])
    await bed.client.proceed({ attempt })
    expect(bed.read((await bed.ended(id)).output)).toEqual(['a\t1', 'b\t3', 'c\t1'])
    const again = await bed.client.rerunTask({ id, kind: 'reduce', task: 0 })
    await expect
      .poll(async () => (await bed.client.attempts({ id, kind: 'reduce' })).at(-1)?.state, TIMES)
      .toBe('SUCCEEDED')
    expect((await bed.client.sample({ id, stage: 'reduceOutput', attempt: again.attempt }))[1]).toMatchObject({
      key: 'b',
      value: '3',
    })
  })
})

describe('a hostile job', () => {
  const hostile = `
export function loop() { for (;;); }
export function hog() { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)) }
export function flood(key, line, context) { for (let i = 0; i < 200000; i++) console.log('flood '.repeat(10)); context.emit(line, 1) }
export function quit() { process.exit(7) }
export async function read(key, line, context) {
  const { readFileSync, writeFileSync } = await import('node:fs')
  for (const work of [() => readFileSync('/etc/passwd'), () => writeFileSync('/tmp/x-mapreduce', ''), () => process.kill(1)])
    try { work(); context.emit('did', 1) } catch (error) { context.emit(error.code, 1) }
}
export const long = (key, line, context) => context.emit('bytes', line.length)
`
  const run = async (name: string, more: object = {}) => {
    const fn = bed.module(hostile, 'jobs/hostile.mjs')
    const path = bed.put('hostile/a.txt', 'x\n')
    return bed.run({ input: { paths: [path] }, map: fn(name), maxAttempts: 1, ...more })
  }

  it('is ended at its timeout, at its memory, by its exit', TIMES, async () => {
    const [loop, hog, quit] = await Promise.all([run('loop', { taskTimeoutS: 1 }), run('hog'), run('quit')])
    expect(loop.reason).toContain('Timed out after 1 secs')
    expect(hog.reason).toMatch(/memory limits|heap was full/)
    expect(quit.reason).toContain('exited with code 7')
  })

  it('reaches no files but its own, signals nobody, and its flood of output is cut', TIMES, async () => {
    const read = await run('read')
    expect(bed.read(read.output)).toEqual(['ERR_ACCESS_DENIED\t1', 'ERR_ACCESS_DENIED\t1', 'ERR_ACCESS_DENIED\t1'])
    const flood = await run('flood')
    expect(flood.state).toBe('SUCCEEDED')
    const [{ id: attempt }] = await bed.client.attempts({ id: flood.id, kind: 'map' })
    let next = 0
    for (let text = 'x'; text !== ''; ) ({ text, next } = await bed.client.logs({ attempt, from: next }))
    expect(next).toBeLessThan(3 * 1024 * 1024)
  })

  it(`reads a line of 20 MB${NIGHTLY ? ' and refuses one of 1 GB' : ''}`, { timeout: 120_000 }, async () => {
    const fn = bed.module(hostile, 'jobs/hostile.mjs')
    const path = bed.put('hostile/long.txt', Buffer.alloc(20_000_000, 'a'))
    const input = { paths: [path], splitBytes: 3_000_000 }
    expect(await bed.lines({ input, map: fn('long'), containerMiB: 512 })).toEqual(['bytes\t20000000'])
    const bytesMax = 1_000_000
    const cut = await bed.run({
      input: { ...input, options: { recordBytesMax: bytesMax } },
      map: fn('long'),
      maxAttempts: 1,
    })
    expect(cut.reason).toContain(`longer than ${bytesMax} bytes`)
    if (!NIGHTLY) return
    const huge = bed.put('hostile/huge.txt', Buffer.alloc(1_000_000_000, 'a'))
    const status = await bed.run({ input: { paths: [huge] }, map: fn('long'), containerMiB: 512, maxAttempts: 1 })
    expect(status.reason).toContain('longer than')
  })
})

it('keeps the last jobs with all that is known of them, and those that may be run again', TIMES, async () => {
  await using small = await TestMapReduce.start({ jobsKept: 2 })
  const path = small.put('a.txt', 'a\n')
  const ids: string[] = []
  for (let i = 0; i < 5; i++) {
    const { id } = await small.submit({ input: { paths: [path] }, reducers: 0 })
    expect((await small.ended(id)).state).toBe('SUCCEEDED')
    ids.push(id)
  }
  expect((await small.client.list({})).map(({ id }) => id)).toEqual(ids.slice(-3).toReversed())
  await expect(small.client.describe({ id: ids[0] })).rejects.toMatchObject({ code: 'JobNotFound' })
  expect(readdirSync(join(small.engines.workspaceDirectory, '.millrace/mapreduce/jobs')).toSorted()).toEqual(
    ids.slice(-3),
  )
  const { output } = await small.client.describe({ id: ids[4] })
  expect(small.read(output)).toEqual(['0\ta'])
})

it('runs no code of a workspace that is not trusted', async () => {
  await using restricted = await TestMapReduce.start({
    fakes: { workspace: { describe: async () => ({ trusted: false }) } },
  })
  const fn = restricted.module(WORD_COUNT)
  const path = restricted.put('a.txt', 'a\n')
  await expect(restricted.submit({ input: { paths: [path] }, map: fn('map') })).rejects.toMatchObject({
    code: 'RestrictedWorkspace',
  })
  await expect(restricted.client.submitSample({ name: 'word-count' })).rejects.toMatchObject({
    code: 'RestrictedWorkspace',
  })
})

it('refuses what it does not do, by name', async () => {
  const path = bed.put('refused/a.txt', 'a\n')
  const input = { paths: [path] }
  await expect(bed.submit({ input, map: { kind: 'module', file: '../x.mjs' } })).rejects.toThrow(
    'is not in the workspace',
  )
  await expect(bed.submit({ input: { paths: ['s3://b/none'] } })).rejects.toMatchObject({
    code: 'InvalidInputException',
  })
  await expect(bed.submit({ input, reducers: 2, partition: { kind: 'range', cuts: [] } })).rejects.toThrow(
    'need 1 cuts',
  )
})
