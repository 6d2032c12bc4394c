import { describe, expect, test } from 'vitest'
import { FileWriter } from '../../src/engines/hdfs/client/writer.ts'
import { concat, remove, setReplication } from '../../src/engines/hdfs/namenode/operations.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { BLOCK, SUPER, TestCluster } from '../support/hdfs.ts'

const FIVE = ['/a', '/a', '/b', '/b', '/b']
const MINUTE = 60_000
const bytesOf = (length: number, seed = 'bytes') => Buffer.from(seededRandom(seed).bytes(length))
const start = (racks = FIVE, more = {}) => new TestCluster({ racks, ...more }).start()

describe('writing and reading', () => {
  test('a file is cut into blocks, each on three nodes in two racks', async () => {
    const hdfs = await start()
    const bytes = bytesOf(2.5 * BLOCK)
    await hdfs.put('/d/f', bytes, { near: 'n1' })
    const { blocks } = hdfs.cluster.namenode.namespace.file('/d/f')
    expect(blocks.map((block) => block.bytes)).toEqual([BLOCK, BLOCK, BLOCK / 2])
    for (const { id } of blocks) {
      const nodes = [...hdfs.cluster.map.blocks.get(id)!.replicas.keys()]
      expect(nodes[0]).toBe('n1')
      expect(nodes.slice(1).map((name) => hdfs.cluster.node(name).rack)).toEqual(['/b', '/b'])
    }
    expect(await hdfs.get('/d/f')).toEqual(bytes)
  })

  test('a node that fails in the middle leaves the pipeline, and what it has is old when it is back', async () => {
    const hdfs = await start(['/a', '/b', '/b'])
    const bytes = bytesOf(BLOCK * 0.7)
    const writer = await hdfs.writer('/f')
    await writer.write(bytes.subarray(0, 1000))
    await writer.flush()
    hdfs.cluster.kill('n2')
    await writer.write(bytes.subarray(1000))
    await writer.close()
    expect(hdfs.holders('/f')).toEqual(['n1', 'n3'])
    const [{ id }] = hdfs.cluster.namenode.namespace.file('/f').blocks
    expect(hdfs.stores.get('n2')!.held.get(id)!.bytes.length).toBe(1000)
    await hdfs.cluster.restart('n2')
    expect(hdfs.stores.get('n2')!.held.has(id)).toBe(false)
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.holders('/f')).toEqual(['n1', 'n2', 'n3'])
    expect(await hdfs.get('/f')).toEqual(bytes)
  })

  test('a bad replica is passed over, reported and replaced', async () => {
    const hdfs = await start()
    const bytes = bytesOf(5000)
    await hdfs.put('/f', bytes)
    const [{ id }] = hdfs.cluster.namenode.namespace.file('/f').blocks
    const [bad, , good] = hdfs.holders('/f')
    for (const node of hdfs.holders('/f')) if (node !== good) await hdfs.stores.get(node)!.damage(id)
    expect(await hdfs.cluster.redundancy.scan()).toEqual({ replicas: 3, corrupt: 2 })
    expect(hdfs.cluster.map.counts()).toMatchObject({ corrupt: 1, underReplicated: 1 })
    expect(await hdfs.get('/f')).toEqual(bytes)
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.cluster.map.counts()).toMatchObject({ corrupt: 0, underReplicated: 0 })
    expect(hdfs.holders('/f')).toHaveLength(3)
    expect(hdfs.holders('/f').includes(bad) ? await hdfs.stores.get(bad)!.intactBytes(id) : 5000).toBe(5000)
  })

  test('an append goes on with the last block; given up, the file is what it was', async () => {
    const hdfs = await start()
    const bytes = bytesOf(1500)
    await hdfs.put('/f', bytes.subarray(0, 700))
    const more = await FileWriter.append(hdfs.cluster, SUPER, '/f')
    await more.write(bytes.subarray(700, 900))
    expect(await hdfs.get('/f')).toEqual(bytes.subarray(0, 700))
    await more.flush()
    expect(await hdfs.get('/f')).toEqual(bytes.subarray(0, 900))
    await more.write(bytes.subarray(900))
    await more.abort()
    expect(await hdfs.get('/f')).toEqual(bytes.subarray(0, 900))
    expect(hdfs.cluster.namenode.namespace.file('/f').blocks).toHaveLength(1)
    const none = await hdfs.writer('/g')
    await none.write(bytes)
    await none.abort()
    expect(hdfs.cluster.namenode.namespace.find('/g')).toBeUndefined()
  })

  test('a writer that is gone loses what was not acknowledged, and nothing else', async () => {
    const hdfs = await start()
    const bytes = bytesOf(2 * BLOCK)
    const flushed = await hdfs.writer('/flushed')
    await flushed.write(bytes.subarray(0, BLOCK + 700))
    await flushed.flush()
    await flushed.write(bytes.subarray(BLOCK + 700))
    const begun = await hdfs.writer('/begun')
    await begun.write(bytes)
    await hdfs.crash()
    expect(hdfs.cluster.namenode.namespace.find('/begun')).toBeUndefined()
    expect(hdfs.cluster.namenode.namespace.file('/flushed').writer).toBeNull()
    expect(await hdfs.get('/flushed')).toEqual(bytes.subarray(0, BLOCK + 700))
  })

  test('a lease that is not renewed for 20 minutes ends', async () => {
    const hdfs = await start()
    const writer = await hdfs.writer('/f')
    await writer.write(bytesOf(700))
    await writer.flush()
    await expect(FileWriter.append(hdfs.cluster, SUPER, '/f')).rejects.toThrow('lease is currently owned')
    await hdfs.clock.advance(21 * MINUTE)
    expect(hdfs.cluster.namenode.namespace.file('/f').writer).toBeNull()
    await expect(writer.close()).rejects.toMatchObject({ code: 'LeaseExpiredException' })
    expect(await hdfs.get('/f')).toEqual(bytesOf(700))
  })

  test('a lease lasts while a call of its writer goes on, and ends 20 minutes after the last', async () => {
    const hdfs = await start()
    const writer = await hdfs.writer('/f')
    await writer.use(async () => {
      await writer.write(bytesOf(700))
      await hdfs.clock.advance(21 * MINUTE)
      await writer.flush()
    })
    await hdfs.clock.advance(19 * MINUTE)
    await writer.use(() => writer.write(bytesOf(10)))
    await hdfs.clock.advance(21 * MINUTE)
    expect(hdfs.cluster.namenode.namespace.file('/f').writer).toBeNull()
    expect(await hdfs.get('/f')).toEqual(bytesOf(700))
  })

  test('an edit that the disk refused never was, nor what was built on it', async () => {
    const hdfs = await start()
    await hdfs.put('/kept', bytesOf(100))
    hdfs.log.failure = new Error('the disk is full')
    await expect(hdfs.put('/lost', bytesOf(100))).rejects.toThrow('the disk is full')
    expect([...hdfs.cluster.namenode.namespace.root.children.keys()]).toEqual(['kept'])
    await hdfs.put('/lost', bytesOf(100))
    expect(await hdfs.get('/kept')).toEqual(bytesOf(100))
  })
})

