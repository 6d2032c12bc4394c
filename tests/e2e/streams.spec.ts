import type { Page } from '@playwright/test'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import type { Millrace } from '../support/millrace.ts'
import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const COUNT = 1200

/** A stream of two shards, each with records that say their number; one consumer has read the first hundred of the first shard. */
async function fill(millrace: Millrace, stream: string): Promise<void> {
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream, shardCount: 2, quotas: false })
  const batch = new BatchBuilder()
  for (let i = 0; i < COUNT; i++)
    batch.add(i % 3 === 0 ? 'hot' : `key-${i}`, JSON.stringify({ number: i, even: i % 2 === 0 }))
  await clients.stream.put({ stream, batch: batch.finish() })
  const { shards } = await clients.stream.describeStream({ stream })
  await clients.stream.read({
    stream,
    shardId: shards[0].shardId,
    position: { type: 'TRIM_HORIZON' },
    maxRecords: 100,
    consumer: 'slow-reader',
  })
}

async function open(page: Page, millrace: Millrace, stream: string): Promise<Shell> {
  await fill(millrace, stream)
  const shell = await Shell.open(page, millrace)
  await shell.command(stream)
  // The workspace remembers which of them was looked at last.
  await detail(page, 'Shards')
  await expect(page.getByRole('grid', { name: 'Shards' })).toBeVisible()
  return shell
}

const detail = (page: Page, title: string) => page.getByRole('tab', { name: title }).last().click()

test('shows hot keys, and how far each consumer is from a tip that moves', async ({ page, millrace }) => {
  await open(page, millrace, 'distances')
  const clients = await millrace.clients()
  await detail(page, 'Hot keys')
  await expect(page.getByRole('grid', { name: 'Hot keys' }).getByText('hot', { exact: true })).toBeVisible()
  await detail(page, 'Consumers')
  const row = page.getByRole('grid', { name: 'Consumers' }).getByRole('row', { name: /slow-reader/ })
  const distance = row.getByRole('gridcell').nth(2)
  const tip = async () => (await clients.stream.describeStream({ stream: 'distances' })).shards[0].nextOffset - 100
  await expect(distance).toHaveText(String(await tip()))
  const batch = new BatchBuilder()
  for (let i = 0; i < 400; i++) batch.add(`more-${i}`, '{}')
  await clients.stream.put({ stream: 'distances', batch: batch.finish() })
  await expect(distance).toHaveText(String(await tip()))
})

test('reads records where one points, searches them, goes on and sends them again', async ({ page, millrace }) => {
  await open(page, millrace, 'records')
  const clients = await millrace.clients()
  const shards = async () => (await clients.stream.describeStream({ stream: 'records' })).shards
  await detail(page, 'Records')
  const grid = page.getByRole('grid', { name: 'Records' })
  // The newest of the first shard, without asking.
  await expect(page.getByText('at the tip')).toBeVisible()
  await expect(grid.getByRole('row').nth(1)).toBeVisible()
  await page.getByRole('combobox', { name: 'From' }).click()
  await page.getByRole('option', { name: /^Oldest kept/ }).click()
  await page.getByRole('textbox', { name: 'Only records that meet' }).fill('number >= 900 and even = true')
  await page.getByRole('button', { name: 'Read', exact: true }).click()
  await expect(grid.getByRole('row').nth(1)).toContainText('"even":true')
  await grid.getByRole('row').nth(1).click()
  await expect(page.locator('pre', { hasText: '"number"' })).toBeVisible()
  const before = (await shards()).reduce((sum, shard) => sum + shard.nextOffset, 0)
  await page.getByRole('button', { name: 'Send it again' }).click()
  await expect(page.getByText('1 record sent again')).toBeVisible()
  expect((await shards()).reduce((sum, shard) => sum + shard.nextOffset, 0)).toBe(before + 1)
  // Time travel: a place that is no time cannot be read from, and one before all records reads the first.
  await page.getByRole('textbox', { name: 'Only records that meet' }).fill('')
  await page.getByRole('combobox', { name: 'From' }).click()
  await page.getByRole('option', { name: /^At a time/ }).click()
  await page.getByRole('textbox', { name: 'Time, UTC' }).fill('yesterday')
  await expect(page.getByRole('button', { name: 'Read', exact: true })).toBeDisabled()
  await page.getByRole('textbox', { name: 'Time, UTC' }).fill('2000-01-01 00:00')
  await page.getByRole('button', { name: 'Read', exact: true }).click()
  await expect(grid.getByRole('row').nth(1).getByRole('gridcell').first()).toHaveText('0')
  // Another shard shows its own records at once.
  await page.getByRole('combobox', { name: 'Shard' }).click()
  await page.getByRole('option', { name: 'shard 1' }).click()
  const first = (
    await clients.stream.read({
      stream: 'records',
      shardId: (await shards())[1].shardId,
      position: { type: 'TRIM_HORIZON' },
      maxRecords: 1,
    })
  ).batch
  const number = JSON.parse(new TextDecoder().decode(first.data)).number
  await expect(grid.getByRole('row').nth(1)).toContainText(`"number":${number},`)
})

test('splits a shard and merges the halves, and draws both', async ({ page, millrace }) => {
  const shell = await open(page, millrace, 'splits')
  await page.getByRole('grid', { name: 'Shards' }).getByText('shardId-000000000000').click()
  await shell.inspector.getByRole('button', { name: 'Split' }).click()
  await expect(page.getByRole('grid', { name: 'Shards' }).getByText('closed')).toBeVisible()
  await expect(page.getByRole('img', { name: /^4 shards by hash range/ })).toBeVisible()
  await page.getByRole('grid', { name: 'Shards' }).getByText('shardId-000000000002').first().click()
  await shell.inspector.getByRole('button', { name: 'Merge with next' }).click()
  await expect(page.getByRole('img', { name: /^5 shards by hash range/ })).toBeVisible()
  await look(page, 'streams')
})

test('has nothing that axe-core calls serious on any stream screen', async ({ page, millrace }) => {
  test.slow()
  const shell = await open(page, millrace, 'accessible')
  for (const theme of ['dark', 'light']) {
    for (const title of ['Shards', 'Records', 'Consumers', 'Hot keys']) {
      await detail(page, title)
      expect(await shell.accessibilityProblems(), `${title}, ${theme}`).toEqual([])
    }
    await shell.command('Create data stream…')
    expect(await shell.accessibilityProblems(), `dialog, ${theme}`).toEqual([])
    await page.keyboard.press('Escape')
    await shell.command('Switch between dark and light')
  }
})
