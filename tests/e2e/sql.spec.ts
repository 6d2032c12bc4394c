import { accessibilityProblems } from './support/accessible.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { SqlPage } from './support/sql.ts'

/** Small to plan and endless to run: what is waited for is only that it is stopped. */
const ENDLESS =
  '-- engine: athena, database: default\nWITH n AS (SELECT x FROM UNNEST(sequence(1, 1000)) AS t (x))\nSELECT count(*) FROM n a, n b, n c, n d, n e WHERE a.x * b.x * c.x % 7 = d.x * e.x % 5'

test.beforeAll(async ({ millrace }) => {
  const clients = await millrace.clients()
  await clients.warehouse.startStatement({ sql: 'CREATE TABLE IF NOT EXISTS cities (id integer, name varchar(40))' })
})

test('statements run in order, each with a result, up to the first that fails', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    '-- engine: athena, database: default\nSELECT 11 AS a;\nSELECT n FROM UNNEST(sequence(1, 500)) AS t (n);\nSELECT 1 / 0;\nSELECT 4',
  )
  await page.keyboard.press('Control+Shift+Enter')
  await expect(sql.results).toContainText('The statement failed')
  await expect(sql.results.getByRole('tablist', { name: 'Statements' }).getByRole('tab')).toHaveCount(3)
  await expect(page.getByRole('button', { name: 'Go to line 4' })).toBeVisible()
  await expect(sql.results).toContainText('1 statement after it was not run.')
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-error')
  await sql.statement(/SELECT 11/).click()
  await expect(sql.cell('11')).toBeVisible()
  await sql.statement(/UNNEST/).click()
  await expect(sql.outcome).toContainText('500 rows')
  await sql.cell('1').click()
  await expect(page.getByText('Row 1', { exact: true })).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-rows')
})

test('what is wrong is said while it is written, at its place', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT *\nFROM nowhere')
  await expect(sql.estimate).toContainText('nowhere')
  await expect(sql.editor.locator('.squiggly-error')).toBeVisible()
  await sql.replace('-- engine: warehouse\nSELECT nme FROM cities')
  await expect(sql.estimate).toContainText('nme')
  await sql.replace('-- engine: warehouse\nSELECT name FROM cities')
  await expect(sql.editor.locator('.squiggly-error')).toHaveCount(0)
  await page.keyboard.press('Control+Enter')
  await expect(sql.results).toContainText('The query found no rows')
})

test('completion knows the tables and columns of the engine', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: warehouse\nSELECT  FROM cities c')
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('ArrowDown')
  for (let i = 0; i < 7; i++) await page.keyboard.press('ArrowRight')
  await page.keyboard.type('c.')
  const suggestions = page.locator('.suggest-widget')
  await expect(suggestions).toContainText('name')
  await page.keyboard.type('na')
  await page.keyboard.press('Tab')
  await expect(sql.editor).toContainText('SELECT c.name FROM cities c')
})

test('a query is saved under a name, found again, renamed in its folder and deleted with a way back', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT 7 AS seven')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('7')).toBeVisible()
  await page.keyboard.press('Control+s')
  await page.getByRole('textbox', { name: 'File name' }).fill('Lucky number')
  await page.keyboard.press('Enter')
  await expect(sql.explorer.getByRole('treeitem', { name: 'lucky-number' })).toBeVisible()
  // The result goes on under the file's tab.
  await expect(sql.cell('7')).toBeVisible()
  const clients = await millrace.clients()
  const { text } = await clients.workspace.readDocument({ path: 'queries/lucky-number.sql' })
  expect(text).toBe('-- engine: athena, database: default\nSELECT 7 AS seven')

  await sql.explorer.getByRole('treeitem', { name: 'lucky-number' }).click()
  await page.keyboard.press('Delete')
  await expect(sql.explorer.getByRole('treeitem', { name: 'lucky-number' })).toHaveCount(0)
  // What the tab still has is unsaved work from here on.
  await expect(page.locator('.mr-tab', { hasText: 'lucky-number' }).locator('[data-dirty]')).toHaveCount(1)
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect(sql.explorer.getByRole('treeitem', { name: 'lucky-number' })).toBeVisible()
  await expect(page.locator('.mr-tab', { hasText: 'lucky-number' }).locator('[data-dirty]')).toHaveCount(0)
})