describe('nodes', () => {
  test('a silent node is dead after 10 min 30 s, and its replicas are made again elsewhere', async () => {
    const hdfs = await start()
    await hdfs.put('/f', bytesOf(3 * BLOCK))
    const [gone] = hdfs.holders('/f')
    hdfs.cluster.kill(gone)
    await hdfs.clock.advance(10 * MINUTE + 26_000)
    expect(hdfs.cluster.node(gone).alive).toBe(true)
    await hdfs.clock.advance(5_000)
    expect(hdfs.cluster.node(gone).alive).toBe(false)
    expect(hdfs.cluster.map.counts().underReplicated).toBeGreaterThan(0)
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.cluster.map.counts().underReplicated).toBe(0)
    expect(hdfs.holders('/f')).not.toContain(gone)
    await hdfs.cluster.restart(gone)
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.holders('/f')).toHaveLength(3)
    expect(hdfs.cluster.map.suspects.size).toBe(0)
  })

  test('a rack that is lost costs nothing but replicas', async () => {
    const hdfs = await start()
    const bytes = bytesOf(BLOCK)
    await hdfs.put('/f', bytes)
    for (const node of ['n3', 'n4', 'n5']) hdfs.cluster.kill(node)
    expect(await hdfs.get('/f')).toEqual(bytes)
    await hdfs.clock.advance(15 * MINUTE)
    expect(hdfs.holders('/f')).toEqual(['n1', 'n2'])
    await hdfs.cluster.restart('n4')
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.holders('/f')).toEqual(['n1', 'n2', 'n4'])
  })

  test('a node leaves once its replicas are elsewhere', async () => {
    const hdfs = await start()
    await hdfs.put('/f', bytesOf(BLOCK))
    const [leaving] = hdfs.holders('/f')
    hdfs.cluster.decommission(leaving)
    expect(hdfs.cluster.node(leaving).admin).toBe('decommissioning')
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.cluster.node(leaving).admin).toBe('decommissioned')
    expect(hdfs.holders('/f')).toHaveLength(3)
    hdfs.cluster.recommission(leaving)
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.holders('/f')).toHaveLength(3)
  })

  test('more and fewer replicas are made as asked, and none is left of what is deleted', async () => {
    const hdfs = await start()
    await hdfs.put('/f', bytesOf(BLOCK))
    await setReplication(hdfs.cluster.namenode, SUPER, '/f', 5)
    await hdfs.clock.advance(MINUTE)
    expect(hdfs.holders('/f')).toHaveLength(5)
    await setReplication(hdfs.cluster.namenode, SUPER, '/f', 2)
    await hdfs.clock.advance(MINUTE)
    expect(new Set(hdfs.holders('/f').map((name) => hdfs.cluster.node(name).rack)).size).toBe(2)
    await remove(hdfs.cluster.namenode, SUPER, '/f', false)
    await hdfs.clock.advance(MINUTE)
    expect([...hdfs.stores.values()].map(({ held }) => held.size)).toEqual([0, 0, 0, 0, 0])
  })

  test('copies for repair take no more than their bandwidth', async () => {
    const hdfs = await start(['/a', '/b', '/b'], { repairMiBPerS: 1, replication: 2 })
    await hdfs.put('/f', Buffer.alloc(64 * BLOCK))
    const [gone] = hdfs.holders('/f')
    hdfs.cluster.kill(gone)
    await hdfs.clock.advance(10 * MINUTE + 30_000)
    const before = [...hdfs.stores.values()].reduce((sum, { usedBytes }) => sum + usedBytes, 0)
    await hdfs.clock.advance(4_000)
    const after = [...hdfs.stores.values()].reduce((sum, { usedBytes }) => sum + usedBytes, 0)
    expect(after - before).toBeGreaterThan(0)
    expect(after - before).toBeLessThanOrEqual(4 * 1024 * 1024)
    await hdfs.clock.advance(10 * MINUTE)
    expect(hdfs.cluster.map.counts().underReplicated).toBe(0)
  })

  test('the balancer evens out what nodes hold, within racks', async () => {
    const nodes = ['/a', '/a', '/b'].map((rack, i) => ({ name: `n${i + 1}`, rack, capacityMiB: 1 }))
    const hdfs = await new TestCluster({ nodes, replication: 1 }).start()
    for (let i = 0; i < 12; i++) await hdfs.put(`/f${i}`, bytesOf(BLOCK), { near: 'n1' })
    expect(hdfs.cluster.node('n1').usedBytes).toBe(12 * BLOCK)
    const balanced = hdfs.cluster.redundancy.balance(10)
    await hdfs.clock.advance(MINUTE)
    const { moved, bytes } = await balanced
    expect(bytes).toBe(moved * BLOCK)
    for (const { usedBytes } of hdfs.stores.values()) {
      expect(usedBytes / BLOCK).toBeGreaterThanOrEqual(2)
      expect(usedBytes / BLOCK).toBeLessThanOrEqual(6)
    }
    for (let i = 0; i < 12; i++) expect(await hdfs.get(`/f${i}`)).toEqual(bytesOf(BLOCK))
  })

  test('the balancer fills a node that has little, though none has too much', async () => {
    const nodes = ['/a', '/a', '/a', '/a'].map((rack, i) => ({ name: `n${i + 1}`, rack, capacityMiB: 1 }))
    const hdfs = await new TestCluster({ nodes, replication: 1 }).start()
    for (let i = 0; i < 15; i++) await hdfs.put(`/f${i}`, bytesOf(BLOCK), { near: `n${1 + (i % 3)}` })
    const balanced = hdfs.cluster.redundancy.balance(10)
    await hdfs.clock.advance(MINUTE)
    expect((await balanced).moved).toBeGreaterThan(0)
    // 23.4 % on average: between 13.4 and 33.4 % of 16 blocks.
    for (const { usedBytes } of hdfs.stores.values()) {
      expect(usedBytes / BLOCK).toBeGreaterThanOrEqual(3)
      expect(usedBytes / BLOCK).toBeLessThanOrEqual(5)
    }
  })
})

