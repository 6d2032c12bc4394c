import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { engine } from '../../src/engines/lake/engine.ts'
import { compareUtf8 } from '../../src/engines/lake/listing.ts'
import { startEngines } from '../support/engines.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (body: Uint8Array) => new TextDecoder().decode(body)

async function startLake(directory?: string) {
  const engines = await startEngines([engine], directory ? { directory } : {})
  const lake = engines.clients.lake
  if (!directory) await lake.createBucket({ bucket: 'data' })
  const put = (key: string, content = key) => lake.putObject({ bucket: 'data', key, body: bytes(content) })
  const folder = join(engines.workspaceDirectory, 'lake', 'data')
  return { engines, lake, put, folder }
}

async function keys(lake: Clients['lake'], query: { prefix?: string; delimiter?: string } = {}): Promise<string[]> {
  const found: string[] = []
  let startAfter = ''
  for (;;) {
    const page = await lake.listObjects({ bucket: 'data', ...query, startAfter, max: 3 })
    found.push(...page.objects.map((o) => o.key), ...page.commonPrefixes)
    if (page.next === undefined) return found.sort(compareUtf8)
    startAfter = page.next
  }
}

describe('objects', () => {
  it('are plain files, read back whole and in ranges, with type and metadata', async () => {
    const { engines, lake, folder } = await startLake()
    await using _ = engines
    const details = { bucket: 'data', key: 'a/b.csv', contentType: 'text/csv', metadata: { origin: 'Graz' } }
    const put = await lake.putObject({ ...details, body: bytes('hello') })
    expect(put).toMatchObject({ size: 5, etag: '"5d41402abc4b2a76b9719d911017c592"' })
    expect(readFileSync(join(folder, 'a/b.csv'), 'utf8')).toBe('hello')
    const read = await lake.getObject({ bucket: 'data', key: 'a/b.csv', start: 1, end: 3 })
    expect(text(read.body)).toBe('ell')
    expect(read).toMatchObject({ contentType: 'text/csv', metadata: { origin: 'Graz' }, size: 5 })
    await expect(lake.getObject({ bucket: 'data', key: 'a/b.csv', start: 5 })).rejects.toMatchObject({
      code: 'InvalidRange',
    })
    await expect(lake.getObject({ bucket: 'data', key: 'a' })).rejects.toMatchObject({ code: 'NoSuchKey' })
    await expect(lake.getObject({ bucket: 'none', key: 'a' })).rejects.toMatchObject({ code: 'NoSuchBucket' })
  })

  it('survive a restart with what files cannot carry', async () => {
    const { engines, lake } = await startLake()
    const put = await lake.putObject({
      bucket: 'data',
      key: 'x',
      body: bytes('1'),
      contentType: 'text/plain',
      metadata: { a: 'b' },
    })
    await engines.stop()
    const again = await startLake(engines.workspaceDirectory)
    await using _ = again.engines
    expect(await again.lake.headObject({ bucket: 'data', key: 'x' })).toEqual(put)
  })

  it('lose only type and metadata with the index', async () => {
    const { engines, lake, put } = await startLake()
    const settings = { tags: { team: 'data' }, cors: [{ origins: ['*'], methods: ['GET' as const] }] }
    await lake.changeBucket({ bucket: 'data', ...settings })
    await put('a/b')
    await put('a')
    await put('A')
    await engines.stop()
    const index = join(engines.workspaceDirectory, '.millrace/lake/index.sqlite')
    rmSync(`${index}-wal`, { force: true })
    writeFileSync(index, 'garbage'.repeat(1000))
    const error = console.error
    console.error = () => {}
    const again = await startLake(engines.workspaceDirectory)
    console.error = error
    await using _ = again.engines
    expect(await keys(again.lake)).toEqual(['A', 'a', 'a/b'])
    expect(text((await again.lake.getObject({ bucket: 'data', key: 'a' })).body)).toBe('a')
    expect(await again.lake.bucketSettings({ bucket: 'data' })).toMatchObject(settings)
    // A bucket that is made anew has nothing of the one before it.
    await again.lake.deleteObjects({ bucket: 'data', keys: ['A', 'a', 'a/b'] })
    await again.lake.deleteBucket({ bucket: 'data' })
    await again.lake.createBucket({ bucket: 'data' })
    expect(await again.lake.bucketSettings({ bucket: 'data' })).toEqual({})
  })

  it('live beside folders of their name, before and after', async () => {
    const { engines, lake, put } = await startLake()
    await using _ = engines
    await put('a')
    await put('a/b')
    await put('c/d')
    await put('c')
    await put('c/')
    await put('c//d')
    expect(await keys(lake)).toEqual(['a', 'a/b', 'c', 'c/', 'c//d', 'c/d'])
    for (const key of await keys(lake)) expect(text((await lake.getObject({ bucket: 'data', key })).body)).toBe(key)
    expect(await keys(lake, { prefix: 'c/', delimiter: '/' })).toEqual(['c/', 'c//', 'c/d'])
    await lake.deleteObjects({ bucket: 'data', keys: ['a/b', 'c/d', 'nothing'] })
    expect(await keys(lake)).toEqual(['a', 'c', 'c/', 'c//d'])
  })

  it('whose names differ in case only do not share a name that ignores case', async () => {
    const { engines, put, folder } = await startLake()
    await using _ = engines
    await put('Data/x.csv')
    await put('data/x.csv')
    await put('data/X.csv')
    const names = (readdirSync(folder, { recursive: true }) as string[]).map((name) => name.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
  })
})

it('lists what is there when a page is asked for, though the page was looked at before', async () => {
  const { engines, lake, put, folder } = await startLake()
  await using _ = engines
  for (let i = 10; i < 40; i++) await put(`day=${i % 3}/part-${i}`, 'x')
  const all = async (between: (pages: number) => unknown) => {
    const seen = new Map<string, number>()
    let startAfter = ''
    for (let pages = 1; ; pages++) {
      const page = await lake.listObjects({ bucket: 'data', startAfter, max: 5 })
      for (const { key, size } of page.objects) seen.set(key, size)
      if (page.next === undefined) return seen
      startAfter = page.next
      // The page after it is looked at once the answer has gone.
      await new Promise((resolve) => setTimeout(resolve, 20))
      await between(pages)
    }
  }
  const seen = await all(async (pages) => {
    if (pages === 2) await put('day=1/part-10', 'longer')
    if (pages === 3) await lake.deleteObjects({ bucket: 'data', keys: ['day=1/part-37'] })
    if (pages === 4) writeFileSync(join(folder, 'day=2/part-12'), 'from outside')
    if (pages === 5) rmSync(join(folder, 'day=2/part-38'))
  })
  expect(seen.get('day=1/part-10')).toBe(6)
  expect(seen.has('day=1/part-37')).toBe(false)
  expect(seen.get('day=2/part-12')).toBe(12)
  expect(seen.has('day=2/part-38')).toBe(false)
  expect(seen.size).toBe(29)
  // Edited in place, its folder does not change: the next listing sees it.
  writeFileSync(join(folder, 'day=2/part-35'), 'edited')
  expect((await all(() => {})).get('day=2/part-35')).toBe(6)
})

describe('files from outside', () => {
  it('are objects when they come, change, move and go', async () => {
    const { engines, lake, put, folder } = await startLake()
    await using _ = engines
    await put('old/one.csv')
    expect(await keys(lake)).toEqual(['old/one.csv'])
    mkdirSync(join(folder, 'new/deep'), { recursive: true })
    writeFileSync(join(folder, 'new/deep/two.csv'), 'two')
    writeFileSync(join(folder, 'old/100%.csv'), 'three')
    expect(await keys(lake)).toEqual(['new/deep/two.csv', 'old/100%.csv', 'old/one.csv'])
    expect(text((await lake.getObject({ bucket: 'data', key: 'old/100%.csv' })).body)).toBe('three')
    writeFileSync(join(folder, 'old/one.csv'), 'longer than before')
    expect((await lake.listObjects({ bucket: 'data', prefix: 'old/one' })).objects[0].size).toBe(18)
    renameSync(join(folder, 'new/deep'), join(folder, 'moved'))
    expect(await keys(lake)).toEqual(['moved/two.csv', 'old/100%.csv', 'old/one.csv'])
    await put('moved/three.csv')
    rmSync(join(folder, 'moved'), { recursive: true })
    await put('moved/four.csv')
    expect(await keys(lake)).toEqual(['moved/four.csv', 'old/100%.csv', 'old/one.csv'])
  })

  it('are no objects where they are links or litter', async () => {
    const { engines, lake, put, folder } = await startLake()
    await using _ = engines
    symlinkSync('/etc', join(folder, 'etc'))
    symlinkSync('/etc/hostname', join(folder, 'host'))
    writeFileSync(join(folder, '.DS_Store'), '')
    expect(await keys(lake)).toEqual([])
    await expect(lake.getObject({ bucket: 'data', key: 'etc/hostname' })).rejects.toMatchObject({ code: 'NoSuchKey' })
    await put('.DS_Store')
    expect(await keys(lake)).toEqual(['.DS_Store'])
    await expect(put('etc/x')).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(existsSync('/etc/x')).toBe(false)
  })
})

it('keeps every key apart and inside its bucket, in any order of puts and deletes', async () => {
  const { engines, lake, put } = await startLake()
  await using _ = engines
  const segment = fc.constantFrom(
    ...[
      'a',
      'A',
      'b',
      '',
      '..',
      '.',
      'é',
      'e\u0301',
      '%',
      '%-',
      '%41',
      'CON',
      'nul.txt',
      '.git',
      'a.',
      'a ',
      '\u0001',
      '\n',
    ],
    ...['<>:"\\|?*', 'x'.repeat(230), `${'x'.repeat(199)}.`, '😀'.repeat(60)],
  )
  const key = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((s) => s.join('/'))
    .filter((k) => k !== '' && Buffer.byteLength(k) <= 1024)
  const step = fc.record({ key, remove: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const model = new Set<string>()
      for (const { key, remove } of steps) {
        if (remove) await lake.deleteObjects({ bucket: 'data', keys: [key] })
        else await put(key)
        if (remove) model.delete(key)
        else model.add(key)
      }
      expect(await keys(lake)).toEqual([...model].sort(compareUtf8))
      for (const k of model) expect(text((await lake.getObject({ bucket: 'data', key: k })).body)).toBe(k)
      await lake.deleteObjects({ bucket: 'data', keys: [...model] })
      expect(readdirSync(join(engines.workspaceDirectory, 'lake'))).toEqual(['data'])
      expect(readdirSync(join(engines.workspaceDirectory, 'lake', 'data'))).toEqual([])
    }),
    { numRuns: 40 },
  )
})

