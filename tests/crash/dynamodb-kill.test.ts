import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engine } from '../../src/engines/dynamodb/engine.ts'
import type { Item } from '../../src/engines/dynamodb/values.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 50 : 4
const CHILD = join(import.meta.dirname, 'dynamodb/transact.ts')

/** Lets a child make transactions until it has said enough, kills it with no warning, and answers what it acknowledged. */
async function transactAndKill(directory: string, first: number, enough: number): Promise<number[]> {
  const child = spawn(process.execPath, [CHILD, directory, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
    if (said.length > enough) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  return said
    .slice(0, said.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map(Number)
}

async function scan(engines: TestEngines, index?: string): Promise<Item[]> {
  const items: Item[] = []
  for (let startKey: Item | undefined; ; ) {
    const page = await engines.clients.dynamodb.page({ table: 'bank', index, startKey })
    items.push(...page.items)
    startKey = page.lastKey
    if (!startKey) return items
  }
}

describe('kill -9 during transactions', () => {
  it(`leaves every acknowledged one whole and none in part in ${KILLS} kills`, {
    timeout: 60_000 + KILLS * 15_000,
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const random = seededRandom(`dynamodb kill ${KILLS}`)
    const acknowledged: number[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const first = (acknowledged.at(-1) ?? 0) + 1000
      acknowledged.push(...(await transactAndKill(directory, first, 200 + random.int(2000))))
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS * 20)

    const engines = await startEngines([engine], { directory })
    await using _ = engines
    const items = await scan(engines)
    const made = items.filter((item) => item.number).map((item) => Number(item.number.N))
    const present = new Set(made)
    expect(acknowledged.filter((number) => !present.has(number))).toEqual([])
    // Each transfer took as much as it gave, and every one that is noted was made.
    const units = new Map<string, bigint>()
    for (const number of made) {
      const [from, to] = [number % 8, (number + 1 + (number % 3)) % 8]
      units.set(`account ${from}`, (units.get(`account ${from}`) ?? 0n) - BigInt(number))
      units.set(`account ${to}`, (units.get(`account ${to}`) ?? 0n) + BigInt(number))
    }
    const accounts = items.filter((item) => item.units)
    expect(new Map(accounts.map((item) => [item.id.S!, BigInt(item.units.N!)]))).toEqual(units)
    const indexed = await scan(engines, 'by-account')
    expect(indexed.map((item) => Number(item.number.N)).sort((a, b) => a - b)).toEqual(made.sort((a, b) => a - b))
  })
})
