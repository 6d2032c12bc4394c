import type { WebSocketRoute } from '@playwright/test'
import { accessibilityProblems } from './support/accessible.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'
import { SqlPage } from './support/sql.ts'

const ENDLESS =
  '-- engine: athena, database: default\nSELECT count(*) AS n FROM UNNEST(sequence(1, 100000)) AS a (x), UNNEST(sequence(1, 1000000)) AS b (y) WHERE x * y % 7 = 3'

test.beforeAll(async ({ millrace }) => {
  const clients = await millrace.clients()
  await clients.warehouse.startStatement({
    sql: 'CREATE TABLE IF NOT EXISTS places (id integer, description varchar(40))',
  })
})

test('Enter behind a whole word begins a line, and a word that is begun is completed', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await expect(sql.explorer.getByRole('treeitem', { name: 'places' })).toBeVisible()
  await sql.write('-- engine: warehouse\n')
  const suggestions = page.locator('.suggest-widget')
  const line = async (text: string) => {
    await page.keyboard.type(text)
    await expect(suggestions).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(suggestions).toBeHidden()
  }
  await page.keyboard.type('select id')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await line('from places')
  await line('order by id desc')
  await page.keyboard.type('lim')
  await expect(suggestions.locator('.focused')).toHaveAttribute('aria-label', /^limit/)
  await page.keyboard.press('Enter')
  await page.keyboard.type(' 5')
  const lines = sql.editor.locator('.view-line')
  await expect(lines).toHaveText([/^--/, /^select.id$/, /^from.places$/, /^order.by.id.desc$/, /^limit.5$/])
})

test('without a connection nothing is run, neither now nor when it is back', async ({ context, millrace }) => {
  await using page = await context.newPage()
  let open: WebSocketRoute | null = null
  let away = false
  let silent = false
  await page.routeWebSocket(/\/rpc/, (socket) => {
    if (away) return void socket.close()
    open = socket
    socket.connectToServer().onMessage((message) => silent || socket.send(message))
  })
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT 7319 AS never')
  away = true
  await open!.close()
  await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await expect(page.getByText('Not connected: nothing was run')).toBeVisible()
  away = false
  await page.getByRole('button', { name: 'Try now' }).click()
  await sql.replace('-- engine: athena, database: default\nSELECT 7320 AS later')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('7,320')).toBeVisible()
  const clients = await millrace.clients()
  const texts = (await clients.athena.listQueries({ limit: 20 })).map((query) => query.sql)
  expect(texts).toContain('SELECT 7320 AS later')
  expect(texts).not.toContain('SELECT 7319 AS never')
  // What was sent and never answered may have been run: nobody is told to send it again.
  silent = true
  await page.keyboard.press('Control+Enter')
  await expect(sql.results.getByRole('progressbar')).toBeVisible()
  silent = false
  await open!.close()
  await expect(sql.results).toContainText('it may have been run')
})

test('what runs when the page is loaded again goes on as a run, and is cancelled as one', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(ENDLESS)
  await page.keyboard.press('Control+Enter')
  await expect(sql.results).toContainText(/Running.*[1-9](\.\d)? s/)
  await page.reload()
  await expect(sql.toolbar.getByRole('button', { name: 'Cancel' })).toBeEnabled()
  // It counts from when it was begun, not from the reload.
  await expect(sql.results).toContainText(/Running/)
  await expect(sql.results).not.toContainText(/\b\d{1,3} ms/)
  await page.keyboard.press('Shift+Escape')
  await expect(sql.results).toContainText('Cancelled')
  await expect(sql.toolbar.getByRole('button', { name: 'Run', exact: true })).toBeVisible()
})

test('the history follows what the warehouse runs', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.explorer.getByRole('tab', { name: 'History' }).click()
  await expect(sql.explorer.getByRole('list', { name: 'History' })).toBeVisible()
  await sql.explorer.getByRole('tab', { name: 'Queries' }).click()
  await sql.write('-- engine: warehouse\nSELECT 5151 AS told')
  await sql.explorer.getByRole('tab', { name: 'History' }).click()
  await sql.editor.click()
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('5,151')).toBeVisible()
  await expect(sql.explorer.getByRole('button', { name: /Succeeded.*SELECT 5151/ })).toBeVisible()
})