describe('buckets', () => {
  it('are made once, refused by S3’s naming rules, and deleted only when empty', async () => {
    const { engines, lake, put } = await startLake()
    await using _ = engines
    await put('x')
    await expect(lake.createBucket({ bucket: 'data' })).rejects.toMatchObject({ code: 'BucketAlreadyOwnedByYou' })
    await expect(lake.createBucket({ bucket: '../.millrace' })).rejects.toMatchObject({ code: 'InvalidBucketName' })
    await expect(lake.deleteBucket({ bucket: 'data' })).rejects.toMatchObject({ code: 'BucketNotEmpty' })
    await lake.deleteObjects({ bucket: 'data', keys: ['x'] })
    await lake.deleteBucket({ bucket: 'data' })
    expect(await lake.listBuckets({})).toEqual([])
  })
})

describe('multipart uploads', () => {
  it('go on after a restart and join their parts in order', async () => {
    const { engines, lake } = await startLake()
    const place = { bucket: 'data', key: 'big' }
    const { uploadId } = await lake.createMultipartUpload({ ...place, contentType: 'x/y' })
    const first = new Uint8Array(5 * 1024 * 1024).fill(1)
    const one = await lake.uploadPart({ ...place, uploadId, partNumber: 1, body: first })
    await engines.stop()
    const again = await startLake(engines.workspaceDirectory)
    await using _ = again.engines
    const two = await again.lake.uploadPart({ ...place, uploadId, partNumber: 7, body: bytes('end') })
    const parts = [
      { partNumber: 1, etag: one.etag },
      { partNumber: 7, etag: two.etag },
    ]
    const complete = (chosen: typeof parts) => again.lake.completeMultipartUpload({ ...place, uploadId, parts: chosen })
    await expect(complete(parts.toReversed())).rejects.toMatchObject({ code: 'InvalidPartOrder' })
    await expect(complete([{ partNumber: 2, etag: one.etag }])).rejects.toMatchObject({ code: 'InvalidPart' })
    const whole = await complete(parts)
    expect(whole).toMatchObject({ size: first.length + 3, contentType: 'x/y' })
    expect(whole.etag).toMatch(/-2"$/)
    await expect(complete(parts)).rejects.toMatchObject({ code: 'NoSuchUpload' })
  })
})

describe('staged files', () => {
  it('become objects only from their stage', async () => {
    const { engines, lake } = await startLake()
    await using _ = engines
    const { directory } = await lake.stage({ bucket: 'data' })
    writeFileSync(join(directory, '0.parquet'), 'rows')
    const [info] = await lake.adopt({
      bucket: 'data',
      files: [{ file: join(directory, '0.parquet'), key: 'out/0.parquet' }],
    })
    expect(info.size).toBe(4)
    expect((await lake.headObject({ bucket: 'data', key: 'out/0.parquet' })).etag).toBe(info.etag)
    const located = await lake.locate({ uri: 's3://data/out/' })
    expect(located.map((f) => readFileSync(f.file, 'utf8'))).toEqual(['rows'])
    const outside = { file: join(directory, '../../index.sqlite'), key: 'stolen' }
    await expect(lake.adopt({ bucket: 'data', files: [outside] })).rejects.toMatchObject({ code: 'InvalidArgument' })
  })

  it('become objects together, where nothing is below their prefix', async () => {
    const { engines, lake, put } = await startLake()
    await using _ = engines
    const stageOf = async (...names: string[]) => {
      const { directory } = await lake.stage({ bucket: 'data' })
      for (const name of names) writeFileSync(join(directory, name), name)
      return directory
    }
    await put('runs/1')
    const directory = await stageOf('part-0', '_SUCCESS')
    const infos = await lake.adoptFolder({ bucket: 'data', directory, prefix: 'runs/1' })
    expect(infos.map(({ key }) => key).toSorted()).toEqual(['runs/1/_SUCCESS', 'runs/1/part-0'])
    const { objects } = await lake.listObjects({ bucket: 'data', prefix: 'runs/' })
    expect(objects.map(({ key }) => key)).toEqual(['runs/1', 'runs/1/_SUCCESS', 'runs/1/part-0'])
    expect((await lake.headObject({ bucket: 'data', key: 'runs/1/part-0' })).etag).toBe(
      infos.find(({ key }) => key.endsWith('part-0'))?.etag,
    )
    const again = await stageOf('part-1')
    await expect(lake.adoptFolder({ bucket: 'data', directory: again, prefix: 'runs/1' })).rejects.toMatchObject({
      code: 'PreconditionFailed',
    })
    await lake.deleteObjects({ bucket: 'data', keys: ['runs/1/part-0', 'runs/1/_SUCCESS'] })
    await lake.adoptFolder({ bucket: 'data', directory: again, prefix: 'runs/1' })
    expect((await lake.locate({ uri: 's3://data/runs/1/' })).map(({ key }) => key)).toEqual(['runs/1/part-1'])
  })
})

it('announces objects as they come and go', async () => {
  const { engines, lake, put } = await startLake()
  await using _ = engines
  const seen: string[] = []
  const stop = new AbortController()
  const watching = (async () => {
    for await (const change of lake.watchObjects({ prefix: 'in/' }, { signal: stop.signal })) {
      seen.push(`${change.change} ${change.key}`)
      if (seen.length === 2) break
    }
  })()
  await put('out/1')
  await put('in/1')
  await lake.deleteObjects({ bucket: 'data', keys: ['in/1'] })
  await watching
  stop.abort()
  expect(seen).toEqual(['created in/1', 'deleted in/1'])
})
