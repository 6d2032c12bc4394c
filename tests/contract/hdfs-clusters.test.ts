import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as hdfs } from '../../src/engines/hdfs/engine.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startEngines } from '../support/engines.ts'

const NODES = ['a', 'b', 'c'].map((name) => ({ name, rack: '/default-rack' }))
const BYTES = new TextEncoder().encode('what a cluster keeps. '.repeat(9000))

async function put({ hdfs }: Clients, cluster: string, path: string): Promise<void> {
  const { handle } = await hdfs.create({ cluster, path })
  await hdfs.write({ handle, bytes: BYTES.slice() })
  await hdfs.close({ handle })
}

async function read({ hdfs }: Clients, cluster: string, path: string): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const { bytes } of hdfs.read({ cluster, path })) parts.push(bytes)
  return Buffer.concat(parts).toString()
}

/** All that is on disk under a folder, as one text. */
function onDisk(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('')
}

it('keeps several clusters apart, over a restart, and nothing of one that was deleted', async () => {
  await using bed = await startEngines([hdfs])
  const { clients } = bed
  const { webhdfs } = await clients.hdfs.createCluster({ cluster: 'j-ONE', nodes: NODES, replication: 3 })
  await put(clients, 'j-ONE', '/x/y')
  await put(clients, 'local', '/mine')
  expect((await clients.hdfs.list({ cluster: 'j-ONE', path: '/' })).map(({ name }) => name)).toEqual(['x'])
  expect((await clients.hdfs.list({ path: '/' })).map(({ name }) => name)).toEqual(['mine'])
  const found = (await (await fetch(`${webhdfs}/x/y?op=GETFILESTATUS`)).json()) as { FileStatus: { length: number } }
  expect(found.FileStatus.length).toBe(BYTES.length)
  await bed.stop()
  await using again = await startEngines([hdfs], { directory: bed.workspaceDirectory })
  expect((await again.clients.hdfs.listClusters({})).clusters).toEqual(['local', 'j-ONE'])
  expect(await read(again.clients, 'j-ONE', '/x/y')).toBe(new TextDecoder().decode(BYTES))
  await again.clients.hdfs.deleteCluster({ cluster: 'j-ONE' })
  await expect(again.clients.hdfs.describe({ cluster: 'j-ONE' })).rejects.toMatchObject({
    code: 'IllegalArgumentException',
  })
  expect(readdirSync(join(bed.workspaceDirectory, '.millrace/hdfs/_clusters'))).toEqual([])
  expect(await read(again.clients, 'local', '/mine')).toBe(new TextDecoder().decode(BYTES))
})

it('gains and loses nodes: gracefully without losing a block, else what only they had', async () => {
  await using bed = await startEngines([hdfs])
  const { clients } = bed
  const clock = bed.clock as ManualClock
  const cluster = 'grow'
  await clients.hdfs.createCluster({ cluster, nodes: NODES.slice(0, 1), replication: 1 })
  await put(clients, cluster, '/file')
  await clients.hdfs.addNodes({ cluster, nodes: NODES.slice(1) })
  const removed = clients.hdfs.removeNode({ cluster, node: 'a' })
  await clock.advance(60_000)
  await removed
  const { nodes, missing } = await clients.hdfs.describe({ cluster })
  expect({ names: nodes.map(({ name }) => name), missing }).toEqual({ names: ['b', 'c'], missing: 0 })
  expect(await read(clients, cluster, '/file')).toBe(new TextDecoder().decode(BYTES))
  const [{ replicas }] = await clients.hdfs.blocks({ cluster, path: '/file' })
  await clients.hdfs.removeNode({ cluster, node: replicas[0].node, graceful: false })
  expect(await clients.hdfs.describe({ cluster })).toMatchObject({ missing: 1 })
  await expect(clients.hdfs.addNodes({ nodes: NODES })).rejects.toMatchObject({ code: 'IllegalArgumentException' })
})

it('encrypts the blocks of a cluster that asks for it, and reads, appends and finds damage as ever', async () => {
  await using bed = await startEngines([hdfs])
  const { clients } = bed
  const folder = join(bed.workspaceDirectory, '.millrace/hdfs/_clusters')
  for (const [cluster, encrypted] of [
    ['plain', false],
    ['secret', true],
  ] as const) {
    await clients.hdfs.createCluster({ cluster, nodes: NODES, replication: 2, encrypted })
    await put(clients, cluster, '/file')
    const { handle } = await clients.hdfs.append({ cluster, path: '/file' })
    await clients.hdfs.write({ handle, bytes: new TextEncoder().encode('and more') })
    await clients.hdfs.close({ handle })
    expect(await read(clients, cluster, '/file')).toBe(`${new TextDecoder().decode(BYTES)}and more`)
    expect(onDisk(join(folder, cluster)).includes('what a cluster keeps')).toBe(!encrypted)
  }
  const [{ id, replicas }] = await clients.hdfs.blocks({ cluster: 'secret', path: '/file' })
  await clients.hdfs.damageReplica({ cluster: 'secret', node: replicas[0].node, block: id })
  expect(await clients.hdfs.scan({ cluster: 'secret' })).toMatchObject({ corrupt: 1 })
  await bed.stop()
  await using again = await startEngines([hdfs], { directory: bed.workspaceDirectory })
  expect(await read(again.clients, 'secret', '/file')).toMatch(/and more$/)
})