test('text and results outlive a reload, and the history brings a query back', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT 4242 AS answer')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('4,242')).toBeVisible()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(' -- unsaved words')
  await page.reload()
  await expect(sql.editor).toContainText('unsaved words')
  await expect(sql.cell('4,242')).toBeVisible()
  await sql.explorer.getByRole('tab', { name: 'History' }).click()
  await sql.explorer
    .getByRole('button', { name: /SELECT 4242/ })
    .first()
    .click()
  await expect(sql.cell('4,242')).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-history')
})

test('a long query shows its progress and is cancelled', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(ENDLESS)
  await page.keyboard.press('Control+Enter')
  await expect(sql.results.getByRole('progressbar')).toBeVisible()
  await sql.toolbar.getByRole('button', { name: 'Cancel' }).click()
  await expect(sql.results).toContainText('Cancelled')
  // Nothing of it runs any more, and the engine answers the next query.
  const clients = await millrace.clients()
  const [last] = await clients.athena.listQueries({ limit: 1 })
  expect(last.state).toBe('CANCELLED')
  await sql.replace('-- engine: athena, database: default\nSELECT 12 AS twelve')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('12')).toBeVisible()
})

test('a cancelled query says so at once, however long the engine takes to let go of it', async ({
  context,
  millrace,
}) => {
  // The engine's answer to the cancel is held back on the wire; the screen must not wait for it.
  await using page = await context.newPage()
  let held = false
  let release = () => {}
  await page.routeWebSocket(/\/rpc/, (socket) => {
    const server = socket.connectToServer()
    const waiting: (string | Buffer)[] = []
    server.onMessage((message) => (held ? waiting.push(message) : socket.send(message)))
    release = () => {
      held = false
      for (const message of waiting.splice(0)) socket.send(message)
    }
  })
  const sql = await SqlPage.open(page, millrace)
  await sql.write(ENDLESS)
  await page.keyboard.press('Control+Enter')
  await expect(sql.results.getByRole('progressbar')).toBeVisible()
  held = true
  await page.keyboard.press('Shift+Escape')
  await expect(sql.toolbar.getByRole('button', { name: 'Cancelling…' })).toBeDisabled()
  await expect(sql.results).toContainText('Cancelling…')
  release()
  await expect(sql.results).toContainText('Cancelled')
})

test('the plan and a chart of a result are one tab away', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    '-- engine: athena, database: default\nSELECT n % 5 AS bucket, count(*) AS many FROM UNNEST(sequence(1, 1000)) AS t (n) GROUP BY 1 ORDER BY 1',
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('5 rows')
  await sql.results.getByRole('tab', { name: 'Chart' }).click()
  await expect(sql.results.getByRole('img', { name: /many by/ })).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-chart')
  await sql.results.getByRole('tab', { name: 'Plan' }).click()
  await sql.results.getByRole('button', { name: 'Run and measure' }).click()
  // A step shows what of the text it comes from; the arrows walk the graph.
  const step = (name: RegExp) => sql.results.getByRole('button', { name })
  await step(/^Hash group by .*5 rows/).click()
  await expect(sql.editor.locator('[class*=span]', { hasText: 'GROUP' }).first()).toBeVisible()
  await expect(step(/^Hash group by .*5 rows/)).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('ArrowUp')
  await expect(step(/^Hash group by .*5 rows/)).toHaveAttribute('aria-pressed', 'false')
  // All of it is in sight at one click, and larger again at another.
  await sql.results.getByRole('button', { name: 'Fit View' }).click()
  const height = async () => (await step(/^Hash group by .*5 rows/).boundingBox())!.height
  await expect.poll(height).toBeLessThan(76)
  const fitted = await height()
  await sql.results.getByRole('button', { name: 'Zoom In' }).click()
  await expect.poll(height).toBeGreaterThan(fitted)
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-plan')
  await sql.results.getByRole('tab', { name: 'Measured steps' }).click()
  await expect(sql.results.getByRole('columnheader', { name: 'Time' })).toBeVisible()
})

test('a large result is left behind by the next run without a hitch', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    '-- engine: athena, database: default\nSELECT a.x * 1000 + b.x AS n FROM UNNEST(sequence(0, 1999)) AS a (x), UNNEST(sequence(0, 999)) AS b (x) ORDER BY 1',
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('2,000,000 rows')
  // The last of two million rows is higher up than an element may reach.
  await sql.cell('0').click()
  await page.keyboard.press('Control+End')
  await expect(sql.cell('1,999,999')).toBeVisible()
  await page.keyboard.press('Shift+ArrowUp')
  await page.keyboard.press('Control+Home')
  await expect(sql.cell('0')).toBeVisible()
  // While the next query runs the old rows stay in sight: as many as there is room for.
  await sql.replace(ENDLESS)
  await page.keyboard.press('Control+Enter')
  await expect(sql.results.getByRole('region', { name: 'Result of the run before' })).toBeVisible()
  expect(await sql.results.getByRole('row').count()).toBeLessThan(200)
  await page.keyboard.press('Shift+Escape')
  await expect(sql.results).toContainText('Cancelled')
})

