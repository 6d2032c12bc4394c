import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 20 : 2
const FOLDERS = 20
const FILES = 25

async function state({ catalog }: Clients) {
  const { state, lastCrawl } = await catalog.getCrawler({ crawler: 'c' })
  const known = (await catalog.listDatabases({})).some(({ name }) => name === 'crawled')
  const tables = known ? await catalog.listTables({ database: 'crawled' }) : []
  const partitions = await Promise.all(
    tables.map(async ({ name }) => (await catalog.listPartitions({ database: 'crawled', table: name })).length),
  )
  return { state, lastCrawl, tables: tables.map(({ name }) => name), partitions }
}

/** How much of the files is read: 1 where the crawl is through. */
async function readShare({ catalog }: Clients): Promise<number> {
  const { state, progress } = await catalog.getCrawler({ crawler: 'c' })
  return state === 'READY' ? 1 : progress ? progress.done / progress.of : 0
}

describe('kill -9 in the middle of a crawl', () => {
  it(`leaves the old catalog or the new in ${KILLS} kills`, { timeout: 60_000 + KILLS * 30_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const workspace = join(directory, 'workspace')
    const seed = `crawl kill ${KILLS}`
    const random = seededRandom(seed)
    for (const table of ['one', 'two'])
      for (let folder = 0; folder < FOLDERS; folder++) {
        const path = join(workspace, 'lake', 'raw', table, `k=${folder}`)
        mkdirSync(path, { recursive: true })
        const header = table === 'one' ? 'id,name' : 'a|b|c'
        const row = table === 'one' ? '1,x' : '1|2|3'
        for (let file = 0; file < FILES; file++) writeFileSync(join(path, `${file}.csv`), `${header}\n${row}\n${row}\n`)
      }
    let millrace = await Millrace.start({ workspace })
    try {
      let clients = await millrace.clients()
      await clients.catalog.createCrawler({ name: 'c', database: 'crawled', targets: [{ path: 's3://raw/' }] })
      // The files are in the lake's index before the first crawl, so that a crawl is mostly reading.
      await clients.lake.locate({ uri: 's3://raw/' })
      let whole = false
      let whileReading = 0
      for (let kill = 0; kill < KILLS; kill++) {
        await clients.catalog.startCrawler({ crawler: 'c' })
        const share = random.next() * 0.7
        await expect.poll(() => readShare(clients), { interval: 1, timeout: 30_000 }).toBeGreaterThan(share)
        await millrace.end('SIGKILL')
        millrace = await Millrace.start({ workspace })
        clients = await millrace.clients()
        const after = await state(clients)
        expect(after.state, `seed "${seed}"`).toBe('READY')
        expect(['COMPLETED', 'FAILED']).toContain(after.lastCrawl?.state)
        whole ||= after.lastCrawl?.state === 'COMPLETED'
        // Both tables with all their partitions, or neither.
        expect(after.tables).toEqual(whole ? ['one', 'two'] : [])
        expect(after.partitions).toEqual(whole ? [FOLDERS, FOLDERS] : [])
        if (after.lastCrawl?.state !== 'FAILED') continue
        expect(after.lastCrawl.message).toMatch(/Nothing of it was taken/)
        whileReading++
      }
      // A kill may come late, when the crawl is through, but not as a rule.
      expect(whileReading, `seed "${seed}"`).toBeGreaterThanOrEqual(KILLS / 2)
      await clients.catalog.startCrawler({ crawler: 'c' })
      await expect.poll(async () => (await state(clients)).state, { timeout: 30_000 }).toBe('READY')
      expect((await state(clients)).partitions).toEqual([FOLDERS, FOLDERS])

      // What is scheduled is looked out for from the start, before anybody asks for the catalog.
      const crawler = { name: 'c', database: 'crawled', targets: [{ path: 's3://raw/one/' }] }
      await clients.catalog.updateCrawler({ ...crawler, schedule: 'cron(0 3 * * ? *)' })
      await millrace.end('SIGKILL')
      millrace = await Millrace.start({ workspace })
      const { system } = await millrace.clients()
      const catalogHost = async () => (await system.status({})).hosts.find(({ host }) => host === 'olap')?.state
      await expect.poll(catalogHost, { timeout: 30_000 }).toBe('ready')
    } finally {
      await millrace[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
