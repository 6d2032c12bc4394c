import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Damage, Journal, type JournalOptions, newFrame } from '../../src/engines/kit/node/journal.ts'
import { FailingFiles } from '../support/failing-files.ts'

let directory: string
let damage: Damage[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-journal-'))
  damage = []
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function open(options: Partial<JournalOptions> = {}): Promise<Journal> {
  return Journal.open({ directory, mode: 'os', onDamage: (found) => damage.push(found), ...options })
}

function append(journal: Journal, text: string, count = 1, timeMs = 0) {
  const frame = newFrame(Buffer.byteLength(text))
  frame.payload.set(Buffer.from(text))
  return journal.append(frame, count, timeMs)
}

interface Seen {
  readonly first: number
  readonly text: string
}

async function readAll(journal: Journal, maxBytes = 1000): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let next = journal.first; next < journal.next; ) {
    const frames = await journal.read(next, maxBytes)
    if (frames.length === 0) break
    for (const { first, payload } of frames) seen.push({ first, text: Buffer.from(payload).toString() })
    const last = frames[frames.length - 1]
    next = last.first + last.count
  }
  return seen
}

const logs = () =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()

describe('a journal', () => {
  it('numbers frames by their counts and gives them back after a restart', async () => {
    const journal = await open({ segmentBytes: 400 })
    const done = Array.from({ length: 50 }, async (_, i) => append(journal, `frame ${i}`, 1 + (i % 3), i).done)
    await Promise.all(done)
    for (let i = 50; i < 80; i++) await append(journal, `frame ${i}`, 1 + (i % 3), i).done
    const before = await readAll(journal)
    expect(before.map((frame) => frame.text)).toEqual(Array.from({ length: 80 }, (_, i) => `frame ${i}`))
    await journal.close()
    const again = await open()
    expect(await readAll(again)).toEqual(before)
    expect(logs().length).toBeGreaterThan(2)
    expect(append(again, 'more').first).toBe(journal.next)
    await again.close()
  })

  it('starts reading inside a frame, and finds a time', async () => {
    const journal = await open({ segmentBytes: 2000 })
    for (let i = 0; i < 300; i++) await append(journal, `frame ${i}`, 10, 1000 + i * 10).done
    expect((await journal.read(1234, 1))[0].first).toBe(1230)
    expect(await journal.find(0)).toBe(0)
    expect(await journal.find(1501)).toBe(510)
    expect(await journal.find(2000)).toBe(1000)
    expect(await journal.find(99_999)).toBe(3000)
    await journal.close()
  })

  it('syncs once for all appends that wait', async () => {
    const files = new FailingFiles()
    const journal = await open({ mode: 'fsync', files })
    await Promise.all(Array.from({ length: 200 }, (_, i) => append(journal, `frame ${i}`).done))
    expect(files.syncs).toBeLessThan(5)
    await journal.close()
  })

  it('deletes whole segments that nobody needs', async () => {
    const journal = await open({ segmentBytes: 500 })
    for (let i = 0; i < 100; i++) await append(journal, `frame ${i}`).done
    await journal.dropBefore(50)
    expect(journal.first).toBeGreaterThan(30)
    expect(journal.first).toBeLessThanOrEqual(50)
    expect((await readAll(journal))[0].first).toBe(journal.first)
    await journal.dropBefore(journal.next)
    expect(logs()).toHaveLength(1)
    expect([journal.first, journal.next]).toEqual([100, 100])
    await journal.close()
    const again = await open()
    expect(append(again, 'next').first).toBe(100)
    await again.close()
  })

  it('keeps what is appended while all that was before is deleted', async () => {
    const journal = await open()
    for (let i = 0; i < 20; i++) {
      await append(journal, `old ${i}`).done
      const dropping = journal.dropBefore(journal.next)
      const appended = append(journal, `new ${i}`)
      await Promise.all([dropping, appended.done])
      expect((await readAll(journal)).map(({ text }) => text)).toEqual([`new ${i}`])
    }
    await journal.close()
    const again = await open()
    expect(await readAll(again)).toEqual([{ first: 39, text: 'new 19' }])
    await again.close()
  })
})

/** Frames in one segment, each with where it begins and ends in the file. */
async function written(
  count: number,
  after: 'closed' | 'killed',
): Promise<{ bytes: Buffer; frames: (Seen & { start: number; end: number })[] }> {
  const journal = await open()
  for (let i = 0; i < count; i++) await append(journal, `frame ${i} ${'x'.repeat((i * 7) % 90)}`, 1 + (i % 4)).done
  const seen = await readAll(journal)
  const bytes = readFileSync(join(directory, logs()[0]))
  await journal.close()
  // A killed process leaves no index behind.
  if (after === 'killed')
    for (const name of readdirSync(directory)) if (name.endsWith('.idx')) rmSync(join(directory, name))
  let end = 0
  const frames = seen.map((frame) => {
    const start = end
    end += Math.ceil((32 + Buffer.byteLength(frame.text)) / 8) * 8
    return { ...frame, start, end }
  })
  expect(end).toBe(bytes.length)
  return { bytes, frames }
}