test('the text is formatted, commented, searched and run in part by the keyboard', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write("-- engine: warehouse\nselect name from cities where name = 'x';")
  await page.keyboard.press('Shift+Alt+f')
  await expect(sql.editor).toContainText('SELECT')
  await expect(sql.editor).toContainText('WHERE')
  await sql.replace('-- engine: athena, database: default\nSELECT 21 AS a;')
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  // A completion list that is open, or still asked for, goes when the text is run.
  await page.keyboard.type('SELECT 22 AS b_sel')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('22')).toBeVisible()
  await expect(sql.cell('21')).toHaveCount(0)
  await expect(page.locator('.suggest-widget.visible')).toHaveCount(0)
  await page.keyboard.type(';')
  // A word that is selected is no statement: nothing is said to be wrong with it.
  await page.keyboard.press('Control+Shift+ArrowLeft')
  await page.keyboard.press('Control+Shift+ArrowLeft')
  await expect(sql.editor.locator('.squiggly-error')).toHaveCount(0)
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Control+/')
  await expect(sql.editor).toContainText('-- SELECT 22 AS b_sel;')
  await page.keyboard.press('Control+f')
  await page.keyboard.type('SELECT')
  await expect(page.locator('.find-widget')).toContainText('of 2')
  await page.keyboard.press('Escape')
})

test('a name tells what it is: columns, and rows of a common table expression; F12 goes to it', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    '-- engine: warehouse\nWITH many AS (SELECT id, name FROM cities UNION ALL SELECT 77, name FROM cities)',
  )
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  await page.keyboard.type('SELECT * FROM many')
  const clients = await millrace.clients()
  await clients.warehouse.startStatement({ sql: "INSERT INTO cities VALUES (41, 'Ghent')" })
  const before = (await clients.warehouse.listStatements({})).length
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.keyboard.press('Escape')
  await sql.editor.getByText('many', { exact: true }).last().hover()
  const hover = page.locator('.monaco-hover').filter({ visible: true }).first()
  await expect(hover).toContainText('common table expression')
  await expect(hover).toContainText('Ghent')
  // Looking is no run.
  expect((await clients.warehouse.listStatements({})).length).toBe(before)
  await sql.editor.getByText('many', { exact: true }).last().click()
  await page.keyboard.press('F12')
  await expect(sql.editor.locator('.active-line-number')).toHaveText('2')
  await sql.editor.getByText('cities', { exact: true }).first().click()
  await page.keyboard.press('F12')
  await expect(page.getByRole('navigation', { name: 'Breadcrumb' }).filter({ visible: true })).toContainText('cities')
})

test('the menu of the editor has what one does there', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT 31 AS a')
  await sql.editor.getByText('SELECT', { exact: true }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Comment or uncomment' }).click()
  await expect(sql.editor).toContainText('-- SELECT 31')
  await sql.editor.getByText('SELECT', { exact: false }).last().click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Comment or uncomment' }).click()
  await sql.editor.getByText('SELECT', { exact: true }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Run selection or statement' }).click()
  await expect(sql.cell('31')).toBeVisible()
})

test('parameters are asked for, remembered, and put in', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT :first AS a, ? AS b')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('textbox', { name: ':first' }).fill('51')
  await page.getByRole('textbox', { name: '1. a, ?' }).fill('fifty')
  await page.keyboard.press('Enter')
  await expect(sql.cell('51')).toBeVisible()
  await expect(sql.cell('fifty')).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('textbox', { name: ':first' })).toHaveValue('51')
  await page.keyboard.press('Escape')
})

