import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHUNK_BYTES, chunkSums, firstBad } from '../../src/engines/hdfs/datanode/chunk-sums.ts'
import { ReplicaFiles } from '../../src/engines/hdfs/datanode/replica-files.ts'
import { FileEditLog } from '../../src/engines/hdfs/namenode/edit-log.ts'
import { readImage, writeImage } from '../../src/engines/hdfs/namenode/image.ts'
import {
  concat,
  mkdirs,
  remove,
  rename,
  renameOver,
  setOwner,
  setPermission,
  setQuota,
  setXattr,
} from '../../src/engines/hdfs/namenode/operations.ts'
import { createSnapshot, deleteSnapshot, setSnapshottable } from '../../src/engines/hdfs/namenode/snapshots.ts'
import { diskFiles } from '../../src/engines/kit/node/journal.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { BLOCK, SUPER, TestCluster } from '../support/hdfs.ts'

const start = () => new TestCluster({ racks: ['/a', '/b', '/b'] }).start()
const text = (value: string) => Buffer.from(value)
const ANN = { user: 'ann', superuser: false }

describe('names', () => {
  test('rename goes into a directory, never over anything, and never below itself', async () => {
    const { cluster } = await start()
    const { namenode } = cluster
    await mkdirs(namenode, SUPER, '/a/b')
    await mkdirs(namenode, SUPER, '/c')
    expect(await rename(namenode, SUPER, '/a', '/c')).toBe(true)
    expect(namenode.namespace.find('/c/a/b')).toBeDefined()
    expect(await rename(namenode, SUPER, '/c', '/c/a/x')).toBe(false)
    expect(await rename(namenode, SUPER, '/none', '/x')).toBe(false)
    expect(await rename(namenode, SUPER, '/c/a', '/no/where')).toBe(false)
    await mkdirs(namenode, SUPER, '/d')
    await expect(renameOver(namenode, SUPER, '/c', '/d', false)).rejects.toMatchObject({
      code: 'FileAlreadyExistsException',
    })
    await renameOver(namenode, SUPER, '/c', '/d', true)
    expect([...namenode.namespace.root.children.keys()]).toEqual(['d'])
  })

  test('permissions are asked of whoever is not the superuser', async () => {
    const { cluster } = await start()
    const { namenode } = cluster
    await expect(mkdirs(namenode, ANN, '/x')).rejects.toThrow(
      'Permission denied: user=ann, access=WRITE_EXECUTE, inode="/":hdfs:supergroup:drwxr-xr-x',
    )
    await mkdirs(namenode, SUPER, '/home')
    await setOwner(namenode, SUPER, '/home', 'ann', 'ann')
    await mkdirs(namenode, ANN, '/home/x')
    await setPermission(namenode, SUPER, '/home', 0o1777)
    const BOB = { user: 'bob', superuser: false }
    await mkdirs(namenode, BOB, '/home/y')
    await expect(remove(namenode, BOB, '/home/x', true)).rejects.toThrow('sticky bit')
    await expect(setPermission(namenode, BOB, '/home', 0o777)).rejects.toMatchObject({ code: 'AccessControlException' })
    await setXattr(namenode, BOB, '/home/y', 'user.origin', text('here'), ['CREATE'])
    await expect(setXattr(namenode, BOB, '/home/y', 'user.origin', text(''), ['CREATE'])).rejects.toThrow('REPLACE')
  })

  test('quotas of names and of space hold, and what is there already may stay', async () => {
    const hdfs = await start()
    const { namenode } = hdfs.cluster
    await mkdirs(namenode, SUPER, '/q/a')
    await setQuota(namenode, SUPER, '/q', { nameQuota: 3, spaceQuota: 3 * BLOCK })
    await hdfs.put('/q/f', Buffer.alloc(BLOCK))
    await expect(mkdirs(namenode, SUPER, '/q/b')).rejects.toMatchObject({ code: 'NSQuotaExceededException' })
    await setQuota(namenode, SUPER, '/q', { nameQuota: null })
    await expect(hdfs.put('/q/g', Buffer.alloc(1))).rejects.toMatchObject({ code: 'DSQuotaExceededException' })
    await mkdirs(namenode, SUPER, '/other')
    await hdfs.put('/other/g', Buffer.alloc(1))
    await expect(rename(namenode, SUPER, '/other/g', '/q/h')).rejects.toMatchObject({
      code: 'DSQuotaExceededException',
    })
    expect(await rename(namenode, SUPER, '/q/f', '/q/a/f')).toBe(true)
  })
})

describe('snapshots', () => {
  test('a snapshot stays as it was, and its blocks with it', async () => {
    const hdfs = await start()
    const { namenode } = hdfs.cluster
    await hdfs.put('/s/d/f', text('first'))
    await setSnapshottable(namenode, SUPER, '/s', true)
    expect(await createSnapshot(namenode, SUPER, '/s', 'one')).toBe('/s/.snapshot/one')
    await hdfs.put('/s/d/f', text('second'))
    await mkdirs(namenode, SUPER, '/s/later')
    await hdfs.crash()
    await hdfs.clock.advance(60_000)
    expect(String(await hdfs.get('/s/d/f'))).toBe('second')
    expect(String(await hdfs.get('/s/.snapshot/one/d/f'))).toBe('first')
    expect(hdfs.cluster.namenode.namespace.find('/s/.snapshot/one/later')).toBeUndefined()
    await expect(remove(hdfs.cluster.namenode, SUPER, '/s', true)).rejects.toMatchObject({ code: 'SnapshotException' })
    await expect(remove(hdfs.cluster.namenode, SUPER, '/s/.snapshot/one/d', true)).rejects.toMatchObject({
      code: 'SnapshotAccessControlException',
    })
    expect(hdfs.cluster.map.blocks.size).toBe(2)
    await deleteSnapshot(hdfs.cluster.namenode, SUPER, '/s', 'one')
    await hdfs.clock.advance(60_000)
    expect(hdfs.cluster.map.blocks.size).toBe(1)
  })

  test('files of a snapshot are not joined to another', async () => {
    const hdfs = await start()
    await hdfs.put('/s/a', text('a'))
    await hdfs.put('/s/b', text('b'))
    await setSnapshottable(hdfs.cluster.namenode, SUPER, '/s', true)
    await createSnapshot(hdfs.cluster.namenode, SUPER, '/s', 'one')
    await expect(concat(hdfs.cluster.namenode, SUPER, '/s/a', ['/s/b'])).rejects.toMatchObject({
      code: 'SnapshotException',
    })
  })
})

