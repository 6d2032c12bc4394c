import { accessibilityProblems } from './support/accessible.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { SqlPage } from './support/sql.ts'

const FARES = `-- engine: athena, database: default
SELECT * FROM (VALUES
  (DATE '2024-01-01', 'AA', 'ORD', 10), (DATE '2024-01-01', 'DL', 'ORD', 0), (DATE '2024-01-01', 'DL', 'ATL', NULL),
  (DATE '2024-01-02', 'AA', 'ORD', 30), (DATE '2024-01-02', 'AA', 'ATL', 5), (DATE '2024-01-03', 'UA', 'ATL', NULL))
AS t (day, carrier, origin, fare)`

test('a pivot tells a cell without rows from one without a value, and from zero', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(FARES)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('6 rows')
  await sql.results.getByRole('tab', { name: 'Pivot' }).click()
  const row = (day: string) => sql.results.getByRole('row').filter({ hasText: day }).getByRole('gridcell')
  await expect(row('2024-01-01')).toHaveText(['2024-01-01', '10', '0', ''])
  await expect(row('2024-01-03')).toHaveText(['2024-01-03', '', '', 'null'])
  await expect(sql.results.getByRole('note')).toHaveText(
    'Empty: no row is there · null: rows are there, without a value',
  )
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-pivot')
})

test('a chart sums what shares a day, draws one line for each name, or each row as a point', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(FARES)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('6 rows')
  await sql.results.getByRole('tab', { name: 'Chart' }).click()
  const said = sql.results.getByRole('status', { name: 'What is drawn' })
  const drawing = (name: string) => sql.results.getByRole('img', { name, exact: true })
  const choose = async (label: string, option: string) => {
    await sql.results.getByRole('combobox', { name: label, exact: true }).click()
    await page.getByRole('option', { name: option }).first().click()
  }
  await expect(drawing('Lines of sum of fare by day')).toBeVisible()
  await expect(said).toHaveText('6 rows on 3 values of day')
  const dots = sql.results.locator('.recharts-line-dot')
  await expect(dots).toHaveCount(2)
  await choose('Split by', 'carrier')
  await expect(drawing('Lines of sum of fare by day, one for each carrier')).toBeVisible()
  await expect(sql.results.locator('.recharts-legend-item')).toHaveText(['AA', 'DL', 'UA'])
  await look(page, 'sql-chart-split')
  await choose('Split by', 'nothing')
  await choose('Aggregate', 'Each row')
  await expect(drawing('Points of fare by day')).toBeVisible()
  await expect(said).toHaveText('Several rows on one day: as points')
  await expect(dots).toHaveCount(4)
  await look(page, 'sql-chart-points')
  await choose('Across', 'carrier')
  await expect(drawing('Lines of sum of fare by carrier')).toBeVisible()
  await choose('Aggregate', 'Count of')
  await expect(drawing('Lines of count of rows by carrier')).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])
})

test('a line stands where its days are, and large numbers keep their labels whole', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(`-- engine: athena, database: default
SELECT * FROM (VALUES (DATE '2024-01-01', 1e18), (DATE '2024-01-02', 4e18), (DATE '2024-01-31', 2e18)) AS t (day, amount)`)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('3 rows')
  await sql.results.getByRole('tab', { name: 'Chart' }).click()
  const dots = sql.results.locator('.recharts-line-dot')
  await expect(dots).toHaveCount(3)
  const [first, second, third] = await dots.evaluateAll((all) => all.map((dot) => dot.getBoundingClientRect().x))
  // One day and then twenty-nine.
  expect((third - second) / (second - first)).toBeCloseTo(29, 0)
  await expect(sql.results.getByText('2024-01-15', { exact: true })).toBeVisible()
  await expect(sql.results.getByText('4 E', { exact: true })).toBeVisible()
  const labels = sql.results.locator('.recharts-yAxis .recharts-cartesian-axis-tick-value')
  const left = (await sql.results.locator('.recharts-surface').first().boundingBox())!.x
  for (const { x } of await labels.evaluateAll((all) => all.map((label) => label.getBoundingClientRect())))
    expect(x).toBeGreaterThanOrEqual(left)
  await look(page, 'sql-chart-gaps')
})

