import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const dialog = (page: Page) => page.getByRole('dialog')

async function choose(page: Page, producer: string): Promise<void> {
  await dialog(page).getByRole('combobox', { name: 'Producer' }).click()
  await page.getByRole('option', { name: producer, exact: true }).click()
}

test('sends records of a generator into a stream, shows how far it is, and stops it', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'orders', shardCount: 2, quotas: false })
  const shell = await Shell.open(page, millrace)
  await shell.command('orders')
  await page.getByRole('button', { name: 'Send records…' }).click()
  await expect(dialog(page)).toContainText('Send records to orders')
  // The settings are the node's own.
  await expect(dialog(page).getByLabel('Rate', { exact: true })).toHaveValue('500')
  await dialog(page).getByLabel('At most').fill('200')
  await dialog(page).getByLabel('Rate', { exact: true }).fill('2000')
  await dialog(page).getByRole('button', { name: 'Start sending' }).click()
  const runs = dialog(page).getByRole('list', { name: 'Producers' })
  await expect(runs).toContainText('succeeded')
  await expect(runs).toContainText('200 records')
  // One that goes on is stopped here, and what it sent is there.
  await choose(page, 'IoT sensors')
  await dialog(page).getByRole('button', { name: 'Start sending' }).click()
  const iot = runs.getByRole('listitem').filter({ hasText: 'IoT sensors' })
  await expect(iot).toContainText(/[1-9][\d,]* records/)
  await look(page, 'producers-running')
  await iot.getByRole('button', { name: 'Stop' }).click()
  await expect(iot).toContainText('stopped')
  const { shards } = await clients.stream.describeStream({ stream: 'orders' })
  expect(shards.reduce((sum, shard) => sum + shard.nextOffset, 0)).toBeGreaterThan(200)
})

test('opens an HTTP listener and shows the command that it answers; a wrong setting stands at its field', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'posted', shardCount: 1 })
  const shell = await Shell.open(page, millrace)
  await shell.command('posted')
  await page.getByRole('button', { name: 'Send records…' }).click()
  await choose(page, 'File tail')
  await expect(dialog(page).getByRole('button', { name: 'Start sending' })).toBeDisabled()
  await choose(page, 'HTTP ingest')
  await dialog(page).getByLabel('Port', { exact: true }).fill('0')
  await dialog(page).getByRole('button', { name: 'Start sending' }).click()
  const run = dialog(page).getByRole('list', { name: 'Producers' }).getByRole('listitem')
  const command = await run.locator('code').textContent()
  const [, url, token] = /^curl (\S+) -H 'Authorization: Bearer ([^']+)'/.exec(command!)!
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '[{"n":1},{"n":2}]',
  })
  expect(answer.status).toBe(200)
  await expect(run).toContainText('2 records')
  await expect(run).toContainText('1 request taken')
  await look(page, 'producers-http')
  await run.getByRole('button', { name: 'Stop' }).click()
  await expect(run).toContainText('stopped')
})

test('replays a file: one that is not there fails in plain words and is dismissed, one that is there arrives whole', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'replayed', shardCount: 1, quotas: false })
  writeFileSync(join(millrace.ready.workspace, 'here.csv'), 'id,name\n1,a\n2,b\n3,c\n')
  const shell = await Shell.open(page, millrace)
  await shell.command('replayed')
  await page.getByRole('button', { name: 'Send records…' }).click()
  await choose(page, 'File replay')
  const send = async (file: string) => {
    await dialog(page).getByLabel('File', { exact: true }).fill(file)
    // What is suggested for it lies over the rest until it is left.
    await page.keyboard.press('Tab')
    await dialog(page).getByRole('button', { name: 'Start sending' }).click()
  }
  await send('missing.csv')
  const runs = dialog(page).getByRole('list', { name: 'Producers' })
  await expect(runs.getByRole('alert')).toContainText('There is no file missing.csv.')
  await expect(runs.getByRole('alert')).not.toContainText('node')
  await look(page, 'producers-failed')
  await runs.getByRole('button', { name: 'Dismiss File replay' }).click()
  await expect(runs).toBeHidden()
  await send('here.csv')
  await expect(runs).toContainText('succeeded')
  await expect(runs).toContainText('3 records')
  const { shards } = await clients.stream.describeStream({ stream: 'replayed' })
  expect(shards[0].nextOffset).toBe(3)
})
