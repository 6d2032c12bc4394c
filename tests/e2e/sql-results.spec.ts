import type { Locator, Page } from '@playwright/test'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { SqlPage } from './support/sql.ts'

const MILLION =
  "-- engine: athena, database: default\nSELECT a.x * 1000 + b.x AS n, 'name ' || CAST(b.x AS varchar) AS name, 999999 - a.x * 1000 - b.x AS mixed, IF(b.x % 10 = 0, NULL, b.x / 3.0) AS part, date_add('day', b.x % 365, DATE '2024-01-01') AS day FROM UNNEST(sequence(0, 999)) AS a (x), UNNEST(sequence(0, 999)) AS b (x) ORDER BY 1"

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
const filter = (sql: SqlPage): Locator => sql.results.getByRole('searchbox', { name: /^Filter/ })
const header = (sql: SqlPage, name: string): Locator => sql.results.getByRole('columnheader', { name })

/** The texts of a column's cells in sight, from the first row on. */
async function column(sql: SqlPage, place: number, count: number): Promise<string[]> {
  const cells = sql.results.locator(`[data-column="${place}"]`)
  const texts = await cells.evaluateAll((boxes) =>
    boxes.map((box) => [Number(box.closest('[data-row]')!.getAttribute('data-row')), box.textContent ?? ''] as const),
  )
  return texts
    .sort((a, b) => a[0] - b[0])
    .map(([, text]) => text)
    .slice(0, count)
}

test.use({ permissions: ['clipboard-read', 'clipboard-write'] })

test('a million rows are sorted, filtered and searched by the engine, and only what is in sight is here', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(MILLION)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1,000,000 rows', { timeout: 45_000 })
  await header(sql, 'mixed').getByRole('button', { name: 'mixed', exact: true }).click()
  await expect(header(sql, 'mixed')).toHaveAttribute('aria-sort', 'ascending')
  await expect.poll(() => column(sql, 2, 3)).toEqual(['0', '1', '2'])
  await sql.results.getByRole('grid').press('Control+End')
  await expect.poll(async () => (await column(sql, 2, 999)).at(-1)).toBe('999,999')
  await filter(sql).fill('name:999')
  await expect(sql.results.getByText('1,000 of 1,000,000 rows')).toBeVisible()
  await sql.results.getByRole('grid').press('Control+Home')
  await expect.poll(() => column(sql, 1, 2)).toEqual(['name 999', 'name 999'])
  await filter(sql).fill('')
  await expect(sql.results.getByText('1,000,000 rows', { exact: true })).toBeVisible()
  // Find goes through all of them, not through those that were fetched.
  await sql.results.getByRole('grid').press('Control+f')
  await page.getByRole('searchbox', { name: /^Find in/ }).fill('999998')
  await page.keyboard.press('Enter')
  await expect(sql.results.getByRole('gridcell', { name: '999,998', exact: true }).first()).toBeVisible()
  await page.keyboard.press('Escape')
})

test('the inspector follows the row in its place through sorts and filters', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: athena, database: default\nSELECT x AS n, 'word ' || CAST(x AS varchar) AS word FROM UNNEST(sequence(1, 2000)) AS t (x)",
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('2,000 rows')
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await sql.cell('2').click()
  await expect(inspector.getByText('word 2', { exact: true })).toBeVisible()
  const byN = header(sql, 'n').getByRole('button', { name: 'n', exact: true })
  await byN.click()
  await byN.click()
  await expect(header(sql, 'n')).toHaveAttribute('aria-sort', 'descending')
  await expect(inspector.getByText('word 1999', { exact: true })).toBeVisible()
  await expect(inspector.getByText('word 2', { exact: true })).toHaveCount(0)
  // No second row is left: nothing is said of it.
  await filter(sql).fill('n=7')
  await expect(sql.results.getByText('1 of 2,000 rows')).toBeVisible()
  await expect(inspector.getByText('Choose a row to read its values')).toBeVisible()
})

test('a large copy asks, shows how far it is, leaves the rows in sight, and ends by Escape', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(MILLION)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1,000,000 rows', { timeout: 45_000 })
  await page.evaluate(() => navigator.clipboard.writeText('before'))
  await sql.cell('name 1').first().click()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+c')
  const asked = sql.results.getByRole('alert')
  await expect(asked).toContainText('1,000,000 rows are a lot for the clipboard')
  await expect(asked.getByRole('button', { name: 'Export as CSV' })).toBeVisible()
  await look(page, 'sql-copy-large')
  await asked.getByRole('button', { name: 'Copy all the same' }).click()
  await expect(sql.results.getByRole('progressbar', { name: 'Copying' })).toBeVisible()
  await expect.poll(() => column(sql, 1, 2)).not.toContain('')
  await page.keyboard.press('Escape')
  await expect(sql.results.getByRole('progressbar', { name: 'Copying' })).toHaveCount(0)
  expect(await clipboard(page)).toBe('before')
  // A range that is not large is copied at once, and its last row is far from those in sight.
  await sql.cell('name 1').first().click()
  await filter(sql).fill('n<12000')
  await expect(sql.results.getByText('12,000 of 1,000,000 rows')).toBeVisible()
  await sql.results.getByRole('grid').press('Control+a')
  await page.keyboard.press('Control+c')
  await expect(sql.results.getByRole('status', { name: 'Selected cells' })).toContainText('Copied 12,000 rows')
  const lines = (await clipboard(page)).split('\n')
  expect(lines).toHaveLength(12_000)
  expect(lines[11_999]).toBe('11999\tname 999\t988000\t333.0\t2024-09-26')
})

