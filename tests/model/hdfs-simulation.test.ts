import { expect, test } from 'vitest'
import { remove, setReplication } from '../../src/engines/hdfs/namenode/operations.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { BLOCK, SUPER, TestCluster } from '../support/hdfs.ts'

const NIGHTLY = process.env.MILLRACE_NIGHTLY !== undefined
const seed = process.env.MILLRACE_TEST_SEED ?? String(Date.now())
const ROUNDS = NIGHTLY ? 40 : 4
const STEPS = NIGHTLY ? 400 : 120
const RACKS = ['/a', '/a', '/b', '/b', '/c', '/c']

/** Whether some node, running or not, has all bytes of the file; what is on no disk any more cannot come back. */
function exists(hdfs: TestCluster, path: string, running: boolean): Promise<boolean> {
  const { blocks } = hdfs.cluster.namenode.namespace.file(path)
  return Promise.all(
    blocks.map(async ({ id, stamp, bytes }) => {
      for (const [name, store] of hdfs.stores) {
        const held = store.held.get(id)
        if (running && !hdfs.cluster.datanode(name).running) continue
        if (held && held.stamp === stamp && (await store.intactBytes(id)) >= bytes) return true
      }
      return false
    }),
  ).then((all) => all.every(Boolean))
}

test.each(
  Array.from({ length: ROUNDS }, (_, round) => `${seed}/${round}`),
)('no byte is lost while one replica lives, and all get what they want in the end (seed %s)', async (name) => {
  const random = seededRandom(name)
  const nodes = RACKS.map((rack, i) => ({ name: `n${i + 1}`, rack, capacityMiB: 8 }))
  const hdfs = await new TestCluster({ nodes, replication: 3 }, name).start()
  const files = new Map<string, Buffer>()
  const names = nodes.map((node) => node.name)
  const any = <T>(from: readonly T[]) => from[random.int(from.length)]
  const running = () => names.filter((node) => hdfs.cluster.datanode(node).running)

  /** A fault is never allowed to take the last good replica of anything: what is left then must be enough. */
  const survives = async (hurt: () => void | Promise<void>, heal: () => void | Promise<void>) => {
    await hurt()
    for (const path of files.keys()) if (!(await exists(hdfs, path, true))) return heal()
  }

  const kill = async () => {
    const node = any(running())
    if (!node) return
    const was = hdfs.cluster.datanode(node)
    await survives(
      () => {
        was.running = false
      },
      () => {
        was.running = true
      },
    )
    if (was.running) return
    was.running = true
    hdfs.cluster.kill(node)
  }

  const acts: (() => Promise<unknown>)[] = [
    async () => {
      const path = `/f${random.int(8)}`
      const bytes = Buffer.from(seededRandom(`${name}/${path}/${random.int(1e9)}`).bytes(1 + random.int(2 * BLOCK)))
      const near = any([undefined, ...names])
      const writer = await hdfs.writer(path, { replication: 1 + random.int(4), ...(near && { near }) })
      files.delete(path)
      try {
        await writer.write(bytes.subarray(0, bytes.length / 2))
        if (random.next() < 0.2) await kill()
        await writer.write(bytes.subarray(bytes.length / 2))
        await writer.close()
      } catch (thrown) {
        await writer.abort()
        throw thrown
      }
      files.set(path, bytes)
    },
    kill,
    async () => {
      const node = any(names)
      await hdfs.cluster.restart(node)
    },
    async () => {
      const store = hdfs.stores.get(any(names))!
      const id = any([...store.held.keys()])
      if (id === undefined) return
      const intact = (await store.intactBytes(id)) === store.held.get(id)!.bytes.length
      if (intact)
        await survives(
          () => store.damage(id),
          () => store.damage(id),
        )
    },
    async () => hdfs.cluster.decommission(any(names)),
    async () => hdfs.cluster.recommission(any(names)),
    async () => {
      const path = any([...files.keys()])
      if (path) await setReplication(hdfs.cluster.namenode, SUPER, path, 1 + random.int(4))
    },
    async () => {
      const path = any([...files.keys()])
      if (!path || random.next() < 0.7) return
      files.delete(path)
      await remove(hdfs.cluster.namenode, SUPER, path, false)
    },
    async () => hdfs.cluster.scan(),
    async () => {
      if (running().length === names.length) await hdfs.crash()
    },
    async () => {
      const path = any([...files.keys()])
      if (path) expect((await hdfs.get(path)).equals(files.get(path)!), `${path} reads as it was written`).toBe(true)
    },
  ]
  for (let step = 0; step < STEPS; step++) {
    await any(acts)().catch((thrown) => {
      // A write may find no node, and a cluster that crashed may wait for its blocks; a read never fails.
      if (!['IOException', 'SafeModeException', 'LeaseExpiredException'].includes(thrown.code)) throw thrown
    })
    await hdfs.clock.advance(random.int(any([1000, 60_000, 900_000])))
    for (const { name: node, usedBytes, reservedBytes, capacityBytes, streams } of hdfs.cluster.nodes.values()) {
      expect(usedBytes, `${node} within its capacity`).toBeLessThanOrEqual(capacityBytes)
      expect(streams, `${node} within its streams`).toBeLessThanOrEqual(4)
      expect(reservedBytes, `${node} reserves nothing less than nothing`).toBeGreaterThanOrEqual(0)
    }
    for (const path of files.keys())
      expect(await exists(hdfs, path, false), `${path} is on some disk after step ${step}`).toBe(true)
  }
  for (const node of names) {
    await hdfs.cluster.restart(node)
    hdfs.cluster.recommission(node)
  }
  await hdfs.cluster.scan()
  await hdfs.clock.advance(30 * 60_000)
  await hdfs.cluster.scan()
  await hdfs.clock.advance(30 * 60_000)
  expect(hdfs.cluster.map.counts()).toMatchObject({ underReplicated: 0, overReplicated: 0, corrupt: 0, missing: 0 })
  for (const { reservedBytes, streams } of hdfs.cluster.nodes.values()) expect([reservedBytes, streams]).toEqual([0, 0])
  for (const [path, bytes] of files) expect((await hdfs.get(path)).equals(bytes), path).toBe(true)
})
