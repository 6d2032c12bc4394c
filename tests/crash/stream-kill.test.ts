import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataText } from '../../src/engines/kit/pure/batch.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { engine } from '../../src/engines/stream/engine.ts'
import { startEngines } from '../support/engines.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 100 : 5
const CHILD = join(import.meta.dirname, 'stream/ingest.ts')

interface Place {
  readonly shard: number
  readonly offset: number
}

/** Lets a child ingest until it has said enough, kills it with no warning, and answers what it acknowledged. */
async function ingestAndKill(
  directory: string,
  first: number,
  enough: number,
  encrypted: boolean,
): Promise<Map<number, Place>> {
  const child = spawn(process.execPath, [CHILD, directory, String(first), ...(encrypted ? ['encrypted'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
    if (said.length > enough) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  const acknowledged = new Map<number, Place>()
  const whole = said.slice(0, said.lastIndexOf('\n') + 1)
  for (const entry of whole.split(/\s/).filter(Boolean)) {
    const [number, shard, offset] = entry.split(':').map(Number)
    acknowledged.set(number, { shard, offset })
  }
  return acknowledged
}

describe('kill -9 during ingest, while shards are split and merged', () => {
  it.each([
    ['', KILLS, false],
    ['of an encrypted stream ', Math.ceil(KILLS / 3), true],
  ] as const)(
    `loses no acknowledged record %sand duplicates none in %i kills`,
    {
      timeout: 60_000 + KILLS * 10_000,
    },
    async (_what, kills, encrypted) => {
      const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
      const random = seededRandom(`kill ${kills}`)
      const acknowledged = new Map<number, Place>()
      let first = 0
      for (let kill = 0; kill < kills; kill++) {
        for (const [number, place] of await ingestAndKill(directory, first, 20_000 + random.int(400_000), encrypted)) {
          acknowledged.set(number, place)
          first = Math.max(first, number)
        }
        // Numbers that were on their way are never sent again.
        first += 10_000
      }
      expect(acknowledged.size).toBeGreaterThan(kills * 1000)

      const engines = await startEngines([engine], { directory })
      await using _ = engines
      const found = new Map<number, Place>()
      const { shards } = await engines.clients.stream.describeStream({ stream: 's' })
      expect(shards.some(({ state }) => state === 'CLOSED')).toBe(true)
      for (const shard of shards) {
        for (let offset = 0; offset < shard.nextOffset; ) {
          const position = { type: 'OFFSET', offset } as const
          const read = await engines.clients.stream.read({ stream: 's', shardId: shard.shardId, position })
          expect(read.startOffset).toBe(offset)
          for (let i = 0; i < read.batch.count; i++) {
            const number = Number.parseInt(dataText(read.batch, i), 10)
            // Present once, whether it was acknowledged or not.
            expect([number, found.get(number)]).toEqual([number, undefined])
            found.set(number, { shard: shard.index, offset: offset + i })
          }
          offset = read.nextOffset
        }
      }
      const lost = [...acknowledged].filter(([number, { shard, offset }]) => {
        const place = found.get(number)
        return place?.shard !== shard || place.offset !== offset
      })
      expect(lost).toEqual([])
    },
  )
})