test('closing a changed query offers to save it first, under a name from its text', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT 61 AS kept')
  // A query is called by what it says, before it has a file.
  await expect(page.getByRole('tab', { name: 'SELECT 61 AS kept' })).toBeVisible()
  const close = () => page.keyboard.press('Alt+w')
  await close()
  await expect(page.getByRole('button', { name: 'Save', exact: true }).last()).toBeFocused()
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-close')
  await page.keyboard.press('Enter')
  const name = page.getByRole('textbox', { name: 'File name' })
  await expect(name).toHaveValue('SELECT-61-AS-kept')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('tab', { name: 'SELECT 61 AS kept' })).toBeVisible()
  await close()
  await page.keyboard.press('Enter')
  await expect(name).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('tab', { name: 'SELECT 61 AS kept' })).toHaveCount(0)
  await sql.openFile('select-61-as-kept')
  await expect(sql.editor).toContainText('SELECT 61 AS kept')
  await sql.replace('SELECT 62 AS other')
  await close()
  await page.getByRole('button', { name: 'Don’t save' }).click()
  await expect(page.getByRole('tab', { name: /select-61/ })).toHaveCount(0)
  await sql.openFile('select-61-as-kept')
  await expect(sql.editor).toContainText('SELECT 61 AS kept')
})

test('several changed queries are saved one after the other, and close', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('SELECT 71 AS first')
  await sql.write('SELECT 72 AS second')
  await expect(page.getByRole('tab', { name: 'SELECT 72 AS second' })).toBeVisible()
  await new Shell(page).command('Close all tabs')
  await page.getByRole('button', { name: 'Save all' }).click()
  const name = page.getByRole('textbox', { name: 'File name' })
  await expect(name).toHaveValue('SELECT-71-AS-first')
  await page.keyboard.press('Enter')
  await expect(name).toHaveValue('SELECT-72-AS-second')
  await page.keyboard.press('Enter')
  await expect(page.locator('.mr-tab')).toHaveCount(0)
  await expect(sql.explorer.getByRole('treeitem', { name: 'select-72-as-second' })).toBeVisible()
})

test('a parameter has the type that is chosen for it, and keeps it', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: athena, database: default\nSELECT count(*) + 40 AS days FROM (VALUES DATE '2021-01-01', DATE '2021-03-01') AS t (day) WHERE day > :after",
  )
  await page.keyboard.press('Control+Enter')
  await page.getByRole('textbox', { name: ':after' }).fill('2021-02-01')
  await expect(page.getByText('choose Date')).toBeVisible()
  await page.getByRole('combobox', { name: 'Type of :after' }).click()
  await page.getByRole('option', { name: /^Date/ }).click()
  await page.getByRole('textbox', { name: ':after' }).press('Enter')
  await expect(sql.cell('41')).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('textbox', { name: ':after' })).toHaveValue('2021-02-01')
  await expect(page.getByRole('combobox', { name: 'Type of :after' })).toContainText('Date')
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-parameters')
  await page.keyboard.press('Escape')
})

test('what is wrong can be read whole where there is no room for it', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT 1 AS a')
  await page.keyboard.press('Control+\\')
  await sql.replace('-- engine: athena, database: default\nSELECT missing FROM (VALUES 1) AS t (present)')
  const said = sql.toolbar.first().getByRole('status', { name: 'Estimate' }).getByRole('button')
  await expect(said).toContainText('missing')
  await said.click()
  await expect(page.getByRole('dialog', { name: 'The statement has an error' })).toContainText(
    /Line 2: .*missing.* cannot be resolved/,
  )
  await look(page, 'sql-error-whole')
  await page.keyboard.press('Escape')
})
