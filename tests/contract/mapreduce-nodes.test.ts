import { expect, it } from 'vitest'
import { type Random, seededRandom } from '../../src/engines/kit/pure/random.ts'
import { TestMapReduce, WORD_COUNT } from '../support/mapreduce.ts'

const TIMES = { timeout: 60_000 }
const RUNS = process.env.MILLRACE_NIGHTLY ? 40 : 2

const nodes = ['n1', 'n2', 'n3'].map((name, i) => ({ name, rack: `/r${i % 2}`, containers: 2 }))

/** Lines of a group and a number; each form of the job fails where and as often as `context.parameters.fail` says, then does its work. */
const SHAPES = `
function begin(context) {
  const until = Date.now() + 3
  while (Date.now() < until);
  if (context.attemptNumber < Number(context.parameters.fail) && context.task % 2 === 0) throw new Error('on purpose')
}
export function map(offset, line, context) {
  begin(context)
  const [group, number] = line.split(' ')
  context.emit(group, Number(number))
}
export function pair(offset, line, context) {
  begin(context)
  context.emit(line.replace(' ', '\\t'), null)
}
export function sum(group, numbers, context) {
  let sum = 0
  for (const number of numbers) sum += number
  context.emit(group, sum)
}
export function inOrder(first, values, context) {
  const seen = []
  for (const _ of values) seen.push(context.key.split('\\t')[1])
  context.emit(first.split('\\t')[0], seen.join(' '))
}`

type Line = readonly [group: string, number: number]

/** A job of some form over the lines, and what comes of it by the plainest means. */
function shapeOf(random: Random, bed: TestMapReduce, lines: readonly Line[]) {
  const fn = bed.module(SHAPES, 'jobs/shapes.mjs')
  const form = (['mapOnly', 'sums', 'combinedSums', 'inOrder'] as const)[random.int(4)]
  const reverse = random.int(2) === 0
  const groups = new Map<string, number[]>()
  for (const [group, number] of lines) groups.set(group, [...(groups.get(group) ?? []), number])
  const each = (of: (numbers: number[]) => unknown) => [...groups].map(([group, all]) => `${group}\t${of(all)}`)
  const [spec, expected] = {
    mapOnly: () => [{ map: fn('map'), reducers: 0 }, lines.map(([group, number]) => `${group}\t${number}`)] as const,
    sums: () => [{ map: fn('map'), reduce: fn('sum') }, each((all) => all.reduce((x, y) => x + y))] as const,
    combinedSums: () =>
      [{ map: fn('map'), combine: fn('sum'), reduce: fn('sum') }, each((all) => all.reduce((x, y) => x + y))] as const,
    inOrder: () =>
      [
        {
          map: fn('pair'),
          reduce: fn('inOrder'),
          sort: {
            fields: [
              { from: 1, to: 1 },
              { from: 2, numeric: true, reverse },
            ],
            groupFields: 1,
          },
        },
        each((all) => all.toSorted((x, y) => (reverse ? y - x : x - y)).join(' ')),
      ] as const,
  }[form]()
  const compression = (['none', 'gzip', 'zstd'] as const)[random.int(3)]
  const input = { splitBytes: 60 + random.int(200) }
  return {
    spec: {
      reducers: 1 + random.int(4),
      parameters: { fail: String(random.int(3)) },
      ...spec,
      ...(form !== 'mapOnly' && random.int(2) === 0 && { slowstart: 1 }),
      output: { path: bed.newOutput(), compression },
      memoryMiB: 1 + random.int(3),
      sortFactor: 2 + random.int(4),
    },
    input,
    form,
    expected: expected.toSorted(),
  }
}

it('loses nodes and tasks at random and gives what each form of a job has to give', {
  timeout: RUNS * 30_000,
}, async () => {
  const seed = process.env.MILLRACE_SEED ?? `faults ${Date.now()}`
  const random = seededRandom(seed)
  await using bed = await TestMapReduce.start()
  const names = ['a', 'bb', 'é', 'a-long-name-of-a-group', '日本', 'x', 'y', 'z']
  for (let run = 0; run < RUNS; run++) {
    await bed.client.setNodes({ cluster: 'c', nodes })
    const lines = Array.from({ length: 60 }, (): Line => [names[random.int(names.length)], random.int(2000) - 1000])
    const path = bed.put(`in-${run}.txt`, lines.map(([group, number]) => `${group} ${number}\n`).join(''))
    const { spec, input, form, expected } = shapeOf(random, bed, lines)
    const { id } = await bed.submit({ ...spec, cluster: 'c', input: { ...input, paths: [path] }, maxAttempts: 20 })
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
    const found = status.state === 'SUCCEEDED' ? bed.read(status.output).toSorted() : status.reason
    expect({ seed, run, form, found }).toEqual({ seed, run, form, found: expected })
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
