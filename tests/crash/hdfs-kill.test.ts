import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY === undefined ? 1 : 12
const WRITERS = 3
const seed = process.env.MILLRACE_TEST_SEED ?? String(Date.now())

interface Written {
  readonly path: string
  readonly bytes: Buffer
  /** What had been acknowledged before the kill; null where nothing was. */
  acknowledged: number | null
  closed: boolean
}

async function read(clients: Clients, path: string): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const { bytes } of clients.hdfs.read({ path })) pieces.push(bytes)
  return Buffer.concat(pieces)
}

test(`a process that is killed while it writes keeps every byte that it acknowledged, and shows no half of a file (seed ${seed})`, {
  timeout: 60_000 + KILLS * 60_000,
}, async () => {
  const random = seededRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'millrace-hdfs-kill-'))
  const workspace = join(folder, 'workspace')
  const env = { MILLRACE_HOME: join(folder, 'home') }
  const files: Written[] = []
  let count = 0
  try {
    for (let kill = 0; kill <= KILLS; kill++) {
      await using millrace = await Millrace.start({ workspace, env })
      const clients = await millrace.clients()
      expect((await clients.hdfs.describe({})).safeMode).toBeNull()
      const there = await clients.hdfs.list({ path: '/' })
      for (const file of files) {
        const status = there.find(({ path }) => path === file.path)
        if (file.acknowledged !== null) expect(status, `${file.path} was acknowledged`).toBeDefined()
        if (!status) continue
        expect(status.open).toBe(false)
        const bytes = await read(clients, file.path)
        expect(bytes.equals(file.bytes.subarray(0, bytes.length)), `${file.path} has the bytes that were written`).toBe(
          true,
        )
        expect(bytes.length).toBeGreaterThanOrEqual(file.acknowledged ?? 0)
        // A file of which nothing had been acknowledged is there whole, if its last acknowledgement was on its way, or not at all.
        if (file.acknowledged === null || file.closed) expect(bytes.length).toBe(file.bytes.length)
      }
      if (kill === KILLS) break
      let killed = false
      const writer = async (own: number) => {
        const chance = seededRandom(`${seed}/${kill}/${own}`)
        while (!killed) {
          const bytes = Buffer.from(chance.bytes(1 + chance.int(200_000)))
          const file: Written = { path: `/f${count++}`, bytes, acknowledged: null, closed: false }
          files.push(file)
          const { handle } = await clients.hdfs.create({ path: file.path, blockBytes: 65_536 })
          const flushes = chance.next() < 0.5
          for (let at = 0; at < bytes.length; ) {
            const part = bytes.subarray(at, at + 1 + chance.int(60_000))
            await clients.hdfs.write({ handle, bytes: new Uint8Array(part) })
            at += part.length
            if (!flushes || at === bytes.length) continue
            await clients.hdfs.flush({ handle })
            file.acknowledged = at
          }
          await clients.hdfs.close({ handle })
          file.acknowledged = bytes.length
          file.closed = true
        }
      }
      const writers = Array.from({ length: WRITERS }, (_, i) => writer(i).catch(() => {}))
      // On a busy machine a moment may be too short for any file.
      while (!files.some(({ closed }) => closed)) await new Promise((resolve) => setTimeout(resolve, 20))
      await new Promise((resolve) => setTimeout(resolve, 200 + random.int(600)))
      await millrace.end('SIGKILL')
      killed = true
      await Promise.all(writers)
    }
    expect(files.filter(({ closed }) => closed).length).toBeGreaterThan(0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
