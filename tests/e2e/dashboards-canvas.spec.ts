import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DashboardPage, trips } from './support/dashboards.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'

/** Two cards side by side and one below, of which a test knows the places. */
const BOARD = {
  format: 1,
  name: 'Board',
  dataSets: ['trips'],
  sheets: [
    {
      id: 'one',
      title: 'One',
      visuals: [
        {
          id: 'left',
          kind: 'bar',
          title: 'Left',
          dataSet: 'trips',
          fields: { category: [{ column: 'state' }], value: [{ column: 'flights', aggregate: 'sum' }] },
          layout: { x: 0, y: 0, w: 8, h: 6 },
        },
        {
          id: 'right',
          kind: 'kpi',
          title: 'Right',
          dataSet: 'trips',
          fields: { value: [{ column: 'late', aggregate: 'sum' }] },
          layout: { x: 8, y: 0, w: 8, h: 6 },
        },
        {
          id: 'below',
          kind: 'table',
          title: 'Below',
          dataSet: 'trips',
          fields: { category: [{ column: 'carrier' }], value: [{ column: 'flights', aggregate: 'sum' }] },
          layout: { x: 0, y: 6, w: 8, h: 6 },
        },
      ],
    },
  ],
}

async function board(page: DashboardPage['page'], millrace: Parameters<typeof trips>[0], name: string) {
  await trips(millrace)
  const path = `dashboards/${name}.json`
  writeFileSync(join(millrace.ready.workspace, path), JSON.stringify({ ...BOARD, name }, null, 2))
  const dashboards = await DashboardPage.open(page, millrace)
  await dashboards.openDashboard(name)
  await expect(dashboards.visual('left').locator('.recharts-bar-rectangle')).toHaveCount(3)
  return { dashboards, path }
}

test('a card dragged by its header makes the others give way, and comes back after a reload', async ({
  page,
  millrace,
}) => {
  const { dashboards, path } = await board(page, millrace, 'moved')
  const left = dashboards.visual('left')
  const before = await dashboards.box(left)
  await dashboards.move(left, { x: before.width, y: 0 })
  const places = await dashboards.saved(millrace, path)
  expect(places.left).toMatchObject({ x: 8, y: 0, w: 8, h: 6 })
  expect(places.right.y).toBeGreaterThanOrEqual(6)
  expect(places.below).toMatchObject({ x: 0, y: 0 })
  const after = await dashboards.box(left)
  expect(Math.abs(after.x - before.x - before.width)).toBeLessThan(12)

  await page.reload()
  await expect(left.locator('.recharts-bar-rectangle')).toHaveCount(3)
  const again = await dashboards.box(left)
  expect(again).toEqual(after)
})

test('a card is resized by its corner, and undo and redo bring its places back', async ({ page, millrace }) => {
  const { dashboards, path } = await board(page, millrace, 'resized')
  const right = dashboards.visual('right')
  const before = await dashboards.box(right)
  await dashboards.resize(right, { x: before.width / 2, y: before.height / 2 })
  const after = await dashboards.box(right)
  expect(after.width).toBeGreaterThan(before.width * 1.3)
  expect(after.height).toBeGreaterThan(before.height * 1.3)
  expect(await dashboards.saved(millrace, path)).toMatchObject({ right: { x: 8, y: 0, w: 12, h: 9 } })

  await page.keyboard.press('Control+z')
  await expect.poll(() => dashboards.box(right)).toEqual(before)
  await page.keyboard.press('Control+Shift+z')
  await expect.poll(() => dashboards.box(right)).toEqual(after)
})

test('a drag inside a chart zooms and leaves the card where it is', async ({ page, millrace }) => {
  const { dashboards } = await board(page, millrace, 'zoomed')
  const left = dashboards.visual('left')
  const before = await dashboards.box(left)
  const plot = await dashboards.box(left.locator('.recharts-cartesian-grid'))
  const y = plot.y + plot.height / 2
  await dashboards.drag({ x: plot.x + 4, y }, { x: plot.x + plot.width / 2 - 4, y })
  await expect(left.locator('.recharts-bar-rectangle')).toHaveCount(2)
  // The end of a drag is not a click: nothing is filtered.
  await expect(dashboards.filters).toBeHidden()
  await left.getByRole('button', { name: 'Reset zoom' }).click()
  await expect(left.locator('.recharts-bar-rectangle')).toHaveCount(3)
  expect(await dashboards.box(left)).toEqual(before)
})

