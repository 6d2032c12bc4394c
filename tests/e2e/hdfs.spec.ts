import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const BLOCK = 64 * 1024
const NODES = ['a', 'b', 'c', 'd'].map((letter, i) => ({ name: `node-${letter}`, rack: `/rack-${1 + (i >> 1)}` }))

test('stores a file, loses a node and watches its replicas being made anew', async ({ page, millrace }) => {
  writeFileSync(
    join(millrace.ready.workspace, 'hdfs.json'),
    JSON.stringify({ blockBytes: BLOCK, replication: 2, nodes: NODES }),
  )
  const { hdfs, system } = await millrace.clients()
  const shell = await Shell.open(page, millrace)
  await shell.command('Browse files')
  await expect(page.getByText('Nothing is here')).toBeVisible()
  await look(page, 'hdfs-empty')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose files' }).click()
  const body = Buffer.alloc(40 * BLOCK, 'replica ')
  await (await chooser).setFiles({ name: 'words.txt', mimeType: 'text/plain', buffer: body })
  const row = page.getByRole('row', { name: /words\.txt/ })
  await expect(row).toContainText('2.5 MiB')
  await row.click()
  await expect(shell.inspector).toContainText('5 MiB on disks')
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save a copy' }).click()
  expect((await saved).suggestedFilename()).toBe('words.txt')
  await look(page, 'hdfs-file')

  const held = (await hdfs.blocks({ path: '/words.txt' }))[0].replicas[0].node
  await shell.command('Open the cluster')
  const tile = page.getByRole('listitem', { name: held })
  await tile.getByRole('button', { name: 'Kill', exact: true }).click()
  await expect(tile).toContainText('held for dead in')
  await look(page, 'hdfs-silent')
  await system.setClock({ mode: 'virtual', speed: 600, paused: false })
  await expect(tile).toContainText('its replicas are made anew elsewhere')
  await expect.poll(async () => (await hdfs.describe({})).underReplicated, { timeout: 20_000 }).toBe(0)
  await expect(tile).toContainText('0 blocks')
  await system.setClock({ mode: 'real', speed: 1, paused: false })
  await look(page, 'hdfs-mended')
  expect(await shell.accessibilityProblems()).toEqual([])
})