test('a run has one duration, in its result and in the history', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write('-- engine: athena, database: default\nSELECT 4711 AS once')
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1 row')
  const duration = (await sql.outcome.textContent())!.split(' · ')[1]
  await expect(sql.outcome.getByTitle(/^queued .* · ran .* in all/)).toContainText(duration)
  await sql.explorer.getByRole('tab', { name: 'History' }).click()
  const entry = sql.explorer.getByRole('listitem').filter({ hasText: 'SELECT 4711 AS once' }).first()
  await expect(entry.getByText(duration, { exact: true })).toBeVisible()
})

test('several cells say what their numbers come to', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    '-- engine: athena, database: default\nSELECT x AS n, IF(x = 3, NULL, CAST(x AS decimal(10,2)) / 10) AS tenth FROM UNNEST(sequence(1, 4)) AS t (x)',
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('4 rows')
  const said = sql.results.getByRole('status', { name: 'Selected cells' })
  await sql.results.getByRole('gridcell').first().click()
  await expect(said).toHaveText('')
  await page.keyboard.press('Control+Shift+ArrowDown')
  await expect(said).toHaveText('4 cells · sum 10 · average 2.5 · min 1 · max 4')
  await look(page, 'sql-selected')
  await page.keyboard.press('Control+a')
  await expect(said).toContainText('8 cells, 1 null · sum 10.7')
  await page.keyboard.press('Control+c')
  await expect(said).toContainText('Copied 4 rows')
})

test('a double click on its border fits a column to the rows in view, and a number that is cut says so at its front', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: athena, database: default\nSELECT 1234567890123 + x AS big, IF(x > 900, 'a word that nobody expects so far down', 'w') AS word FROM UNNEST(sequence(1, 1000)) AS t (x)",
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1,000 rows')
  const grip = async (name: string) => {
    const box = (await header(sql, name).boundingBox())!
    return { x: box.x + box.width - 2, y: box.y + box.height / 2 }
  }
  await sql.results.getByRole('grid').press('Control+End')
  const far = sql.cell('a word that nobody expects so far down').last()
  const cut = () => far.evaluate((box) => box.scrollWidth > box.clientWidth)
  expect(await cut()).toBe(true)
  const word = await grip('word')
  await page.mouse.dblclick(word.x, word.y)
  await expect.poll(cut).toBe(false)
  // Drawn narrow, the last digits stay: what is gone is gone from the front.
  const { x, y } = await grip('big')
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x - 70, y, { steps: 4 })
  await page.mouse.up()
  const seen = await sql.results
    .getByRole('gridcell', { name: /^1,234/ })
    .last()
    .evaluate((box) => {
      const digits = box.querySelector('bdi')!.getBoundingClientRect()
      const cell = box.getBoundingClientRect()
      return { endsInside: digits.right <= cell.right, beginsOutside: digits.left < cell.left }
    })
  expect(seen).toEqual({ endsInside: true, beginsOutside: true })
  await look(page, 'sql-narrow-number')
})

test('hundreds of columns are drawn where they are looked at', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  const columns = Array.from({ length: 500 }, (_, i) => `n + ${i} AS c${i}`).join(', ')
  await sql.write(`-- engine: athena, database: default\nSELECT ${columns} FROM UNNEST(sequence(1, 300)) AS t (n)`)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('300 rows')
  const heads = sql.results.getByRole('columnheader')
  await expect(heads.first()).toHaveText('c0')
  expect(await heads.count()).toBeLessThan(60)
  await sql.results.getByRole('grid').focus()
  await page.keyboard.press('End')
  await expect(heads.last()).toHaveText('c499')
  await expect(heads.last()).toHaveAttribute('aria-colindex', '500')
  expect(await heads.count()).toBeLessThan(60)
})

test('a column says what it holds, and filters, pins, moves and hides from its panel', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(MILLION)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1,000,000 rows', { timeout: 45_000 })
  await sql.results.getByRole('grid').focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Alt+ArrowDown')
  const panel = page.getByRole('dialog', { name: /^part/ })
  await expect(panel).toContainText('100,000 · 10 %')
  await expect(panel.getByRole('img', { name: /Distribution/ })).toBeVisible()
  await look(page, 'sql-column')
  await panel.getByRole('button', { name: 'Pin to the left' }).click()
  // The keys are the table's again before anything else happens, however soon the next one comes.
  const after = await panel.evaluate((box) => {
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }))
    return document.activeElement?.getAttribute('role')
  })
  expect(after).toBe('grid')
  await expect(sql.results.getByRole('columnheader').first()).toContainText('part')
  await page.keyboard.press('Control+ArrowRight')
  await page.keyboard.press('Shift+Alt+ArrowLeft')
  await expect(sql.results.getByRole('columnheader').last()).toContainText('mixed')
  await header(sql, 'name').click({ button: 'right' })
  await page.getByRole('dialog', { name: /^name/ }).getByRole('textbox', { name: 'Filter by name' }).fill('=name 7')
  await page.keyboard.press('Enter')
  await expect(filter(sql)).toHaveValue('name="name 7"')
  await expect(sql.results.getByText('1,000 of 1,000,000 rows')).toBeVisible()
  await header(sql, 'day').click({ button: 'right' })
  await page.getByRole('dialog', { name: /^day/ }).getByRole('button', { name: 'Hide column' }).click()
  await expect(header(sql, 'day')).toHaveCount(0)
})

