import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal, newFrame } from '../../src/engines/kit/node/journal.ts'
import { BatchBuilder, dataText } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { type Random, seededRandom } from '../../src/engines/kit/pure/random.ts'
import { engine } from '../../src/engines/stream/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { LossyDisk } from '../support/lossy-disk.ts'
import { splitOrMerge } from '../support/reshard.ts'

const RUNS = process.env.MILLRACE_NIGHTLY ? 300 : 30
const CUTS = 3

let base: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millrace-power-'))
})

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true })

afterEach(() => remove(base))

/** Calls `cut` at one of the next steps; how many there will be is not known. */
function atSomeStep(random: Random, most: number, cut: () => void): { step: () => void; cutNow: () => void } {
  let left = 1 + random.int(most)
  const step = () => {
    if (--left === 0) cut()
  }
  return {
    step,
    cutNow: () => {
      while (left > 0) step()
    },
  }
}

describe('a journal whose power is cut', () => {
  const textOf = (number: number, random: Random) => `frame ${number} ${'x'.repeat(random.int(1500))}`

  async function write(folder: string, random: Random, next: string, seen: Map<number, string>): Promise<void> {
    const acknowledged = new Map(seen)
    let dropped = 0
    const cut = () => {
      disk.powerCut(next)
      seen.clear()
      for (const [first, text] of acknowledged) if (first >= dropped) seen.set(first, text)
    }
    const when = atSomeStep(random, 400, cut)
    const disk = new LossyDisk(folder, random, when.step)
    const open = () => Journal.open({ directory: join(folder, 'a', 'journal'), files: disk, segmentBytes: 8000 })
    let journal = await open()
    expect(journal.next).toBeGreaterThan(Math.max(-1, ...seen.keys()))
    for (let round = 0; round < 20; round++) {
      const appends = Array.from({ length: 1 + random.int(5) }, () => {
        const text = textOf(journal.nextToAppend, random)
        const frame = newFrame(text.length)
        frame.payload.set(Buffer.from(text))
        const { first, done } = journal.append(frame, 1 + random.int(3), 0)
        return done.then(() => void acknowledged.set(first, text))
      })
      if (random.next() < 0.8) await Promise.all(appends)
      if (random.next() < 0.2) {
        dropped = Math.max(dropped, random.next() < 0.5 ? journal.next : random.int(journal.next + 1))
        await journal.dropBefore(dropped)
      }
      await Promise.all(appends)
      if (random.next() < 0.1) {
        await journal.close()
        journal = await open()
      }
    }
    when.cutNow()
    await journal.close()
  }

  async function check(folder: string, seen: ReadonlyMap<number, string>): Promise<void> {
    const journal = await Journal.open({ directory: join(folder, 'a', 'journal'), segmentBytes: 8000 })
    const found = new Map<number, string>()
    for (let next = journal.first; next < journal.next; ) {
      const frames = await journal.read(next, 3000)
      for (const { first, payload } of frames) found.set(first, Buffer.from(payload).toString())
      const last = frames.at(-1)
      next = last ? last.first + last.count : journal.next
    }
    expect([...found.keys()]).toEqual([...found.keys()].sort((a, b) => a - b))
    expect([...seen].filter(([first, text]) => found.get(first) !== text)).toEqual([])
    for (const [first, text] of found) expect(text.startsWith(`frame ${first} `)).toBe(true)
    await journal.close()
  }

  it('keeps every acknowledged frame in its place', { timeout: RUNS * 5000 }, async () => {
    for (let run = 0; run < RUNS; run++) {
      const seed = `journal ${run}`
      const random = seededRandom(seed)
      const seen = new Map<number, string>()
      for (let cut = 0; cut < CUTS; cut++) {
        const folder = join(base, `${run}-${cut}`)
        const next = join(base, `${run}-${cut + 1}`)
        try {
          await write(folder, random, next, seen)
          await check(next, seen)
          remove(folder)
        } catch (thrown) {
          throw new Error(`seed '${seed}', cut ${cut}`, { cause: thrown })
        }
      }
    }
  })
})