describe('what is on disk', () => {
  const seed = process.env.MILLRACE_TEST_SEED ?? String(Date.now())

  test(`image and edits give the namespace back, whenever the image was written (seed ${seed})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-hdfs-log-'))
    try {
      const random = seededRandom(seed)
      const hdfs = await start()
      const { namenode } = hdfs.cluster
      const log = new FileEditLog(folder, () => {})
      await log.load()
      await log.checkpoint(namenode.namespace)
      const append = hdfs.log.append.bind(hdfs.log)
      hdfs.log.append = async (edits) => {
        await append(edits)
        await log.append(edits, 0)
      }
      await setSnapshottable(namenode, SUPER, '/', true)
      const names = ['/a', '/b', '/a/c', '/b/d', '/a/c/e']
      const any = () => names[random.int(names.length)]
      for (let i = 0; i < 120; i++) {
        const act = random.int(7)
        const done = [
          () => mkdirs(namenode, SUPER, any()),
          () => hdfs.put(`${any()}/f${random.int(3)}`, text(`file ${i}`)),
          () => rename(namenode, SUPER, any(), any()),
          () => remove(namenode, SUPER, any(), true),
          () => createSnapshot(namenode, SUPER, '/', `s${i}`),
          () => log.checkpoint(namenode.namespace),
          () => deleteSnapshot(namenode, SUPER, '/', `s${random.int(i + 1)}`),
        ][act]()
        await Promise.resolve(done).catch((thrown) => expect(thrown).toHaveProperty('code'))
      }
      await log.close()
      const again = new FileEditLog(folder, () => {})
      expect(writeImage((await again.load())!, 0)).toBe(writeImage(namenode.namespace, 0))
      await again.checkpoint(namenode.namespace)
      await again.close()
      // The newest image is damaged: the one before, with its edits, gives the same.
      const [newest] = readdirSync(folder)
        .filter((name) => name.startsWith('fsimage_'))
        .sort((a, b) => Number(b.slice(8)) - Number(a.slice(8)))
      writeFileSync(join(folder, newest), 'nothing of use\n')
      const older = new FileEditLog(folder, () => {})
      expect(writeImage((await older.load())!, 0)).toBe(writeImage(namenode.namespace, 0))
      await older.close()
      expect(() => readImage('nothing of use\n')).toThrow('no header')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('a bit that has turned, in the bytes or in a checksum, is found in its chunk', () => {
    const bytes = Buffer.from(seededRandom('chunks').bytes(20 * CHUNK_BYTES + 100))
    const sums = chunkSums(bytes)
    expect(firstBad(bytes, sums)).toBe(-1)
    for (let chunk = 0; chunk <= 20; chunk++)
      for (const [where, place] of [
        [bytes, chunk * CHUNK_BYTES + 99],
        [sums, chunk * 4 + 3],
      ] as const) {
        where[place] ^= 1
        expect(firstBad(bytes, sums)).toBe(chunk)
        where[place] ^= 1
      }
    expect(firstBad(bytes, sums.subarray(0, 40))).toBe(-1)
    expect(chunkSums(Buffer.from('123456789')).toString('hex')).toBe('e3069283')
  })

  test('a replica on disk says how much of it was acknowledged, wherever its writing ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-hdfs-replica-'))
    try {
      const bytes = Buffer.from(seededRandom('replica').bytes(3000))
      const store = new ReplicaFiles(folder, diskFiles)
      const writer = await store.create(7, 1)
      await writer.write(0, bytes.subarray(0, 1300), chunkSums(bytes.subarray(0, 1300)))
      await writer.sync()
      // The bytes of what follows are there, their checksums are not.
      await writer.write(1024, bytes.subarray(1024, 3000), chunkSums(bytes.subarray(1024, 3000)))
      await writer.close()
      const found = new ReplicaFiles(folder, diskFiles)
      expect(await found.intactBytes(7)).toBe(1300)
      await found.truncate(7, 1300, 2)
      expect(await found.list()).toEqual([{ id: 7, stamp: 2, bytes: 1300 }])
      const read = async (start: number, end: number) =>
        Buffer.concat(await Array.fromAsync(found.read({ id: 7, stamp: 2, bytes: 1300 }, start, end)))
      expect(await read(100, 1300)).toEqual(bytes.subarray(100, 1300))
      await found.damage(7)
      await expect(read(0, 10)).rejects.toMatchObject({ code: 'ChecksumException' })
      expect(await read(600, 1300)).toEqual(bytes.subarray(600, 1300))
      expect(found.usedBytes).toBe(1300)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
