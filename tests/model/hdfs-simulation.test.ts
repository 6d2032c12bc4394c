import { expect, test } from 'vitest'
import { truncate } from '../../src/engines/hdfs/client/truncate.ts'
import { FileWriter } from '../../src/engines/hdfs/client/writer.ts'
import { remove, setReplication } from '../../src/engines/hdfs/namenode/operations.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { BLOCK, SUPER, TestCluster } from '../support/hdfs.ts'

const NIGHTLY = process.env.MILLRACE_NIGHTLY !== undefined
const seed = process.env.MILLRACE_TEST_SEED ?? String(Date.now())
const ROUNDS = NIGHTLY ? 40 : 4
const STEPS = NIGHTLY ? 400 : 120
const RACKS = ['/a', '/a', '/b', '/b', '/c', '/c']

const WRITE_FAILURES = [
  'IOException',
  'SafeModeException',
  'LeaseExpiredException',
  'AlreadyBeingCreatedException',
  'RecoveryInProgressException',
]

/** Whether some of the nodes have all bytes of the file; what is on no disk any more cannot come back. */
function exists(hdfs: TestCluster, path: string, nodes: readonly string[]): Promise<boolean> {
  const { blocks } = hdfs.cluster.namenode.namespace.file(path)
  return Promise.all(
    blocks.map(async ({ id, stamp, bytes }) => {
      for (const name of nodes) {
        const store = hdfs.stores.get(name)!
        const held = store.held.get(id)
        if (held && held.stamp === stamp && (await store.intactBytes(id)) >= bytes) return true
      }
      return false
    }),
  ).then((all) => all.every(Boolean))
}

/** Replicas that are called corrupt and are not. */
async function slandered(hdfs: TestCluster): Promise<string[]> {
  const found: string[] = []
  for (const { id, stamp, bytes, replicas } of hdfs.cluster.map.blocks.values())
    for (const [node, state] of replicas) {
      const store = hdfs.stores.get(node)!
      const isGood = store.held.get(id)?.stamp === stamp && (await store.intactBytes(id)) >= bytes
      if (state === 'corrupt' && isGood) found.push(`blk_${id} on ${node}`)
    }
  return found
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
  const isEnough = async (nodes: readonly string[]) => {
    for (const path of files.keys()) if (!(await exists(hdfs, path, nodes))) return false
    return true
  }

  const kill = async () => {
    const node = any(running())
    if (node && (await isEnough(running().filter((other) => other !== node)))) hdfs.cluster.kill(node)
  }

  /** A file grows, or is cut, while it is read and something else goes on. A read that was begun sees it as it was. */
  const meanwhile = async (other: () => Promise<unknown>) => {
    const path = any([...files.keys()])
    if (!path) return
    const before = files.get(path)!
    const reading = hdfs.get(path).then((read) => expect(read.equals(before), `${path} as it was`).toBe(true))
    const done = await Promise.allSettled([random.next() < 0.7 ? grow(path) : cut(path), other(), reading])
    // What is cut off under a reader is gone; nothing else keeps it from what it began.
    if (files.get(path)!.length < before.length) done.pop()
    for (const one of done) if (one.status === 'rejected') throw one.reason
  }

  const grow = async (path: string) => {
    const [flushed, more] = [random.bytes(1 + random.int(2000)), random.bytes(random.int(BLOCK))].map(Buffer.from)
    const writer = await FileWriter.append(hdfs.cluster, SUPER, path)
    const end = random.next() < 0.8 ? 'close' : 'abort'
    try {
      await writer.write(flushed)
      await writer.flush()
      files.set(path, Buffer.concat([files.get(path)!, flushed]))
      await writer.write(more)
      await writer[end]()
      if (end === 'close') files.set(path, Buffer.concat([files.get(path)!, more]))
    } catch (thrown) {
      await writer.abort()
      throw thrown
    }
  }

  const cut = async (path: string) => {
    const kept = files.get(path)!.subarray(0, random.int(files.get(path)!.length + 1))
    await truncate(hdfs.cluster, SUPER, path, kept.length).catch((thrown) => {
      // It is cut as soon as its nodes are back.
      if (thrown.code !== 'RecoveryInProgressException') throw thrown
    })
    files.set(path, kept)
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
      if ((await store.intactBytes(id)) < store.held.get(id)!.bytes.length) return
      await store.damage(id)
      if (!(await isEnough(running()))) await store.damage(id)
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
    async () => hdfs.cluster.redundancy.scan(),
    () => meanwhile(() => hdfs.cluster.redundancy.scan()),
    () => meanwhile(() => hdfs.clock.advance(10_000)),
    () =>
      meanwhile(async () => {
        const balanced = hdfs.cluster.redundancy.balance(5)
        await hdfs.clock.advance(60_000)
        await balanced
      }),
    () => meanwhile(kill),
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
      // A write may find no node or another writer, and a cluster that crashed may wait for its blocks; a read never fails.
      if (!WRITE_FAILURES.includes(thrown.code)) throw thrown
    })
    await hdfs.clock.advance(random.int(any([1000, 60_000, 900_000])))
    for (const { name: node, usedBytes, reservedBytes, capacityBytes, streams } of hdfs.cluster.nodes.values()) {
      expect(usedBytes, `${node} within its capacity`).toBeLessThanOrEqual(capacityBytes)
      expect(streams, `${node} within its streams`).toBeLessThanOrEqual(4)
      expect(reservedBytes, `${node} reserves nothing less than nothing`).toBeGreaterThanOrEqual(0)
    }
    expect(await slandered(hdfs), `good replicas that are called corrupt after step ${step}`).toEqual([])
    for (const path of files.keys())
      expect(await exists(hdfs, path, names), `${path} is on some disk after step ${step}`).toBe(true)
  }
  for (const node of names) {
    await hdfs.cluster.restart(node)
    hdfs.cluster.recommission(node)
  }
  await hdfs.cluster.redundancy.scan()
  await hdfs.clock.advance(30 * 60_000)
  await hdfs.cluster.redundancy.scan()
  await hdfs.clock.advance(30 * 60_000)
  expect(hdfs.cluster.map.counts()).toMatchObject({ underReplicated: 0, overReplicated: 0, corrupt: 0, missing: 0 })
  for (const { reservedBytes, streams } of hdfs.cluster.nodes.values()) expect([reservedBytes, streams]).toEqual([0, 0])
  for (const [path, bytes] of files) expect((await hdfs.get(path)).equals(bytes), path).toBe(true)
})
