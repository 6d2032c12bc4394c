import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { SqlPage } from './support/sql.ts'

test('two queries stand side by side, each with its own results, and stay so', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  const groups = page.locator('.dv-groupview').filter({ has: page.locator('.monaco-editor') })
  await sql.write('-- engine: athena, database: default\nSELECT 11 AS one')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('11')).toBeVisible()
  await sql.write('-- engine: athena, database: default\nSELECT 22 AS two')
  await page.keyboard.press('Control+\\')
  await expect(groups).toHaveCount(2)
  await page.keyboard.press('Control+Enter')
  await expect(groups.last().getByRole('gridcell', { name: '22', exact: true })).toBeVisible()
  await expect(groups.first().getByRole('gridcell', { name: '11', exact: true })).toBeVisible()
  // The keys follow to the side that the command goes to.
  await page.keyboard.press('F6')
  await page.keyboard.press('Control+End')
  await page.keyboard.type(', 33 AS three')
  await expect(groups.first().locator('.monaco-editor')).toContainText('33 AS three')
  await expect(groups.last().locator('.monaco-editor')).not.toContainText('33')
  await look(page, 'sql-split')
  // A cell that is opened in half a window leaves the rows, and their filter, in sight.
  const half = groups.last()
  await half.getByRole('gridcell', { name: '22', exact: true }).click()
  await page.keyboard.press('Enter')
  await expect(half.getByRole('complementary', { name: 'Cell' })).toBeVisible()
  const whole = (await half.getByRole('region', { name: 'Results' }).boundingBox())!
  const grid = (await half.getByRole('grid').boundingBox())!
  expect(grid.width).toBeGreaterThan(whole.width * 0.9)
  expect(grid.height).toBeGreaterThan(70)
  const filter = (await half.getByRole('searchbox', { name: /^Filter/ }).boundingBox())!
  expect(filter.x + filter.width).toBeLessThan(whole.x + whole.width)
  await look(page, 'sql-split-cell')
  await page.keyboard.press('Escape')
  await page.reload()
  await expect(groups.first().locator('.monaco-editor')).toContainText('33 AS three')
  await expect(groups.last().getByRole('gridcell', { name: '22', exact: true })).toBeVisible()
})

test('a tab that is dragged to the right half goes there; one that stands alone gets a new query beside it', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  const groups = page.locator('.dv-groupview').filter({ has: page.locator('.monaco-editor') })
  await sql.openFile('one-week')
  const before = await groups.count()
  await sql.openFile('airports-joined')
  const box = (await page.locator('.mr-dockview').boundingBox())!
  await page.getByRole('tab', { name: 'airports-joined' }).hover()
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 40, box.y + box.height / 2, { steps: 8 })
  await page.mouse.up()
  await expect(groups).toHaveCount(before + 1)
  await groups.last().locator('.monaco-editor').click()
  await page.keyboard.press('Control+\\')
  await expect(groups).toHaveCount(before + 2)
  await expect(groups.last().locator('.monaco-editor')).toContainText('-- engine: athena, database: flights')
})
