import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startEngines } from '../support/engines.ts'

const FILES = 3000
const keyOf = (i: number) => `day=${i % 3}/part-${String(i).padStart(5, '0')}`

it('takes in a large folder while objects are put, replaced and deleted in it', async () => {
  await using engines = await startEngines([lake])
  const { clients, workspaceDirectory } = engines
  await clients.lake.createBucket({ bucket: 'big' })
  const root = join(workspaceDirectory, 'lake', 'big')
  for (let day = 0; day < 3; day++) mkdirSync(join(root, `day=${day}`))
  for (let i = 0; i < FILES; i++) writeFileSync(join(root, keyOf(i)), 'by hand')

  const looks = [clients.lake.listObjects({ bucket: 'big', max: 1 }), clients.lake.locate({ uri: 's3://big/' })]
  const looked = Promise.all(looks)
  // While it looks, or just after on a fast disk: what others do is not undone by what it saw before.
  const touched = Array.from({ length: 30 }, (_, i) => i * 97)
  for (const i of touched) {
    if (i % 2) rmSync(join(root, keyOf(i)))
    else {
      const body = new TextEncoder().encode(`put ${i}`)
      await clients.lake.putObject({ bucket: 'big', key: keyOf(i), body, contentType: 'text/x-put' })
    }
  }
  await clients.lake.putObject({ bucket: 'big', key: 'day=9/new', body: new Uint8Array(3), contentType: 'text/x-new' })
  await looked

  const found = await clients.lake.locate({ uri: 's3://big/' })
  const gone = new Set(touched.filter((i) => i % 2).map(keyOf))
  const expected = [...Array.from({ length: FILES }, (_, i) => keyOf(i)).filter((key) => !gone.has(key)), 'day=9/new']
  expect(found.map(({ key }) => key)).toEqual(expected.sort())
  for (const i of touched.filter((i) => i % 2 === 0)) {
    const head = await clients.lake.headObject({ bucket: 'big', key: keyOf(i) })
    expect(head).toMatchObject({ contentType: 'text/x-put', size: `put ${i}`.length })
  }
  expect(await clients.lake.headObject({ bucket: 'big', key: 'day=9/new' })).toMatchObject({
    contentType: 'text/x-new',
  })
}, 30_000)

it('stops in the middle of a first look, and looks anew after the next start', async () => {
  const engines = await startEngines([lake])
  await engines.clients.lake.createBucket({ bucket: 'big' })
  const root = join(engines.workspaceDirectory, 'lake', 'big')
  for (let i = 0; i < FILES; i++) {
    mkdirSync(join(root, `day=${i % 3}`), { recursive: true })
    writeFileSync(join(root, keyOf(i)), 'x')
  }
  const look = engines.clients.lake.locate({ uri: 's3://big/' }).then(
    () => 'looked',
    (error: { code: string }) => error.code,
  )
  await new Promise((begun) => setImmediate(begun))
  await engines.stop()
  expect(['looked', 'ConnectionLost']).toContain(await look)
  await using again = await startEngines([lake], { directory: engines.workspaceDirectory })
  expect(await again.clients.lake.locate({ uri: 's3://big/' })).toHaveLength(FILES)
}, 30_000)