test('the catalog shows a table at one click, keeps it at two, and is walked by the keyboard', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  await clients.athena.startQuery({ sql: 'CREATE TABLE one AS SELECT 61 AS a' })
  await clients.athena.startQuery({ sql: 'CREATE TABLE two AS SELECT 62 AS b' })
  await SqlPage.open(page, millrace)
  await page
    .getByRole('navigation', { name: 'Activities' })
    .getByRole('button', { name: 'Catalog', exact: true })
    .click()
  const tree = page.getByRole('tree', { name: 'Catalog' })
  const tab = (name: string) => page.locator('.mr-tab', { hasText: new RegExp(`^${name}$`) })
  await tree.getByRole('treeitem', { name: /^one/ }).click()
  await expect(tab('one')).toBeVisible()
  await tree.getByRole('treeitem', { name: /^two/ }).click()
  // The same tab, for whatever is looked at.
  await expect(tab('two')).toBeVisible()
  await expect(tab('one')).toHaveCount(0)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(tab('one')).toBeVisible()
  await tree.getByRole('treeitem', { name: /^two/ }).click()
  await expect(tab('one')).toBeVisible()
  await expect(tab('two')).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await expect(tree.getByRole('treeitem', { name: /^b/ })).toBeVisible()
  await tree.getByRole('treeitem', { name: /^two/ }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Preview rows' }).click()
  await expect(page.getByRole('gridcell', { name: '62', exact: true })).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'catalog-rows')
  await tree.getByRole('treeitem', { name: /^two/ }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Query', exact: true }).click()
  await expect(page.locator('.monaco-editor').filter({ visible: true }).first()).toContainText('FROM default.two')
})

test('a document for Flink is checked by its grammar, formatted, and says where it runs', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: flink, database: default\nselect * from table(tumble(table t, descriptor(ts), interval '1' minute)) group byy x",
  )
  await expect(sql.estimate).toContainText("missing 'BY'")
  await sql.replace('-- engine: flink, database: default\nselect a from t')
  await page.keyboard.press('Shift+Alt+f')
  await expect(sql.editor).toContainText('SELECT')
  await page.keyboard.press('Control+Enter')
  await expect(sql.results.getByText('Flink SQL does not run here')).toBeVisible()
})

test('a Redshift tab is one session: temporary tables and a transaction last from one run to the next', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  const end = async (sql: string) => {
    const { statementId } = await clients.warehouse.startStatement({ sql })
    for await (const { error } of clients.warehouse.watchStatement({ statementId }))
      if (error) throw new Error(error.message)
  }
  await end('CREATE TABLE ledger (amount integer)')
  const sql = await SqlPage.open(page, millrace)
  const session = sql.toolbar.getByRole('status', { name: 'Session' })
  await sql.write(
    '-- engine: warehouse\nCREATE TEMP TABLE picked AS SELECT 7 AS lucky;\nSELECT lucky FROM picked;\nBEGIN;\nINSERT INTO ledger SELECT lucky FROM picked',
  )
  await page.keyboard.press('Control+Shift+Enter')
  await expect(session).toContainText('Transaction open')
  await expect(session).toContainText('1 temporary table')
  await sql.statement(/SELECT lucky/).click()
  await expect(sql.cell('7')).toBeVisible()
  await sql.replace('-- engine: warehouse\nSELECT amount, lucky FROM ledger, picked')
  await expect(sql.editor.locator('.squiggly-error')).toHaveCount(0)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1 row')
  expect((await clients.warehouse.preview({ sql: 'SELECT amount FROM ledger' })).rowCount).toBe(0)
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-transaction')
  await session.getByRole('button', { name: 'Commit' }).click()
  await expect(session).not.toContainText('Transaction')
  expect((await clients.warehouse.preview({ sql: 'SELECT amount FROM ledger' })).rowCount).toBe(1)

  await sql.replace('-- engine: warehouse\nBEGIN;\nDELETE FROM ledger;\nSELECT 1 / 0')
  await page.keyboard.press('Control+Shift+Enter')
  await expect(session).toContainText('Transaction failed')
  await session.getByRole('button', { name: 'Roll back' }).click()
  await expect(session).not.toContainText('Transaction')

  // An engine that goes takes the session with it; the next run begins another.
  await sql.replace('-- engine: warehouse\nBEGIN;\nDELETE FROM ledger')
  await page.keyboard.press('Control+Shift+Enter')
  await expect(session).toContainText('Transaction open')
  await clients.system.restartHost({ host: 'olap' })
  await expect(page.getByText('The session of this query has ended')).toBeVisible()
  await expect(session).toHaveCount(0)
  await page.keyboard.press('Control+Shift+Enter')
  await expect(session).toContainText('Transaction open')
  await page.keyboard.press('Alt+w')
  await expect(page.getByRole('dialog')).toContainText('not committed')
  await look(page, 'sql-transaction-close')
  await page.getByRole('button', { name: 'Close anyway' }).click()
  await expect(session).toHaveCount(0)
  expect((await clients.warehouse.preview({ sql: 'SELECT amount FROM ledger' })).rowCount).toBe(1)
})
