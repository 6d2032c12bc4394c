import { expect, it } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { TestMapReduce, WORD_COUNT } from '../support/mapreduce.ts'

const TIMES = { timeout: 60_000 }

/** Slow enough that something can happen to it, and quick where nothing does. */
const SLOW_COUNT = `
export function map(offset, line, context) {
  const until = Date.now() + Number(context.parameters.ms)
  while (Date.now() < until) context.status('busy')
  for (const word of line.split(' ')) context.emit(word, 1)
}
export function reduce(word, counts, context) {
  let sum = 0
  for (const count of counts) sum += count
  context.emit(word, sum)
}
`
const nodes = ['n1', 'n2', 'n3'].map((name, i) => ({ name, rack: `/r${i % 2}`, containers: 2 }))

it('loses nodes and tasks at random and gives the output of a run without faults', TIMES, async () => {
  const seed = process.env.MILLRACE_SEED ?? `faults ${Date.now()}`
  const random = seededRandom(seed)
  await using bed = await TestMapReduce.start()
  const fn = bed.module(SLOW_COUNT)
  const lines = Array.from({ length: 40 }, () => Array.from({ length: 5 }, () => `w${random.int(30)}`).join(' '))
  const path = bed.put('in.txt', `${lines.join('\n')}\n`)
  const spec = {
    cluster: 'c',
    input: { paths: [path], splitBytes: 120 },
    map: fn('map'),
    reduce: fn('reduce'),
    reducers: 3,
    partition: 'hash' as const,
    parameters: { ms: '4' },
    maxAttempts: 20,
  }
  await bed.client.setNodes({ cluster: 'c', nodes })
  const expected = await bed.lines({ ...spec, parameters: { ms: '0' } })
  const runs = process.env.MILLRACE_NIGHTLY ? 20 : 1
  for (let run = 0; run < runs; run++) {
    await bed.client.setNodes({ cluster: 'c', nodes })
    const { id } = await bed.submit(spec)
    const faults = 3
    for (let fault = 0; fault < faults; fault++) {
      const done = (await bed.client.describe({ id })).maps.done
      await expect
        .poll(
          async () => {
            const { maps, state } = await bed.client.describe({ id })
            return maps.done > done || state !== 'RUNNING'
          },
          { ...TIMES, interval: 5 },
        )
        .toBe(true)
      if ((await bed.client.describe({ id })).state !== 'RUNNING') break
      const lost = nodes[random.int(nodes.length)]
      if (random.int(2) === 0) await bed.client.rerunTask({ id, kind: 'map', task: random.int(3) })
      else {
        await bed.client.loseNode({ cluster: 'c', node: lost.name }).catch(() => {})
        await bed.client.setNodes({ cluster: 'c', nodes })
      }
    }
    const status = await bed.ended(id)
    expect({ seed, state: status.state, reason: status.reason }).toEqual({
      seed,
      state: 'SUCCEEDED',
      reason: undefined,
    })
    expect({ seed, lines: bed.read(status.output) }).toEqual({ seed, lines: expected })
  }
})

