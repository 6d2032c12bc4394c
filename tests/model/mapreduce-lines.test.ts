import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Sort } from '../../src/engines/mapreduce/contract.ts'
import { bytesAtMost, plain, readValue, writeValue } from '../../src/engines/mapreduce/task/codec.ts'
import { Lines } from '../../src/engines/mapreduce/task/lines.ts'
import { writeSortKey } from '../../src/engines/mapreduce/task/sort-key.ts'
import { sortIds } from '../../src/engines/mapreduce/task/sorter.ts'
import type { Source } from '../../src/engines/mapreduce/task/source.ts'

/** A file in memory that gives few bytes at a time. */
class Few implements Source {
  position: number
  private readonly bytes: Buffer
  private readonly step: number

  constructor(bytes: Buffer, from: number, step: number) {
    this.bytes = bytes
    this.position = from
    this.step = step
  }

  read(into: Buffer, at: number, most: number): number {
    const length = Math.min(this.step, most, this.bytes.length - this.position)
    this.bytes.copy(into, at, this.position, this.position + length)
    this.position += length
    return length
  }
}

async function recordsOf(bytes: Buffer, start: number, end: number, delimiter: string | undefined, step: number) {
  const begin = Math.max(0, start - (delimiter?.length ?? 1))
  const lines = new Lines(new Few(bytes, begin, step), { end, skip: begin < start, bytesMax: 1000, delimiter })
  const found: string[] = []
  while (await lines.next())
    for (let i = 0; i < lines.starts.length; i++)
      found.push(`${lines.offsetOf(i)}:${lines.window.toString('utf8', lines.starts[i], lines.ends[i])}`)
  return found
}

describe('records at the borders of splits', () => {
  const files = ['a\nbb\n\nccc\n', 'a\r\nbb\r\n\r\nc', 'a\rb\r\rc\n\rd', '\n', 'no end', 'é\nü\n', '\r\n\r\n']
  it.each(files)('%j gives each line once, wherever it is cut in three', async (text) => {
    const bytes = Buffer.from(text)
    const whole = await recordsOf(bytes, 0, bytes.length, undefined, 100)
    for (let first = 0; first <= bytes.length; first++)
      for (let second = first; second <= bytes.length; second++) {
        const parts = [
          await recordsOf(bytes, 0, first, undefined, 1),
          await recordsOf(bytes, first, second, undefined, 2),
          await recordsOf(bytes, second, bytes.length, undefined, 3),
        ]
        expect({ first, second, records: parts.flat() }).toEqual({ first, second, records: whole })
      }
  })

  it('does so with a delimiter of several bytes', async () => {
    const bytes = Buffer.from('a<>b<c<><>d>e<>')
    const whole = ['0:a', '3:b<c', '8:', '10:d>e']
    for (let cut = 0; cut <= bytes.length; cut++)
      expect({
        cut,
        records: [
          ...(await recordsOf(bytes, 0, cut, '<>', 1)),
          ...(await recordsOf(bytes, cut, bytes.length, '<>', 1)),
        ],
      }).toEqual({ cut, records: whole })
  })
})

describe('bytes', () => {
  it('sort as Buffer.compare sorts, equal ones as they came', () => {
    const seed = process.env.MILLRACE_SEED ?? `sort ${Date.now()}`
    const random = seededRandom(seed)
    for (let round = 0; round < 20; round++) {
      const alphabet = [2, 3, 256][random.int(3)]
      const keys = Array.from({ length: 1 + random.int(500) }, () =>
        Buffer.from(Array.from({ length: random.int(12) }, () => random.int(alphabet))),
      )
      const data = Buffer.concat([...keys, Buffer.alloc(4)])
      const offsets = Int32Array.from(keys, (_, i) => keys.slice(0, i).reduce((sum, key) => sum + key.length, 0))
      const lengths = Int32Array.from(keys, (key) => key.length)
      const ids = Int32Array.from(keys, (_, i) => i)
      sortIds({ data, offsets, lengths }, ids)
      const expected = keys.map((_, i) => i).sort((a, b) => keys[a].compare(keys[b]) || a - b)
      expect({ seed, ids: [...ids] }).toEqual({ seed, ids: expected })
    }
  })

  it('of sort keys compare as the fields do', () => {
    const keyOf = (sort: object, key: string) => {
      const into = Buffer.alloc(200)
      const bytes = Buffer.from(key)
      const { end } = writeSortKey(Sort.parse(sort), bytes, 0, bytes.length, into, 0)
      return into.subarray(0, end)
    }
    const sorted = (sort: object, keys: string[]) => keys.toSorted((a, b) => keyOf(sort, a).compare(keyOf(sort, b)))
    const numbers = ['-10', '-1.5', '0', '2', '10', '1e3']
    expect(sorted({ fields: [{ from: 1, numeric: true }] }, numbers.toReversed())).toEqual(numbers)
    expect(sorted({ fields: [{ from: 1, numeric: true, reverse: true }] }, numbers)).toEqual(numbers.toReversed())
    const two = ['a\tb', 'a\tbb', 'ab\ta', 'b']
    expect(
      sorted(
        {
          fields: [
            { from: 1, to: 1 },
            { from: 2, to: 2 },
          ],
        },
        two.toReversed(),
      ),
    ).toEqual(two)
    expect(sorted({ fields: [{ from: 1, to: 1, reverse: true }] }, ['a', 'b', 'ab'])).toEqual(['b', 'ab', 'a'])
  })

  it('of values come back as what they were', () => {
    const values = [
      '',
      'é',
      'x'.repeat(300),
      0,
      -1,
      63,
      64,
      2 ** 40,
      -(2 ** 52),
      Number.MAX_SAFE_INTEGER,
      0.1,
      -0,
      Number.NaN,
      null,
      true,
      { a: [1] },
    ]
    const into = Buffer.alloc(2000)
    for (const value of values) {
      const given = plain(value)
      const end = writeValue(given, into, 3)
      expect(end - 3).toBeLessThanOrEqual(bytesAtMost(given))
      expect(readValue(into, 3, end)).toEqual(value)
    }
  })
})
