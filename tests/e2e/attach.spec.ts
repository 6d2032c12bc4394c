import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'
import { SqlPage } from './support/sql.ts'

const SALES =
  'Artikel;Preis;Datum\nSchraube;1,50;03.04.2021\nMutter;12,25;05.06.2021\nkaputt\n"Nut;\nFeder";3;07.08.2021\n'

async function dropOnWindow(page: Page, name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([name, text]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([text], name))
      return transfer
    },
    [name, text],
  )
  await page.dispatchEvent('.mr-dockview', 'dragover', { dataTransfer: data })
  await expect(page.getByText('Drop to attach')).toBeVisible()
  await page.dispatchEvent('.mr-dockview', 'drop', { dataTransfer: data })
}

test('a file that is dropped is previewed, corrected and queried; one by its path is read where it lies', async ({
  page,
  millrace,
}) => {
  test.slow()
  const shell = await Shell.open(page, millrace)
  await dropOnWindow(page, 'Sales 2021.csv', SALES)
  const dialog = page.getByRole('dialog', { name: 'Attach a file or folder' })
  const rows = dialog.getByRole('grid', { name: 'First rows' })
  await expect(rows.getByText('Schraube')).toBeVisible()
  await expect(dialog.getByLabel('Table', { exact: true })).toHaveValue('sales_2021')
  await expect(dialog.getByText('can be read as DMY or MDY')).toBeVisible()
  await expect(rows.getByText('2021-04-03')).toBeVisible()
  await look(page, 'attach-preview')
  expect(await shell.accessibilityProblems()).toEqual([])

  await dialog.getByRole('combobox', { name: 'Dates' }).click()
  await page.getByRole('option', { name: 'Month day year' }).click()
  await expect(rows.getByText('2021-03-04')).toBeVisible()
  await dialog.getByRole('tab', { name: /Problems/ }).click()
  await expect(dialog.getByRole('grid', { name: 'Broken rows' })).toContainText('1 of 3 fields: the row is left out')
  await dialog.getByRole('tab', { name: /Columns/ }).click()
  await dialog.getByLabel('Table', { exact: true }).fill('Sales!')
  await dialog.getByRole('button', { name: 'Attach', exact: true }).click()
  await expect(dialog.getByText('A name begins with a letter')).toBeVisible()
  await dialog.getByLabel('Table', { exact: true }).fill('sales')
  await dialog.getByRole('button', { name: 'Attach', exact: true }).click()
  await expect(dialog).toBeHidden()
  // What was just attached opens on its rows.
  await expect(page.getByRole('grid', { name: 'attached.sales' })).toContainText('12.25')

  const folder = mkdtempSync(join(tmpdir(), 'millrace-attach-'))
  try {
    const path = join(folder, 'lines.jsonl')
    writeFileSync(path, '{"id":1,"tags":["x"]}\n')
    await shell.command('Attach a file or folder…')
    await dialog.getByLabel('File or folder').fill(join(folder, 'nothing.csv'))
    await expect(dialog.getByText('There is no ')).toBeVisible()
    await dialog.getByLabel('File or folder').fill(path)
    await expect(rows).toContainText('x')
    await dialog.getByRole('button', { name: 'Attach', exact: true }).click()
    await expect(dialog).toBeHidden()
    await shell.explorer.getByRole('treeitem', { name: /^lines/ }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Detach…' }).click()
    await page.getByRole('dialog', { name: 'Detach lines?' }).getByRole('button', { name: 'Detach' }).click()
    await expect(shell.explorer.getByRole('treeitem', { name: /^lines/ })).toBeHidden()
    await expect(shell.explorer.getByRole('treeitem', { name: /^sales/ })).toBeVisible()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a result says which rows of an attached file could not be read', async ({ page, millrace }) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-attach-'))
  try {
    const source = join(folder, 'noted.csv')
    writeFileSync(source, 'name;price\nnut;1,5\nbroken\n')
    const { catalog } = await millrace.clients()
    const { reading } = await catalog.inspectFile({ source })
    for await (const _ of catalog.attachFile({ name: 'noted', source, reading }));
    const sql = await SqlPage.open(page, millrace)
    await sql.write('-- engine: athena, database: attached\nSELECT name FROM noted')
    await page.keyboard.press('Control+Enter')
    await expect(sql.cell('nut')).toBeVisible()
    await expect(page.getByRole('note')).toContainText('1 row of noted.csv cannot be read whole, line 3')
    await look(page, 'sql-notes')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