it(
  'runs the maps of a lost node again while reduces need them, and no node that fails too often gets more',
  TIMES,
  async () => {
    await using bed = await TestMapReduce.start()
    const fn = bed.module(`${WORD_COUNT}
export function picky(offset, line, context) {
  if (context.node === 'bad') throw new Error('this node is bad')
  map(offset, line, context)
}`)
    const paths = ['a b\n', 'b c\n', 'c d\n'].map((text, i) => bed.put(`${i}.txt`, text))
    await bed.client.setNodes({
      cluster: 'c',
      nodes: [
        { name: 'm', containers: 1 },
        { name: 'r', containers: 1 },
      ],
    })
    const spec = { cluster: 'c', input: { paths }, map: fn('map'), reduce: fn('reduce') }
    const { id } = await bed.submit({ ...spec, breakpoints: [{ stage: 'map', key: 'd' }] })
    await expect.poll(async () => (await bed.client.held({ id })).length, TIMES).toBe(1)
    const before = await bed.client.attempts({ id, kind: 'map' })
    const lost = before.find(({ state }) => state === 'SUCCEEDED')!
    await bed.client.setBreakpoints({ id, breakpoints: [] })
    await bed.client.loseNode({ cluster: 'c', node: lost.node })
    for (const { attempt } of await bed.client.held({ id })) await bed.client.proceed({ attempt })
    const status = await bed.ended(id)
    expect(bed.read(status.output)).toEqual(['a\t1', 'b\t2', 'c\t2', 'd\t1'])
    const after = await bed.client.attempts({ id, kind: 'map' })
    expect(after.find((attempt) => attempt.id === lost.id)).toMatchObject({
      state: 'KILLED',
      reason: `The node ${lost.node} was lost`,
    })
    expect(after.length).toBeGreaterThan(before.length)

    await bed.client.setNodes({
      cluster: 'c',
      nodes: [
        { name: 'bad', containers: 4 },
        { name: 'good', containers: 1 },
      ],
    })
    const picky = await bed.run({ ...spec, map: fn('picky'), nodeFailuresMax: 1, maxAttempts: 10, speculative: false })
    expect(picky).toMatchObject({ state: 'SUCCEEDED', blacklisted: ['bad'] })
    const done = (await bed.client.attempts({ id: picky.id, kind: 'map' })).filter(({ state }) => state === 'SUCCEEDED')
    expect(new Set(done.map(({ node }) => node))).toEqual(new Set(['good']))
  },
)

it('starts a second attempt of a task that is slow, and takes the first that is done', TIMES, async () => {
  await using bed = await TestMapReduce.start()
  const fn = bed.module(`export function map(offset, line, context) {
    const until = Date.now() + (line === 'slow' && context.attemptNumber === 0 ? 60_000 : 0)
    while (Date.now() < until) context.status('slow')
    context.emit(line, 1)
  }`)
  const paths = ['quick\n', 'slow\n'].map((text, i) => bed.put(`${i}.txt`, text))
  await bed.client.setNodes({ cluster: 'c', nodes })
  const status = await bed.run({ cluster: 'c', input: { paths }, map: fn('map') })
  expect(bed.read(status.output)).toEqual(['quick\t1', 'slow\t1'])
  const attempts = await bed.client.attempts({ id: status.id, kind: 'map' })
  expect(attempts.filter(({ task }) => task === 1).map(({ state, speculative }) => [state, speculative])).toEqual([
    ['KILLED', false],
    ['SUCCEEDED', true],
  ])
})

it('reads and writes HDFS where its blocks are', TIMES, async () => {
  await using bed = await TestMapReduce.start({ hdfs: true })
  const { hdfs } = bed.engines.clients
  const fn = bed.module(WORD_COUNT)
  const text = Array.from({ length: 20_000 }, (_, i) => `word${i % 100} of a line\n`).join('')
  const { handle } = await hdfs.create({ path: '/in/a.txt', blockBytes: 65_536 })
  await hdfs.write({ handle, bytes: new TextEncoder().encode(text) })
  await hdfs.close({ handle })
  const spec = { input: { paths: ['hdfs:///in'] }, map: fn('map'), combine: fn('reduce'), reduce: fn('reduce') }
  const status = await bed.run({ ...spec, output: { path: 'hdfs:///out/counts' } })
  expect(status).toMatchObject({ state: 'SUCCEEDED', maps: { total: Math.ceil(text.length / 65_536) } })
  expect(status.locality.node).toBeGreaterThan(0)
  expect((await hdfs.list({ path: '/out/counts' })).map(({ name }) => name)).toEqual(['_SUCCESS', 'part-r-00000'])
  const pieces: Uint8Array[] = []
  for await (const { bytes } of hdfs.read({ path: '/out/counts/part-r-00000' })) pieces.push(bytes)
  expect(Buffer.concat(pieces).toString()).toContain('word7\t200\n')
  expect((await hdfs.list({ path: '/out' })).map(({ name }) => name)).toEqual(['counts'])
})