test('arrow keys move and resize a card with its neighbours giving way', async ({ page, millrace }) => {
  const { dashboards, path } = await board(page, millrace, 'keyed')
  const left = dashboards.visual('left')
  await left.focus()
  await page.keyboard.press('ArrowDown')
  expect(await dashboards.saved(millrace, path)).toMatchObject({ below: { y: 0 }, left: { x: 0, y: 6 } })
  await left.focus()
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowDown')
  expect(await dashboards.saved(millrace, path)).toMatchObject({ left: { w: 10, h: 7 } })
  // The two steps to the right are one edit, as a drag is.
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  expect(await dashboards.saved(millrace, path)).toEqual({
    left: BOARD.sheets[0].visuals[0].layout,
    right: BOARD.sheets[0].visuals[1].layout,
    below: BOARD.sheets[0].visuals[2].layout,
  })
})

test('a field dragged onto a visual is drawn by it, and dropped beside the cards it makes a new one', async ({
  page,
  millrace,
}) => {
  const { dashboards } = await board(page, millrace, 'dropped')
  await page.getByRole('button', { name: 'Field list' }).click()
  const fields = page.getByRole('tree', { name: /^Fields of/ })
  const left = dashboards.visual('left')
  await fields.getByRole('treeitem', { name: 'Late' }).dragTo(left)
  await expect(left.getByRole('list', { name: 'Legend' })).toContainText('Late')
  await expect(left.locator('.recharts-bar-rectangle')).toHaveCount(6)
  await expect(dashboards.inspector).toContainText('Late')

  const empty = await dashboards.box(dashboards.canvas)
  const field = await dashboards.box(fields.getByRole('treeitem', { name: 'Carrier' }))
  await dashboards.drag(
    { x: field.x + field.width / 2, y: field.y + field.height / 2 },
    { x: empty.x + empty.width / 2, y: empty.y + empty.height - 30 },
  )
  await expect(dashboards.cards).toHaveCount(4)
})

test('a visual changes its kind, its title and its fields in the inspector, and is deleted', async ({
  page,
  millrace,
}) => {
  const { dashboards } = await board(page, millrace, 'edited')
  const left = dashboards.visual('left')
  await left.locator('header').click()
  await dashboards.inspector.getByRole('group', { name: 'Kind of visual' }).getByRole('button', { name: 'Pie' }).click()
  await expect(left.locator('.recharts-pie-sector')).toHaveCount(3)
  await dashboards.inspector.getByRole('textbox', { name: 'Title', exact: true }).fill('Share of flights')
  await expect(left.getByRole('heading')).toHaveText('Share of flights')
  await dashboards.act(left, 'Delete')
  await expect(dashboards.cards).toHaveCount(2)
  await page.keyboard.press('Control+z')
  await expect(left.getByRole('heading')).toHaveText('Share of flights')
})

test('edits are undone one by one, down to what is saved', async ({ page, millrace }) => {
  const { dashboards, path } = await board(page, millrace, 'undone')
  const right = dashboards.visual('right')
  const start = await dashboards.saved(millrace, path)
  await right.focus()
  // Steps the same way in a row are one edit: wider and to the left are two.
  for (let turn = 0; turn < 10; turn++)
    for (const key of ['ArrowRight', 'Shift+ArrowLeft', 'ArrowLeft', 'Shift+ArrowRight']) await page.keyboard.press(key)
  const undo = page.getByRole('button', { name: /^Undo/ })
  for (let turn = 0; turn < 39; turn++) await page.keyboard.press('Control+z')
  await expect(undo).toBeEnabled()
  await page.keyboard.press('Control+z')
  await expect(undo).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  await page.keyboard.press('Control+Shift+z')
  expect((await dashboards.saved(millrace, path)).right.x).toBe(start.right.x + 1)
})
