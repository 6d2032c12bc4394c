import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { SqlPage } from './support/sql.ts'

const NESTED = `-- engine: athena, database: default
SELECT CAST(ROW(7, ARRAY['x', 'y']) AS ROW(id bigint, tags array(varchar))) AS r, to_utf8('hello bytes') AS b, '{"deep": {"needle": 1}}' AS doc`

test.use({ permissions: ['clipboard-read', 'clipboard-write'] })

test('a cell opens beside the rows: a tree with paths, binary in hex, by the keyboard', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(NESTED)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1 row')
  const cell = sql.results.getByRole('complementary', { name: 'Cell' })
  const tree = cell.getByRole('tree', { name: 'Value' })
  await sql.results.getByRole('gridcell').first().click()
  await page.keyboard.press('Enter')
  await expect(tree.getByRole('treeitem', { name: /^id 7/ })).toBeVisible()
  // Enter again goes into it.
  await page.keyboard.press('Enter')
  await expect(tree).toBeFocused()
  await page.keyboard.press('End')
  await cell.getByRole('button', { name: 'Copy path' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('r.tags[2]')
  await look(page, 'sql-cell')
  await page.keyboard.press('Escape')
  await expect(cell).toBeHidden()
  await expect(sql.results.getByRole('grid')).toBeFocused()
  // The pane follows the cell in hand.
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowRight')
  await expect(cell.getByText('68 65 6c 6c 6f 20 62 79')).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await cell.getByRole('searchbox').fill('needle')
  await expect(cell.getByRole('status').filter({ hasText: '1 found' })).toBeVisible()
  await expect(tree.getByRole('treeitem', { name: /needle/ })).toBeVisible()
  // What floats above the rows has an Escape of its own.
  await sql.results.getByRole('grid').focus()
  await page.keyboard.press('Alt+ArrowDown')
  const panel = page.getByRole('dialog', { name: /^doc/ })
  await expect(panel).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(panel).toBeHidden()
  await expect(cell).toBeVisible()
})
