import { expect, test } from 'vitest'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Barrier, Inbox } from '../../src/engines/pipeline/inbox.ts'
import { zipf } from '../../src/engines/pipeline/nodes/kit/draw.ts'
import { batchOf } from '../../src/engines/pipeline/nodes/kit/rows.ts'
import { TEMPLATES } from '../../src/engines/pipeline/nodes/kit/templates.ts'
import { Samples, tableOf } from '../../src/engines/pipeline/samples.ts'
import { VersionsJoin, versionsOutput } from '../../src/engines/pipeline/wires.ts'

const one = (text: string) => batchOf(['k'], [text])
const many = (count: number) => {
  const texts = Array.from({ length: count }, (_, i) => `{"i":${i}}`)
  return batchOf(texts, texts)
}

test('a full inbox holds its sender back until there is room, and loses nothing', async () => {
  const clock = new ManualClock()
  const inbox = new Inbox(clock, 1)
  const taken: number[] = []
  let sent = 0
  const sending = clock.task(async (task) => {
    for (; sent < 100; sent++) await inbox.push(task, one(String(sent)))
    inbox.close()
  })
  await clock.settle()
  expect(sent).toBeLessThan(100)
  expect(inbox.full).toBe(true)
  await clock.task(async (task) => {
    for (let item = await inbox.take(task); item; item = await inbox.take(task))
      if (typeof item === 'object' && !(item instanceof Barrier))
        taken.push(Number(new TextDecoder().decode(item.data)))
  })
  await sending
  expect(taken).toEqual(Array.from({ length: 100 }, (_, i) => i))
})

test('waiting for records gives up at its time on the clock, and time does not pass a record that is handed over', async () => {
  const clock = new ManualClock(0)
  const inbox = new Inbox(clock, 1)
  const got: unknown[] = []
  const taking = clock.task(async (task) => {
    got.push(await inbox.take(task, 500), clock.now())
    const batch = await inbox.take(task, 1500)
    got.push(typeof batch, clock.now())
  })
  await clock.advance(600)
  await clock.task(async (task) => inbox.push(task, one('x')))
  await clock.advance(2000)
  await taking
  expect(got).toEqual(['due', 500, 'object', 600])
})

test('giving up wakes everyone with the reason', async () => {
  const clock = new ManualClock()
  const inbox = new Inbox(clock, 1)
  const taking = clock.task((task) => inbox.take(task))
  const failed = expect(taking).rejects.toThrow('given up')
  await clock.settle()
  inbox.fail(new Error('given up'))
  await failed
  await expect(clock.task((task) => inbox.push(task, one('x')))).rejects.toThrow('given up')
})

test('a barrier has passed once it came out of every wire it went along', async () => {
  const barrier = new Barrier()
  let passed = false
  void barrier.passed.then(() => {
    passed = true
  })
  barrier.split(2)
  barrier.pass()
  barrier.pass()
  await Promise.resolve()
  expect(passed).toBe(false)
  barrier.pass()
  await Promise.resolve()
  expect(passed).toBe(true)
})

test('a reader of tables waits for all its wires, skips states it was too slow for, and sees the end once', async () => {
  const clock = new ManualClock()
  const join = new VersionsJoin(clock)
  const [left, right] = [join.add('l'), join.add('r')]
  const seen: unknown[] = []
  const reading = clock.task(async (task) => {
    const input = join.reader(task)
    for (let next = await input.next(); next; next = await input.next())
      seen.push([next.versions.map((version) => version.rows), next.ended])
  })
  const reference = { type: 'dataset', id: 'd' } as const
  const publish = [left, right].map((wire) => versionsOutput([wire]))
  publish[0].publish({ reference, rows: 1, bytes: null })
  await clock.settle()
  expect(seen).toEqual([])
  publish[1].publish({ reference, rows: 10, bytes: null })
  await clock.settle()
  publish[0].publish({ reference, rows: 2, bytes: null })
  publish[0].publish({ reference, rows: 3, bytes: null })
  await clock.settle()
  left.end()
  right.end()
  await reading
  expect(seen).toEqual([
    [[1, 10], false],
    [[3, 10], false],
    [[3, 10], true],
  ])
})

test('samples keep the latest rows only, and show text that is no JSON as it is', () => {
  const samples = new Samples()
  for (let i = 0; i < 1000; i++) samples.take(one(`{"i":${i}}`))
  const page = tableOf(samples.texts(3))
  expect(page).toMatchObject({ rowCount: 3, values: [[997, 998, 999]] })
  expect(samples.texts(1000)).toHaveLength(200)
  const short = new Samples()
  short.take(many(150))
  expect(short.texts(1000)).toHaveLength(150)
  short.take(many(10_000))
  expect(short.texts(1000).length).toBeGreaterThan(190)
  expect(tableOf(['{"a":1,"t":"2001-01-01T00:00:00Z"}', 'oops', '{"a":1.5,"b":{"c":1}}'])).toMatchObject({
    columns: [
      { name: 'a', type: 'double' },
      { name: 't', type: 'timestamp' },
      { name: 'record', type: 'string' },
      { name: 'b', type: 'string' },
    ],
    values: [
      [1, null, 1.5],
      ['2001-01-01T00:00:00Z', null, null],
      [null, 'oops', null],
      [null, null, '{"c":1}'],
    ],
  })
})

test('generators repeat by their seed, use skewed keys, and make records of about 200 bytes', () => {
  for (const name of ['clickstream', 'iot', 'applog'] as const) {
    const make = () => TEMPLATES[name](seededRandom('a'), zipf(seededRandom('b'), 100, 1))
    const [first, second] = [make(), make()]
    const records = Array.from({ length: 500 }, (_, i) => first(1000 + i, i))
    expect(records).toEqual(Array.from({ length: 500 }, (_, i) => second(1000 + i, i)))
    const bytes = records.reduce((sum, record) => sum + record.text.length, 0) / records.length
    expect(bytes).toBeGreaterThan(150)
    expect(bytes).toBeLessThan(300)
    const counts = new Map<string, number>()
    for (const { key } of records) counts.set(key, (counts.get(key) ?? 0) + 1)
    expect(Math.max(...counts.values())).toBeGreaterThan(500 / 25)
  }
})