test('a chart and a pivot draw what the filter of the rows leaves, times in buckets', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(`-- engine: athena, database: default
SELECT day, IF(day_of_week(day) = 1, 'Monday', 'other') AS kind, 1 AS n
FROM UNNEST(sequence(DATE '2023-01-02', DATE '2023-12-31')) AS t (day)`)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('364 rows')
  const tab = (name: string) => sql.results.getByRole('tab', { name, exact: true })
  await tab('Chart').click()
  const said = sql.results.getByRole('status', { name: 'What is drawn' })
  const drawing = (name: string) => sql.results.getByRole('img', { name, exact: true })
  const bucket = sql.results.getByRole('combobox', { name: 'Bucket' })
  await expect(drawing('Lines of sum of n by week of day')).toBeVisible()
  await expect(said).toHaveText('364 rows on 52 weeks of day')
  await expect(bucket).toHaveText('Automatic: week')
  await expect(sql.results.getByText(/^2023-\d\d-\d\d \(W\d\d\)$/).first()).toBeVisible()
  await bucket.click()
  await page.getByRole('option', { name: 'Quarter' }).click()
  await expect(said).toHaveText('364 rows on 4 quarters of day')
  await expect(sql.results.getByText(/^Q\d 2023$/).first()).toBeVisible()
  await tab('Rows').click()
  await sql.results.getByRole('searchbox').fill('kind:monday')
  await expect(sql.results.getByText('52 of 364 rows')).toBeVisible()
  await tab('Chart').click()
  await expect(said).toHaveText('52 of 364 rows, as filtered · on 4 quarters of day')
  await expect(bucket).toHaveText('Quarter')
  expect(await accessibilityProblems(page)).toEqual([])
  await look(page, 'sql-chart-buckets')
  await tab('Pivot').click()
  await expect(sql.results.getByRole('note')).toHaveText('52 of 364 rows, as filtered')
  await expect(sql.results.getByRole('columnheader')).toHaveCount(2)
  await tab('Rows').click()
  await expect(sql.results.getByRole('searchbox')).toHaveValue('kind:monday')
})

test.use({ permissions: ['clipboard-read', 'clipboard-write'] })

test('what is copied is an INSERT of the dialect, and a file is called after the query', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  const clients = await millrace.clients()
  const path = 'queries/daily sales.sql'
  await clients.workspace.writeDocument({
    path,
    text: `-- engine: athena, database: default
SELECT X'00ff' AS "order", MAP(ARRAY['a'], ARRAY[DECIMAL '1.50']) AS prices, CAST(ROW(1) AS ROW(n integer)) AS one;
SELECT 2 AS two`,
  })
  await sql.openFile('daily sales')
  await sql.editor.click()
  await page.keyboard.press('Control+Shift+Enter')
  await expect(sql.cell('2')).toBeVisible()
  const exported = async () => {
    const download = page.waitForEvent('download')
    await sql.results.getByRole('button', { name: 'Export', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Export as CSV' }).click()
    return (await download).suggestedFilename()
  }
  expect(await exported()).toBe('daily sales 2.csv')
  await sql.statement(/1 · SELECT/).click()
  await expect(sql.cell('00ff')).toBeVisible()
  expect(await exported()).toBe('daily sales.csv')
  await sql.results.getByRole('grid').focus()
  await page.keyboard.press('Control+a')
  await sql.cell('00ff').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Copy as INSERT statement' }).click()
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe(
      `INSERT INTO table_name ("order", prices, one) VALUES\n  (X'00FF', MAP(ARRAY['a'], ARRAY[DECIMAL '1.50']), CAST(ROW(1) AS ROW(n integer)));\n`,
    )
})

test('two results meet by as many columns as it takes, and a key that repeats is named', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(FARES)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('6 rows')
  await sql.editor.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.insertText("\nWHERE NOT (carrier = 'AA' AND origin = 'ATL')")
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('5 rows')
  await sql.results.getByRole('tab', { name: 'Compare' }).click()
  const key = (name: string) => sql.results.getByRole('button', { name: `Key: ${name}`, exact: true })
  await expect(key('day, carrier, origin')).toBeVisible()
  await expect(sql.results.getByRole('status', { name: 'What differs' })).toHaveText(
    '0 added · 1 removed · 0 changed · 5 the same',
  )
  // What a side does not have is empty, not null.
  const removed = sql.results.getByRole('row').filter({ hasText: 'removed' }).getByRole('gridcell')
  await expect(removed).toHaveText(['− removed', '2024-01-02', 'AA', 'ATL', '5', ''])
  await key('day, carrier, origin').click()
  await page.getByRole('checkbox', { name: 'origin' }).click()
  await expect(sql.results.getByRole('alert')).toContainText(
    'In the result before, the key day, carrier does not tell the rows apart: 2 values stand in more than one row',
  )
  await look(page, 'sql-compare-repeats')
  await page.keyboard.press('Escape')
  await expect(key('day, carrier')).toBeFocused()
  expect(await accessibilityProblems(page)).toEqual([])
})
