import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { dataText } from '../../src/engines/kit/pure/batch.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { PRODUCERS, startProducer } from '../../src/engines/pipeline/produce.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = 3
const seed = process.env.MILLRACE_TEST_SEED ?? String(Date.now())

async function recordsOf(clients: Clients): Promise<string[]> {
  if (!(await clients.stream.listStreams({})).some(({ status }) => status === 'ACTIVE')) return []
  const { shards } = await clients.stream.describeStream({ stream: 'lines' })
  const texts: string[] = []
  for (const { shardId } of shards)
    for (let offset = 0; ; ) {
      const read = await clients.stream.read({ stream: 'lines', shardId, position: { type: 'OFFSET', offset } })
      if (read.batch.count === 0) break
      for (let i = 0; i < read.batch.count; i++) texts.push(dataText(read.batch, i))
      offset = read.nextOffset
    }
  return texts
}

test(`a tail that is killed goes on where it was: no line is missing, in order, over rotations (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tail-kill-'))
  const log = join(folder, 'app.log')
  const workspace = join(folder, 'workspace')
  const home = { MILLRACE_HOME: join(folder, 'home') }
  const settings = { file: log, start: 'beginning', keyBy: 'file' }
  const producer = PRODUCERS.find(({ name }) => name === 'tail')!
  let written = 0
  const write = (count: number) => {
    appendFileSync(log, Array.from({ length: count }, () => `line ${written++}\n`).join(''))
  }
  const rotate = () => {
    for (let age = 90; age >= 1; age--)
      if (existsSync(`${log}.${age}`)) renameSync(`${log}.${age}`, `${log}.${age + 1}`)
    renameSync(log, `${log}.1`)
    writeFileSync(log, '')
  }
  try {
    for (let kill = 0; kill <= KILLS; kill++) {
      await using millrace = await Millrace.start({ workspace, env: home })
      const clients = await millrace.clients()
      const { run } = await startProducer(clients, {
        producer,
        settings,
        stream: 'lines',
        ...(kill === 0 && { quotas: false }),
      })
      const caughtUp = async () => {
        while (!(await recordsOf(clients)).includes(`line ${written - 1}`)) await new Promise((r) => setTimeout(r, 50))
      }
      // What is rotated away before anything was read is no matter of a tail that begins with the file as it is.
      if (kill === 0) {
        write(1)
        await caughtUp()
      }
      if (kill === KILLS) {
        write(10)
        await caughtUp()
        await clients.pipeline.stop({ runId: run.runId })
        const texts = await recordsOf(clients)
        const first = texts.filter((text, i) => texts.indexOf(text) === i)
        expect(first).toEqual(Array.from({ length: written }, (_, i) => `line ${i}`))
        break
      }
      // Written to while it is read, and rotated now and then; the kill comes at any moment of it.
      const bursts = 10 + random.int(40)
      for (let i = 0; i < bursts; i++) {
        write(1 + random.int(400))
        if (random.next() < 0.15) rotate()
        await new Promise((r) => setTimeout(r, random.int(60)))
      }
      await millrace.end('SIGKILL')
      write(1 + random.int(50))
      if (random.next() < 0.5) rotate()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
