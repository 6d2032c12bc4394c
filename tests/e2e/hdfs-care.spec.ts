import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const BLOCK = 64 * 1024
const NODES = ['a', 'b', 'c'].map((letter) => ({ name: `node-${letter}`, rack: '/rack', capacityMiB: 4 }))

test('empties a node, fills it again, holds a folder to its quota and keeps what it was', async ({
  page,
  millrace,
}) => {
  writeFileSync(
    join(millrace.ready.workspace, 'hdfs.json'),
    JSON.stringify({ blockBytes: BLOCK, replication: 2, nodes: NODES }),
  )
  const { hdfs, system } = await millrace.clients()
  const put = async (path: string, blocks: number) => {
    const { handle } = await hdfs.create({ path, overwrite: false })
    await hdfs.write({ handle, bytes: new Uint8Array(blocks * BLOCK) })
    await hdfs.close({ handle })
  }
  await put('/before', 8)
  await system.setClock({ mode: 'virtual', speed: 600, paused: false })
  const shell = await Shell.open(page, millrace)

  await shell.command('Open the cluster')
  const tile = page.getByRole('listitem', { name: 'node-a' })
  const act = async (what: string) => {
    await tile.getByRole('button', { name: 'Actions for node-a' }).click()
    await page.getByRole('menuitem', { name: what }).click()
  }
  await act('Decommission')
  await expect(tile).toContainText('decommissioned')
  expect((await hdfs.describe({})).underReplicated).toBe(0)
  await look(page, 'hdfs-decommissioned')
  await put('/data/words.txt', 24)
  await act('Recommission')
  await expect(tile).toContainText('live')
  await page.getByRole('button', { name: 'Balance' }).click()
  await expect(page.getByText(/^\d+ blocks moved$/)).toBeVisible()

  await shell.command('Browse files')
  await page.getByRole('row', { name: /data/ }).click()
  await shell.inspector.getByRole('button', { name: 'Quotas and owner…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name quota').fill('3')
  await dialog.getByLabel('Space quota').fill('3')
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await expect(shell.inspector).toContainText('2 of 3')
  await expect(shell.inspector).toContainText('3 MiB of 3 MiB')
  await page.getByRole('row', { name: /data/ }).dblclick()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Add files' }).click()
  await (await chooser).setFiles({ name: 'more.txt', mimeType: 'text/plain', buffer: Buffer.alloc(BLOCK) })
  await expect(page.getByText(/The DiskSpace quota of \/data is exceeded/)).toBeVisible()
  expect((await hdfs.list({ path: '/data' })).map(({ name }) => name)).toEqual(['words.txt'])
  const folder = async (name: string) => {
    await page.getByRole('button', { name: 'New folder' }).click()
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Create' }).click()
  }
  await folder('more')
  await folder('most')
  await expect(dialog).toContainText('quota=3')
  await look(page, 'hdfs-quota')
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  await shell.inspector.getByRole('switch', { name: 'Snapshots may be taken' }).click()
  await shell.inspector.getByRole('button', { name: 'Take a snapshot…' }).click()
  await dialog.getByLabel('Name').fill('before')
  await dialog.getByRole('button', { name: 'Take it' }).click()
  await shell.inspector.getByRole('button', { name: 'Rename before' }).click()
  await dialog.getByLabel('Name').fill('kept')
  await dialog.getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(shell.inspector.getByRole('button', { name: 'kept', exact: true })).toBeVisible()
  await page.getByRole('row', { name: /words\.txt/ }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await dialog.getByRole('button', { name: 'Delete file' }).click()
  await expect(page.getByRole('row', { name: /words\.txt/ })).toBeHidden()
  await shell.inspector.getByRole('button', { name: 'kept', exact: true }).click()
  await expect(page.getByRole('row', { name: /words\.txt/ })).toContainText('1.5 MiB')
  await expect(page.getByRole('button', { name: 'Add files' })).toBeDisabled()
  await look(page, 'hdfs-snapshot')
  expect((await hdfs.describe({})).missing).toBe(0)
  await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('button', { name: 'data' }).click()
  await shell.inspector.getByRole('button', { name: 'Delete kept' }).click()
  await dialog.getByRole('button', { name: 'Delete snapshot' }).click()
  await expect(shell.inspector.getByRole('button', { name: 'Delete kept' })).toBeHidden()
  expect(await hdfs.summary({ path: '/data' })).toMatchObject({ files: 0, spaceBytes: 0 })
  await system.setClock({ mode: 'real', speed: 1, paused: false })
})
