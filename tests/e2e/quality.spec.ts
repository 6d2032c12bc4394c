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
      at: `${day} 10:00:00`,
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
      { name: 'at', type: 'timestamp' },
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
  // Its type is written as on the page's list of columns.
  await expect(page.getByRole('region', { name: 'Column sku' }).getByText('string', { exact: true })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Column sku' })).toContainText('AA-9999')
  // Times read as they do among the rows.
  const at = page.getByRole('region', { name: 'Column at' })
  await expect(at).toContainText('2024-01-01 10:00:00 … 2024-03-30 10:00:00')
  await expect(at).not.toContainText('T10:00')
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

test('first rows say that they are the first, of how many, and so does their filter', async ({ page, millrace }) => {
  await openOrders(page, millrace, 'First rows')
  const body = page.getByRole('tabpanel', { name: 'First rows' })
  await expect(body).toContainText('first 200 of 2,000 rows')
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('2,000')
  await body.getByRole('searchbox').fill('id=1999')
  await expect(body).toContainText('0 of the first 200 rows')
  await expect(body).toContainText('None of the first 200 rows matches the filter')
  await look(page, 'catalog-first-rows')
  await body.getByRole('button', { name: 'Query the whole table' }).click()
  await expect(page.locator('.monaco-editor').first()).toContainText('WHERE "id" = 1999')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('gridcell', { name: '1,999', exact: true })).toBeVisible()
  await page.getByRole('tab', { name: 'orders' }).first().click()
  await page.getByRole('tab', { name: /^Columns/ }).click()
  await expect(page.getByText('6 columns', { exact: true })).toBeVisible()
})

test('each table keeps the part of its page that was looked at', async ({ page, millrace }) => {
  const { catalog } = await millrace.clients()
  await catalog.createTable({
    database: 'shop',
    name: 'returns',
    columns: [{ name: 'id', type: 'int' }],
    partitionKeys: [],
    location: 's3://shop/returns/',
    format: 'json',
  })
  const shell = await openOrders(page, millrace, 'Quality')
  const part = (name: string) => page.getByRole('tab', { name, exact: true })
  await shell.command('shop.returns')
  await expect(part('Quality')).toHaveAttribute('aria-selected', 'false')
  await part('Profile').click()
  await shell.tab('orders').first().click()
  await expect(part('Quality')).toHaveAttribute('aria-selected', 'true')
  await shell.tab('returns').first().click()
  await expect(part('Profile')).toHaveAttribute('aria-selected', 'true')
})
