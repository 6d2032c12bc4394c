import { expect, testInOneWindow as test } from './support/fixture.ts'
import { SqlPage } from './support/sql.ts'

const QUERY =
  '-- engine: athena, database: default\nWITH few AS (SELECT n FROM UNNEST(sequence(1, 7)) AS t (n))\nSELECT count(*) AS many FROM few'

test('the rows of a common table expression are a click or a key away beside the result, and F2 renames it', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(QUERY)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1 row')
  const look = page.getByRole('region', { name: 'Rows of few' })
  await sql.editor.getByText('Rows of few').click()
  await expect(look.getByRole('status', { name: 'What is shown' })).toHaveText('7 rows, all of them')
  await page.keyboard.press('Escape')
  await expect(look).toBeHidden()
  await expect(sql.cell('7')).toBeVisible()
  await sql.editor.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Alt+r')
  await expect(look.getByRole('gridcell', { name: '7', exact: true })).toBeVisible()
  await look.getByRole('button', { name: 'Back to the result' }).click()
  await sql.editor.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('F2')
  await expect(page.locator('.rename-input')).toBeFocused()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('small')
  await page.keyboard.press('Enter')
  await expect(sql.editor).toContainText('WITH small AS (')
  await expect(sql.editor).toContainText('FROM small')
})

test('a result is pivoted by the engine', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: athena, database: default\nSELECT * FROM (VALUES ('north', 'a', 1), ('north', 'b', 2), ('south', 'a', 40)) AS t (side, kind, n)",
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('3 rows')
  await sql.results.getByRole('tab', { name: 'Pivot' }).click()
  await expect(sql.results.getByRole('columnheader', { name: /^south\b/ })).toBeVisible()
  await expect(sql.cell('40')).toBeVisible()
  // What was chosen is there again.
  await sql.results.getByRole('combobox', { name: 'Aggregate' }).click()
  await page.getByRole('option', { name: 'Count of', exact: true }).click()
  await expect(sql.cell('40')).toBeHidden()
  await sql.results.getByRole('tab', { name: /^Rows/ }).click()
  await expect(sql.cell('40')).toBeVisible()
  await sql.results.getByRole('tab', { name: 'Pivot' }).click()
  const aggregate = sql.results.getByRole('combobox', { name: 'Aggregate' })
  await expect(aggregate).toContainText('Count')
  // So it is after a reload, and when the query is run again; not of other columns.
  await page.reload()
  await expect(aggregate).toContainText('Count')
  await sql.editor.click()
  await page.keyboard.press('Control+Enter')
  await expect(aggregate).toContainText('Count')
  await sql.replace('-- engine: athena, database: default\nSELECT 7 AS seven, 8 AS eight')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('7')).toBeVisible()
  await expect(sql.results.getByRole('tab', { name: 'Rows' })).toHaveAttribute('aria-selected', 'true')
})

test('a result is compared with the one before it, row by row', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  const rows = (list: string) => `-- engine: athena, database: default\nSELECT * FROM (VALUES ${list}) AS t (id, word)`
  await sql.write(rows("(1, 'one'), (2, 'two')"))
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('one')).toBeVisible()
  await sql.replace(rows("(2, 'zwei'), (3, 'drei')"))
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('zwei')).toBeVisible()
  await sql.results.getByRole('tab', { name: 'Compare' }).click()
  await expect(sql.results.getByRole('status', { name: 'What differs' })).toHaveText(
    '1 added · 1 removed · 1 changed · 0 the same',
  )
  await expect(sql.cell('zwei')).toBeVisible()
})

test('results whose first column tells no rows apart are compared by one that does', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  const rows = (list: string) => `-- engine: athena, database: default\nSELECT * FROM (VALUES ${list}) AS t (kind, id)`
  await sql.write(rows('(1, 10), (1, 20)'))
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('20')).toBeVisible()
  await sql.replace(rows('(1, 20), (1, 30)'))
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('30')).toBeVisible()
  await sql.results.getByRole('tab', { name: 'Compare' }).click()
  await expect(sql.results.getByRole('status', { name: 'What differs' })).toHaveText(
    '1 added · 1 removed · 0 changed · 1 the same',
  )
  await expect(sql.results.getByRole('button', { name: 'Key: id', exact: true })).toBeVisible()
})

test('rows of a query within a query of Spark are shown, whatever backslashes its texts hold', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: spark, database: default\nWITH a AS (SELECT 'it\\'s (one); ' AS s, r'x\\' AS raw), b AS (WITH c AS (SELECT raw, s FROM a) SELECT * FROM c) SELECT * FROM b;\nSELECT 2",
  )
  await sql.editor.getByText('Rows of c', { exact: true }).click()
  const look = page.getByRole('region', { name: 'Rows of c' })
  await expect(look.getByRole('gridcell', { name: 'x\\', exact: true })).toBeVisible()
  await look.getByRole('button', { name: 'Back to the result' }).click()
  await page.keyboard.press('Control+Shift+Enter')
  await expect(sql.statement(/2 · SELECT 2/)).toBeVisible()
  await expect(sql.outcome).toContainText('1 row')
})
