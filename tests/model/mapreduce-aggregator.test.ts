import { expect, it } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Aggregator } from '../../src/engines/mapreduce/task/aggregator.ts'
import type { Collector } from '../../src/engines/mapreduce/task/collector.ts'
import type { Combiner } from '../../src/engines/mapreduce/task/combiner.ts'

it.each([
  { name: 'few keys', keys: 50, records: 200_000, others: 0 },
  { name: 'more keys than the table holds', keys: 6000, records: 100_000, others: 0 },
  { name: 'keys that are hardly ever equal', keys: 40_000, records: 15_000, others: 0 },
  { name: 'values that are no numbers among them', keys: 300, records: 90_000, others: 0.0001 },
])('numbers of equal keys are combined early, each once: $name', ({ keys, records, others }) => {
  const seed = process.env.MILLRACE_SEED ?? `aggregator ${Date.now()}`
  const random = seededRandom(seed)
  const given = new Map<string, unknown[]>()
  const sums = new Map<string, number>()
  let counted = 0
  const collector = {
    bytes: 0,
    emit(key: string, value: unknown, weight = 1) {
      given.set(key, [...(given.get(key) ?? []), value])
      if (typeof value === 'number') sums.set(key, (sums.get(key) ?? 0) + value)
      counted += weight
    },
  }
  const combiner = {
    input: 0,
    output: 0,
    run(_key: string, values: Iterable<number>, into: (value: number) => void) {
      let sum = 0
      for (const value of values) sum += value
      into(sum)
    },
  }
  const aggregator = new Aggregator(collector as unknown as Collector, 1024 * 1024)
  aggregator.begin(combiner as unknown as Combiner)
  const expected = new Map<string, number>()
  for (let i = 0; i < records; i++) {
    const key = `${'é'.repeat(random.int(2))}key ${random.int(keys)}`
    if (random.next() < others) aggregator.emit(key, `text ${i}`)
    else {
      const value = random.int(200) - 100
      aggregator.emit(key, value)
      expected.set(key, (expected.get(key) ?? 0) + value)
    }
  }
  aggregator.drain()
  expect({ seed, sums: [...sums].toSorted() }).toEqual({ seed, sums: [...expected].toSorted() })
  expect({ seed, counted, records: aggregator.records }).toEqual({ seed, counted: records, records })
  const left = [...given.values()].reduce((sum, values) => sum + values.length, 0)
  expect({ seed, left: left + combiner.input }).toEqual({ seed, left: records })
})

it('values of a key stay in order, and a combiner may leave none or several', () => {
  const given: unknown[] = []
  const collector = { bytes: 0, emit: (_key: string, value: unknown) => given.push(value) }
  const combiner = {
    input: 0,
    run(_key: string, values: Iterable<number>, into: (value: unknown) => void) {
      const all = [...values]
      if (all.length > 2) into([all[0], all.length])
      into(all.at(-1))
    },
  }
  const aggregator = new Aggregator(collector as unknown as Collector, 1024 * 1024)
  aggregator.begin(combiner as unknown as Combiner)
  for (const value of [1, 2, 3]) aggregator.emit('a', value)
  aggregator.emit('a', 'text')
  aggregator.emit('a', 4)
  aggregator.drain()
  expect(given).toEqual([[1, 3], 3, 'text', 4])
})

it('keys that are alike in length, letters or numbers stay apart', () => {
  const letters = ['', '\0', 'a', '\xff', 'Ā', '😀']
  const keys = new Set(letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c))))
  // At the ends of what is held as numbers: 3 to 5 and 7 to 9 letters, with and without one that takes two bytes.
  for (const length of [3, 4, 5, 7, 8, 9, 63, 64, 65])
    for (const last of ['\0', 'a', 'b', '\xff', 'Ā'])
      for (const first of ['\0', 'a', '\x80', 'Ā']) keys.add(first + 'a'.repeat(length - 2) + last)
  const given = new Map<string, number>()
  const collector = { bytes: 0, emit: (key: string, value: number) => given.set(key, (given.get(key) ?? 0) + value) }
  const combiner = {
    input: 0,
    run(_key: string, values: Iterable<number>, into: (value: number) => void) {
      let sum = 0
      for (const value of values) sum += value
      into(sum)
    },
  }
  const aggregator = new Aggregator(collector as unknown as Collector, 1024 * 1024)
  aggregator.begin(combiner as unknown as Combiner)
  const expected = new Map<string, number>()
  for (let round = 0; round < 3; round++)
    for (const [i, key] of [...keys].entries()) {
      aggregator.emit(key, i)
      expected.set(key, (expected.get(key) ?? 0) + i)
    }
  aggregator.drain()
  expect([...given].toSorted()).toEqual([...expected].toSorted())
})