test('a filter on a column that is not there keeps the rows, and says which may be meant', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: athena, database: default\nSELECT * FROM (VALUES (1, 'a delai>2'), (2, 'b'), (3, 'c')) AS t (delay, word)",
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('3 rows')
  const lacks = sql.results.getByRole('status', { name: 'What the filter lacks' })
  await filter(sql).fill('delai>2')
  await expect(lacks).toContainText('There is no column delai')
  await expect(sql.results.getByRole('gridcell', { name: 'b', exact: true })).toBeVisible()
  await look(page, 'sql-filter-unknown')
  await lacks.getByRole('button', { name: 'Look for the text' }).click()
  await expect(sql.results.getByText('1 of 3 rows')).toBeVisible()
  await expect(lacks).toHaveCount(0)
  await filter(sql).fill('delai>2')
  await lacks.getByRole('button', { name: 'Filter by delay' }).click()
  await expect(filter(sql)).toHaveValue('delay>2')
  await expect(sql.results.getByText('1 of 3 rows')).toBeVisible()
  await expect(sql.results.getByRole('gridcell', { name: 'c', exact: true })).toBeVisible()
})

test('cells are copied as what they are pasted into', async ({ page, millrace }) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(
    "-- engine: athena, database: default\nSELECT * FROM (VALUES (1, 'it''s|a', DATE '2024-01-02'), (2, NULL, NULL)) AS t (id, word, day)",
  )
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('2 rows')
  await sql.results.getByRole('grid').focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+Shift+c')
  await expect.poll(() => clipboard(page)).toBe("id\tword\tday\n1\tit's|a\t2024-01-02\n2\t\t")
  const copyAs = async (name: string) => {
    await sql.results.getByRole('gridcell').first().click({ button: 'right' })
    await page.getByRole('menuitem', { name: `Copy as ${name}` }).click()
  }
  await copyAs('Markdown')
  await expect.poll(() => clipboard(page)).toContain("| 1 | it's\\|a | 2024-01-02 |")
  await copyAs('INSERT statement')
  await expect
    .poll(() => clipboard(page))
    .toBe("INSERT INTO table_name (id, word, day) VALUES\n  (1, 'it''s|a', DATE '2024-01-02'),\n  (2, NULL, NULL);\n")
  await copyAs('JSON')
  await expect.poll(() => clipboard(page)).toMatch(/^\[/)
  await expect.poll(async () => JSON.parse(await clipboard(page))[1]).toEqual({ id: 2, word: null, day: null })
})

test('the whole result is exported by the engine, as it is arranged, and its progress can be cancelled', async ({
  page,
  millrace,
}) => {
  const sql = await SqlPage.open(page, millrace)
  await sql.write(MILLION)
  await page.keyboard.press('Control+Enter')
  await expect(sql.outcome).toContainText('1,000,000 rows', { timeout: 45_000 })
  await filter(sql).fill('n<3')
  await expect(sql.results.getByText('3 of 1,000,000 rows')).toBeVisible()
  const exported = async (name: string) => {
    const download = page.waitForEvent('download')
    await sql.results.getByRole('button', { name: 'Export', exact: true }).click()
    await page.getByRole('menuitem', { name }).click()
    const file = await download
    const chunks: Buffer[] = []
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
    return { name: file.suggestedFilename(), bytes: Buffer.concat(chunks) }
  }
  const csv = await exported('Export as CSV')
  expect(csv.name).toMatch(/\.csv$/)
  expect(csv.bytes.toString().split('\n').slice(0, 2)).toEqual(['n,name,mixed,part,day', '0,name 0,999999,,2024-01-01'])
  expect((await exported('Export as Parquet')).bytes.subarray(0, 4).toString()).toBe('PAR1')
  expect((await exported('Export as Excel')).bytes.subarray(0, 2).toString()).toBe('PK')
  await filter(sql).fill('')
  await sql.results.getByRole('button', { name: 'Export', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Export as Excel' }).click()
  await expect(sql.results.getByRole('progressbar', { name: /^Exporting/ })).toBeVisible()
  await look(page, 'sql-export')
  await sql.results.getByRole('button', { name: /^Cancel: Exporting/ }).click()
  await expect(sql.results.getByRole('progressbar', { name: /^Exporting/ })).toHaveCount(0)
})
