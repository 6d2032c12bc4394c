import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { engine } from '../../src/engines/lake/engine.ts'
import { startEngines } from '../support/engines.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 50 : 4
const CHILD = join(import.meta.dirname, 'lake/write.ts')

interface Write {
  bucket: string
  key: string
  number: number
  versionId: string
}

/** Lets a child write until it has said enough, kills it with no warning, and answers what it acknowledged. */
async function writeAndKill(directory: string, first: number, lines: number): Promise<Write[]> {
  const child = spawn(process.execPath, [CHILD, directory, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
    if (said.split('\n').length > lines) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  const whole = said.slice(0, said.lastIndexOf('\n')).split('\n').filter(Boolean)
  return whole.map((line) => {
    const [bucket, key, number, versionId] = line.split(' ')
    return { bucket, key, number: Number(number), versionId }
  })
}

it(`kill -9 during puts and uploads leaves the old object or the new, whole, and every version, in ${KILLS} kills`, {
  timeout: 60_000 + KILLS * 15_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
  const random = seededRandom(`lake kill ${KILLS}`)
  const acknowledged: Write[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    acknowledged.push(...(await writeAndKill(directory, (kill + 1) * 100_000, 20 + random.int(60))))
    const engines = await startEngines([engine], { directory })
    const { lake } = engines.clients
    const last = new Map(acknowledged.map((write) => [`${write.bucket}/${write.key}`, write]))
    for (const { bucket, key, number } of last.values()) {
      // A delete marker may stand on top, or have come unacknowledged.
      const found = await lake.getObject({ bucket, key }).catch(({ code }) => {
        expect(code).toBe('NoSuchKey')
      })
      if (!found) {
        expect(bucket).toBe('versions')
        continue
      }
      const text = new TextDecoder().decode(found.body)
      const [written] = text.trimStart().split(' ')
      expect(Number(written), `${bucket}/${key}`).toBeGreaterThanOrEqual(number)
      expect(new Set(text.split(' ').filter(Boolean)).size, 'all of one write').toBe(1)
      expect(readFileSync(join(directory, 'lake', bucket, key), 'utf8')).toBe(text)
    }
    for (const { bucket, key, number, versionId } of acknowledged.filter((write) => write.bucket === 'versions')) {
      const version = await lake.getObject({ bucket, key, versionId, start: 0, end: 30 })
      expect(new TextDecoder().decode(version.body).trimStart().split(' ')[0]).toBe(String(number))
      expect(version.metadata.number).toBe(String(number))
    }
    await engines.stop()
  }
  expect(acknowledged.length).toBeGreaterThan(KILLS * 15)
  rmSync(directory, { recursive: true, force: true })
})

it.each([
  { when: 'before', keys: [] },
  { when: 'after', keys: ['runs/1/_SUCCESS', 'runs/1/part-0'] },
])('kill -9 $when the rename of a folder leaves all of its objects with their events, or none', async ({
  when,
  keys,
}) => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lake/adopt.ts'), directory, when], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
  for (const told of [keys, []]) {
    const heard: string[] = []
    const put = async ({ entries }: { entries: { detail: string }[] }) => {
      for (const { detail } of entries) heard.push(JSON.parse(detail).object.key)
      return { entries: entries.map(() => ({ eventId: '1' })) }
    }
    const engines = await startEngines([engine], { directory, fakes: { events: { put } } })
    const { objects } = await engines.clients.lake.listObjects({ bucket: 'data', prefix: '' })
    expect(objects.map(({ key }) => key)).toEqual(keys)
    await expect.poll(() => heard.toSorted()).toEqual(told)
    await engines.stop()
  }
  rmSync(directory, { recursive: true, force: true })
})
