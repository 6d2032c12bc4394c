import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { SqlPage } from './support/sql.ts'

test('a named query runs in the workgroup of its tab: cut off at its limit, and with an earlier result where one may stand', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  await clients.lake.createBucket({ bucket: 'wide' })
  const body = new TextEncoder().encode('1234567\n'.repeat(1_400_000))
  await clients.lake.putObject({ bucket: 'wide', key: 'rows/a.csv', body })
  await clients.catalog.createTable({
    database: 'default',
    name: 'wide',
    columns: [{ name: 'a', type: 'int' }],
    partitionKeys: [],
    location: 's3://wide/rows/',
    format: 'csv',
    parameters: {},
  })
  await clients.athena.createNamedQuery({
    name: 'Rows of wide',
    database: 'default',
    sql: 'SELECT count(*) AS n FROM wide',
    workGroup: 'primary',
  })
  const sql = await SqlPage.open(page, millrace)
  await sql.openFile('Rows of wide')
  await expect(sql.editor).toContainText('FROM wide')
  await sql.toolbar.getByRole('button', { name: 'Workgroup primary' }).click()
  await page.getByRole('menuitem', { name: 'New workgroup…' }).click()
  const dialog = page.getByRole('dialog', { name: 'New workgroup' })
  await dialog.getByLabel('Name').fill('frugal')
  await dialog.getByLabel('Limit for each query').fill('10')
  await look(page, 'sql-workgroup')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(sql.editor).toContainText('workgroup: frugal')
  await expect(sql.estimate).toContainText('over the limit of frugal')
  await page.keyboard.press('Control+Enter')
  await expect(sql.results).toContainText('The limit of workgroup frugal stopped the query')
  await look(page, 'sql-cut-off')

  await sql.results.getByRole('button', { name: 'Change the limit' }).click()
  const change = page.getByRole('dialog', { name: 'Workgroup frugal' })
  await change.getByLabel('Limit for each query').fill('100')
  await change.getByRole('button', { name: 'Save' }).click()
  await sql.toolbar.getByRole('button', { name: 'Workgroup frugal' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Up to 1 hour old' }).click()
  await expect(sql.editor).toContainText('reuse: 60m')
  for (const told of ['10.7 MiB scanned', 'reused result']) {
    await sql.editor.click()
    await page.keyboard.press('Control+Enter')
    await expect(sql.outcome).toContainText(told)
  }
  await clients.athena.createNamedQuery({ name: 'Later', database: 'default', sql: 'SELECT 1', workGroup: 'frugal' })
  await expect(sql.explorer.getByRole('treeitem', { name: 'Later' })).toBeVisible()
  await sql.toolbar.getByRole('button', { name: 'Workgroup frugal' }).click()
  await page.getByRole('menuitem', { name: 'Delete frugal…' }).click()
  await page.getByRole('dialog', { name: 'Delete workgroup frugal?' }).getByRole('button', { name: 'Delete' }).click()
  await expect(sql.toolbar.getByRole('button', { name: 'Workgroup primary' })).toBeVisible()
  await expect(sql.explorer.getByRole('treeitem', { name: 'Later' })).toBeHidden()
})
