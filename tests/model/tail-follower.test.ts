import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FilePosition, Follower } from '../../src/engines/ingest/follower.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-tail-'))
  path = join(folder, 'app.log')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const decoder = new TextDecoder()

/** All that is there to be read now, as texts. */
async function drain(follower: Follower): Promise<string[]> {
  const texts: string[] = []
  for (let piece = await follower.next(); piece; piece = await follower.next())
    texts.push(...piece.lines.map(({ bytes }) => decoder.decode(bytes)))
  return texts
}

/** As logrotate does: .1 becomes .2, and so on. */
function renameOlder(): void {
  for (let age = 60; age >= 1; age--)
    if (existsSync(`${path}.${age}`)) renameSync(`${path}.${age}`, `${path}.${age + 1}`)
}

function rotate(): void {
  renameOlder()
  renameSync(path, `${path}.1`)
}

type Step =
  | { do: 'write'; lines: number }
  | { do: 'write half' }
  | { do: 'read' }
  | { do: 'rotate' }
  | { do: 'copy and truncate' }
  | { do: 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), lines: fc.integer({ min: 1, max: 40 }) }) },
  fc.constant<Step>({ do: 'write half' }),
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'read' }) },
  fc.constant<Step>({ do: 'rotate' }),
  fc.constant<Step>({ do: 'copy and truncate' }),
  fc.constant<Step>({ do: 'restart' }),
)

test('through writes, rotations, truncations and restarts each line comes once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      rmSync(folder, { recursive: true, force: true })
      folder = mkdtempSync(join(tmpdir(), 'millrace-tail-'))
      path = join(folder, 'app.log')
      let follower = new Follower(path, 4096)
      const written: string[] = []
      const read: string[] = []
      /** A line that the writer has begun. */
      let begun = ''
      const line = () => `line ${written.length} ${'.'.repeat(written.length % 90)}`
      const write = (text: string) => {
        appendFileSync(path, `${text}\n`)
        written.push(begun + text)
        begun = ''
      }
      writeFileSync(path, '')
      await follower.startAt('beginning')
      // What has been read marks a file: of one that was truncated before a line of it was read nothing can be known.
      write('the first')
      read.push(...(await drain(follower)))
      for (const one of steps) {
        switch (one.do) {
          case 'write':
            for (let i = 0; i < one.lines; i++) write(line())
            break
          case 'write half':
            appendFileSync(path, 'half, ')
            begun += 'half, '
            break
          case 'read':
            read.push(...(await drain(follower)))
            break
          case 'rotate':
            // A line that was begun ends where the old file does.
            if (begun !== '') written.push(begun)
            begun = ''
            rotate()
            writeFileSync(path, '')
            break
          case 'copy and truncate':
            write(line())
            read.push(...(await drain(follower)))
            write('late')
            renameOlder()
            copyFileSync(path, `${path}.1`)
            truncateSync(path)
            break
          case 'restart': {
            const position: FilePosition = JSON.parse(JSON.stringify(follower.position))
            await follower.close()
            follower = new Follower(path, 4096)
            await follower.resume(position)
            break
          }
        }
      }
      write('the end')
      read.push(...(await drain(follower)))
      await follower.close()
      expect(read).toEqual(written)
    }),
    { numRuns: 150 },
  )
})

test('begins at the end with the line that is being written, or waits for a file that is not there yet', async () => {
  const waiting = new Follower(path, 4096)
  await waiting.startAt('end')
  expect(await drain(waiting)).toEqual([])
  writeFileSync(path, 'old\nhalf a')
  expect(await drain(waiting)).toEqual(['old'])
  const late = new Follower(path, 4096)
  await late.startAt('end')
  appendFileSync(path, ' line\r\n\nlast\n')
  expect(await drain(waiting)).toEqual(['half a line', 'last'])
  expect(await drain(late)).toEqual(['half a line', 'last'])
  await waiting.close()
  await late.close()
})

test('knows a file again by what was read of it, not by its inode alone', async () => {
  writeFileSync(path, 'one\ntwo\n')
  const first = new Follower(path, 4096)
  await first.startAt('beginning')
  await drain(first)
  const position = first.position!
  await first.close()
  // The same inode with other bytes: a truncated file that has grown beyond the offset, or an inode that was given away again.
  writeFileSync(path, 'another\nfile\n')
  const second = new Follower(path, 4096)
  await second.resume(position)
  expect(second.problem).toContain('lines may be missing')
  expect(await drain(second)).toEqual(['another', 'file'])
  // While it is followed it is seen too, whatever its size.
  writeFileSync(path, 'a third one\n')
  expect(await drain(second)).toEqual(['a third one'])
  await second.close()
})

test('a line longer than a record is passed over, whole, and the rest comes', async () => {
  writeFileSync(path, `short\n${'x'.repeat(3_000_000)}\nafter\n${'y'.repeat(20)}`)
  const follower = new Follower(path, 10)
  await follower.startAt('beginning')
  const texts: string[] = []
  let tooLong = 0
  for (let piece = await follower.next(); piece; piece = await follower.next()) {
    texts.push(...piece.lines.map(({ bytes }) => decoder.decode(bytes)))
    tooLong += piece.tooLong
  }
  appendFileSync(path, 'yy\nend\n')
  for (let piece = await follower.next(); piece; piece = await follower.next()) {
    texts.push(...piece.lines.map(({ bytes }) => decoder.decode(bytes)))
    tooLong += piece.tooLong
  }
  expect(texts).toEqual(['short', 'after', 'end'])
  expect(tooLong).toBe(2)
  await follower.close()
})