describe('recovery', () => {
  const forget = () => {
    damage = []
    for (const name of readdirSync(directory))
      if (name !== logs()[0]) rmSync(join(directory, name), { recursive: true, force: true })
  }

  it('keeps every frame before a cut at any byte, and the cut bytes', async () => {
    const { bytes, frames } = await written(5, 'killed')
    const file = join(directory, logs()[0])
    for (let length = 0; length <= bytes.length; length++) {
      forget()
      writeFileSync(file, bytes.subarray(0, length))
      const journal = await open()
      const kept = frames.filter(({ start, text }) => start + 32 + Buffer.byteLength(text) <= length)
      expect(await readAll(journal), `cut at ${length}`).toEqual(kept.map(({ first, text }) => ({ first, text })))
      // Of a frame that is whole, padding may be missing.
      const torn = Math.max(0, length - (kept.at(-1)?.end ?? 0))
      expect(damage.map((found) => found.bytes)).toEqual(torn > 0 ? [torn] : [])
      if (torn > 0) expect(readFileSync(damage[0].file)).toEqual(bytes.subarray(length - torn, length))
      // It works on: the next frame follows what was kept.
      await append(journal, 'after the cut').done
      expect((await readAll(journal)).at(-1)?.text).toBe('after the cut')
      await journal.close()
    }
  }, 60_000)

  it.each(['killed', 'closed'] as const)('loses one frame at most to a flipped bit at any byte (%s)', async (how) => {
    const { bytes, frames } = await written(5, how)
    const file = join(directory, logs()[0])
    const index = how === 'closed' ? readFileSync(file.replace('.log', '.idx')) : undefined
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of process.env.MILLRACE_NIGHTLY ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]) {
        forget()
        const bad = Buffer.from(bytes)
        bad[at] ^= 1 << bit
        writeFileSync(file, bad)
        if (index) writeFileSync(file.replace('.log', '.idx'), index)
        const journal = await open()
        // Padding is not covered by the checksum: a frame damaged there alone is whole.
        const hit = frames.find(({ start, text }) => at >= start && at < start + 32 + Buffer.byteLength(text))
        const kept = frames.filter((frame) => frame !== hit).map(({ first, text }) => ({ first, text }))
        expect(await readAll(journal), `byte ${at}, bit ${bit}`).toEqual(kept)
        expect(damage.map((found) => found.bytes)).toEqual(hit ? [hit.end - hit.start] : [])
        if (hit) expect(readFileSync(damage[0].file)).toEqual(bad.subarray(hit.start, hit.end))
        await journal.close()
      }
    }
  }, 120_000)

  it('skips damaged frames, keeps their bytes, and drops nothing after them', async () => {
    const { bytes, frames } = await written(20, 'killed')
    const file = join(directory, logs()[0])
    const corruption = fc.record({
      at: fc.nat(bytes.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
      how: fc.constantFrom('killed', 'closed'),
    })
    await fc.assert(
      fc.asyncProperty(corruption, async ({ at, bytes: noise, how }) => {
        forget()
        writeFileSync(file, bytes)
        if (how === 'closed') await (await withAppend('x')).close()
        const present = readFileSync(file)
        const bad = Buffer.from(present)
        bad.set(noise.subarray(0, bad.length - at), at)
        writeFileSync(file, bad)
        const journal = await open()
        const intact = frames.filter(({ start, end }) => bad.subarray(start, end).equals(present.subarray(start, end)))
        const seen = (await readAll(journal)).filter((frame) => frame.text !== 'x')
        // Padding is not covered by the checksum: a frame damaged there alone is whole.
        const untouched = new Set(intact.map((frame) => frame.first))
        for (const frame of seen) expect(frames).toContainEqual(expect.objectContaining(frame))
        expect(seen.filter((frame) => untouched.has(frame.first))).toEqual(
          intact.map(({ first, text }) => ({ first, text })),
        )
        if (seen.length < frames.length) expect(damage.length).toBeGreaterThan(0)
        for (const { file: kept, bytes: length } of damage) expect(readFileSync(kept)).toHaveLength(length)
        await journal.close()
      }),
      { numRuns: 100 },
    )

    async function withAppend(text: string): Promise<Journal> {
      const journal = await open()
      await append(journal, text).done
      return journal
    }
  })

  it('skips damage in an older segment when it is read', async () => {
    const journal = await open({ segmentBytes: 600 })
    for (let i = 0; i < 60; i++) await append(journal, `frame ${i}`).done
    const all = await readAll(journal)
    await journal.close()
    const old = join(directory, logs()[1])
    const bytes = readFileSync(old)
    bytes[50] ^= 0xff
    writeFileSync(old, bytes)
    const again = await open()
    expect(damage).toEqual([])
    const lost = Number(logs()[1].slice(0, 20)) + 1
    expect(await readAll(again)).toEqual(all.filter((frame) => frame.first !== lost))
    expect(damage).toHaveLength(1)
    await readAll(again)
    expect(damage).toHaveLength(1)
    await again.close()
  })

  it('reads on when a whole segment file has been taken away', async () => {
    const journal = await open({ segmentBytes: 600 })
    for (let i = 0; i < 60; i++) await append(journal, `frame ${i}`).done
    await journal.close()
    const [, gone, next] = logs()
    rmSync(join(directory, gone))
    const again = await open()
    // The numbers of the missing file are a gap that the segment before it seems to hold.
    const seen = (await readAll(again)).map((frame) => frame.first)
    expect(seen).not.toContain(Number(gone.slice(0, 20)))
    expect(seen).toContain(Number(next.slice(0, 20)))
    expect(seen.at(-1)).toBe(59)
    await again.close()
  })

  it('makes indexes again that are missing or wrong', async () => {
    const journal = await open({ segmentBytes: 600 })
    for (let i = 0; i < 60; i++) await append(journal, `frame ${i}`).done
    const all = await readAll(journal)
    await journal.close()
    for (const name of readdirSync(directory).filter((each) => each.endsWith('.idx')))
      truncateSync(join(directory, name), 17)
    const again = await open()
    expect(await readAll(again)).toEqual(all)
    expect(damage).toEqual([])
    await again.close()
  })

  it('takes garbage behind the last frame for a torn tail', async () => {
    const { frames } = await written(3, 'killed')
    appendFileSync(join(directory, logs()[0]), Buffer.alloc(100, 7))
    const journal = await open()
    expect(await readAll(journal)).toHaveLength(frames.length)
    expect(damage).toHaveLength(1)
    expect(existsSync(damage[0].file)).toBe(true)
    await journal.close()
  })
})