describe('safe mode', () => {
  test('holds until the blocks are reported', async () => {
    const hdfs = await start(['/a', '/b', '/b'], { replication: 1 })
    for (let i = 0; i < 9; i++) await hdfs.put(`/f${i}`, bytesOf(100))
    const [node] = hdfs.holders('/f0')
    const taken = new Map(hdfs.stores.get(node)!.held)
    hdfs.stores.get(node)!.held.clear()
    await hdfs.crash()
    await expect(hdfs.put('/g', bytesOf(1))).rejects.toMatchObject({ code: 'SafeModeException' })
    for (const [id, replica] of taken) hdfs.stores.get(node)!.held.set(id, replica)
    hdfs.cluster.kill(node)
    await hdfs.cluster.restart(node)
    await hdfs.put('/g', bytesOf(1))
  })
})

test('concat joins files without moving a byte', async () => {
  const hdfs = await start()
  await hdfs.put('/a', bytesOf(700, 'a'))
  await hdfs.put('/b', bytesOf(BLOCK + 1, 'b'))
  await concat(hdfs.cluster.namenode, SUPER, '/a', ['/b'])
  expect(await hdfs.get('/a')).toEqual(Buffer.concat([bytesOf(700, 'a'), bytesOf(BLOCK + 1, 'b')]))
  expect(hdfs.cluster.namenode.namespace.find('/b')).toBeUndefined()
})
