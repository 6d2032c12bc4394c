import type { Page } from '@playwright/test'
import type { Millrace } from '../support/millrace.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const COUNTRIES = ['DE', 'FR', 'IT', 'ES']

test.beforeAll(async ({ millrace }) => {
  const { lake, catalog } = await millrace.clients()
  const rows = Array.from({ length: 2000 }, (_, i) => {
    const price = i % 40 === 0 ? null : Math.round((20 + 10 * Math.sin(i) + (i % 13)) * 100) / 100
    const day = new Date(Date.UTC(2024, 0, 1 + (i % 90))).toISOString().slice(0, 10)
    return JSON.stringify({
      id: i + 1,
      sku: `AB-${1000 + (i % 700)}`,
      country: i === 7 ? 'XX' : COUNTRIES[i % 4],
      price,
      day,
    })
  })
  await lake.createBucket({ bucket: 'shop' })
  await lake.putObject({ bucket: 'shop', key: 'orders/a.json', body: new TextEncoder().encode(`${rows.join('\n')}\n`) })
  await catalog.createDatabase({ database: 'shop' })
  await catalog.createTable({
    database: 'shop',
    name: 'orders',
    columns: [
      { name: 'id', type: 'int' },
      { name: 'sku', type: 'string' },
      { name: 'country', type: 'string' },
      { name: 'price', type: 'double' },
      { name: 'day', type: 'date' },
    ],
    partitionKeys: [],
    location: 's3://shop/orders/',
    format: 'json',
  })
})

async function openOrders(page: Page, millrace: Millrace, part: string): Promise<Shell> {
  const shell = await Shell.open(page, millrace)
  // The palette offers what is not open yet: the tests of a file share their tabs.
  const tab = shell.tab('orders').first()
  if (await tab.isVisible()) await tab.click()
  else await shell.command('shop.orders')
  await page.getByRole('tab', { name: part, exact: true }).click()
  return shell
}

test('a profile shows what the columns hold, and a value opens its rows', async ({ page, millrace }) => {
  const shell = await openOrders(page, millrace, 'Profile')
  await page.getByRole('button', { name: 'Profile the table' }).click()
  const price = page.getByRole('region', { name: 'Column price' })
  await expect(price).toContainText('2.5 % NULL')
  await expect(price.getByRole('img', { name: /^Distribution of price/ })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Column sku' })).toContainText('AA-9999')
  expect(await shell.accessibilityProblems()).toEqual([])
  await look(page, 'quality-profile')
  await page.getByRole('button', { name: 'XX', exact: true }).click()
  await expect(page.locator('.monaco-editor').first()).toContainText('country')
})

test('rules are written with help, run, and show the rows that do not comply', async ({ page, millrace }) => {
  const shell = await openOrders(page, millrace, 'Quality')
  await page.getByRole('button', { name: 'New ruleset' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('orders-rules')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  const editor = page.locator('.monaco-editor').first()
  await expect(editor).toContainText('IsComplete')
  const write = async (text: string) => {
    await editor.click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(text)
  }
  await write('Rules = [\n  IsComplete "pric"\n]')
  await expect(page.getByRole('status').filter({ hasText: 'no column "pric". Did you mean "price"?' })).toBeVisible()
  await expect(editor.locator('.squiggly-error')).toBeVisible()
  await look(page, 'quality-error')
  await write(
    'Analyzers = [ Mean "price" ]\nRules = [\n  RowCount > 1000,\n  IsPrimaryKey "id",\n  ColumnValues "country" in ["DE", "FR", "IT", "ES"],\n  Completeness "price" > 0.95\n]',
  )
  await page.keyboard.press('Control+s')
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  await expect(page.getByText('Not saved')).toHaveCount(0)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText('3 of 4 rules hold')).toBeVisible()
  await expect(page.getByRole('grid', { name: 'Rows that do not comply' })).toContainText('XX')
  await expect(page.getByRole('group', { name: 'Scores of the last runs' }).getByRole('button')).toHaveCount(1)
  expect(await shell.accessibilityProblems()).toEqual([])
  await look(page, 'quality-results')
})

test('rules are recommended from the data', async ({ page, millrace }) => {
  await openOrders(page, millrace, 'Quality')
  await page.getByRole('button', { name: 'Recommend rules' }).click()
  await page.getByRole('combobox', { name: 'Ruleset' }).click()
  await page.getByRole('option', { name: 'orders-recommended' }).click()
  await expect(page.locator('.monaco-editor').first()).toContainText('IsUnique "id"')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText('100 %')).toBeVisible()
})