describe('a failing disk', () => {
  it.each(['fsync', 'os'] as const)('refuses appends when it is full, and takes them again (%s)', async (mode) => {
    const files = new FailingFiles()
    const journal = await open({ mode, files })
    await append(journal, 'kept').done
    files.bytesFree = 50
    const refused = await Promise.allSettled(
      Array.from({ length: 4 }, (_, i) => append(journal, `refused ${i} ${'x'.repeat(30)}`).done),
    )
    expect(refused.map((each) => each.status)).toEqual(new Array(4).fill('rejected'))
    expect(refused[0]).toMatchObject({ reason: { code: 'StorageFull', retry: true, domain: 'external' } })
    expect(journal.next).toBe(1)
    files.bytesFree = Number.POSITIVE_INFINITY
    expect(append(journal, 'kept too').first).toBe(1)
    await journal.settled()
    expect((await readAll(journal)).map((frame) => frame.text)).toEqual(['kept', 'kept too'])
    await journal.close()
    const again = await open()
    expect((await readAll(again)).map((frame) => frame.text)).toEqual(['kept', 'kept too'])
    expect(damage).toEqual([])
    await again.close()
  })

  it('acknowledges nothing that could not be synced', async () => {
    const files = new FailingFiles()
    const journal = await open({ mode: 'fsync', files })
    await append(journal, 'kept').done
    files.failSync = true
    await expect(append(journal, 'refused').done).rejects.toMatchObject({ code: 'StorageFailure' })
    files.failSync = false
    await append(journal, 'kept too').done
    expect((await readAll(journal)).map((frame) => frame.text)).toEqual(['kept', 'kept too'])
    await journal.close()
  })

  it('writes nothing over what it could not cut back', async () => {
    const files = new FailingFiles()
    const journal = await open({ mode: 'os', files })
    await append(journal, 'kept').done
    files.bytesFree = 60
    files.failTruncate = true
    await expect(append(journal, 'refused '.repeat(20)).done).rejects.toMatchObject({ code: 'StorageFull' })
    files.bytesFree = Number.POSITIVE_INFINITY
    await expect(append(journal, 'refused too').done).rejects.toMatchObject({ code: 'StorageFailure' })
    files.failTruncate = false
    await append(journal, 'kept too').done
    expect((await readAll(journal)).map((frame) => frame.text)).toEqual(['kept', 'kept too'])
    await journal.close()
  })

  it('in memory mode says what it lost', async () => {
    const files = new FailingFiles()
    const journal = await open({ mode: 'memory', files })
    await append(journal, 'kept').done
    await journal.settled()
    files.bytesFree = 0
    await append(journal, 'acknowledged and lost').done
    await journal.settled()
    expect(damage).toHaveLength(1)
    expect(journal.next).toBe(1)
    files.bytesFree = Number.POSITIVE_INFINITY
    await journal.close()
  })
})