interface Place {
  readonly shard: number
  readonly offset: number
}

describe('a stream whose power is cut', () => {
  const dataOf = (number: number) => `${number} ${'x'.repeat((number * 37) % 700)}`

  function start(directory: string, clock: ManualClock, files: LossyDisk): Promise<TestEngines> {
    return startEngines([engine], { directory, clock, settings: { stream: { files, tailCacheBytes: 4000 } } })
  }

  async function ingest(engines: TestEngines, random: Random, numbers: { next: number }, seen: Map<number, Place>) {
    const produce = async () => {
      for (let put = 0; put < 12; put++) {
        const builder = new BatchBuilder()
        const sent = Array.from({ length: 1 + random.int(20) }, () => numbers.next++)
        for (const number of sent) builder.add(`key ${number % 17}`, dataOf(number))
        const { shards, offsets } = await engines.clients.stream.put({ stream: 's', batch: builder.finish() })
        sent.forEach((number, i) => {
          seen.set(number, { shard: shards[i], offset: offsets[i] })
        })
      }
    }
    const reshape = async () => {
      for (let change = 0; change < 3; change++) {
        await splitOrMerge(engines.clients.stream, 's', random)
        await (engines.clock as ManualClock).advance(500)
      }
    }
    await Promise.all([produce(), produce(), produce(), reshape()])
  }

  async function found({ clients: { stream } }: TestEngines): Promise<Map<number, Place>> {
    const places = new Map<number, Place>()
    const { shards } = await stream.describeStream({ stream: 's' })
    for (const { shardId, index, firstOffset, nextOffset } of shards) {
      for (let offset = firstOffset; offset < nextOffset; ) {
        const read = await stream.read({ stream: 's', shardId, position: { type: 'OFFSET', offset } })
        for (let i = 0; i < read.batch.count; i++) {
          const data = dataText(read.batch, i)
          const number = Number.parseInt(data, 10)
          expect(data).toBe(dataOf(number))
          expect(places.has(number)).toBe(false)
          places.set(number, { shard: index, offset: read.startOffset + i })
        }
        offset = read.nextOffset
      }
    }
    return places
  }

  it('keeps every acknowledged record by content and order, through splits and merges', {
    timeout: RUNS * 10_000,
  }, async () => {
    for (let run = 0; run < RUNS; run++) {
      const seed = `stream ${run}`
      const random = seededRandom(seed)
      const clock = new ManualClock()
      const numbers = { next: 0 }
      let kept = new Map<number, Place>()
      for (let cut = 0; cut <= CUTS; cut++) {
        const folder = join(base, `${run}-${cut}`)
        const next = join(base, `${run}-${cut + 1}`)
        const acknowledged = new Map(kept)
        const when = atSomeStep(random, 400, () => {
          kept = new Map(acknowledged)
          disk.powerCut(next)
        })
        const disk = new LossyDisk(folder, random, when.step)
        const engines = await start(folder, clock, disk)
        try {
          if (cut === 0) await engines.clients.stream.createStream({ stream: 's', shardCount: 2, quotas: false })
          await clock.advance(500)
          if (cut > 0) {
            const there = await found(engines)
            expect([...acknowledged].filter(([number, place]) => !isDeepStrictEqual(there.get(number), place))).toEqual(
              [],
            )
          }
          if (cut === CUTS) break
          await ingest(engines, random, numbers, acknowledged)
          when.cutNow()
        } catch (thrown) {
          throw new Error(`seed '${seed}', cut ${cut}`, { cause: thrown })
        } finally {
          await engines.stop()
          // Not all at the end: to remove the files of all runs takes longer than a hook has.
          remove(folder)
        }
      }
    }
  })
})
