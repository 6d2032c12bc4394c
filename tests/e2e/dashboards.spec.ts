import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accessibilityProblems } from './support/accessible.ts'
import { DashboardPage, TRIPS, trips } from './support/dashboards.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'

test('a dashboard is made of a data set, filtered by a click, undone and saved', async ({ page, millrace }) => {
  await trips(millrace)
  const dashboards = await DashboardPage.open(page, millrace)
  await dashboards.create()
  await expect(page.getByText('This sheet is empty')).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])

  await dashboards.add('KPI')
  await dashboards.add('Bar')
  await expect(dashboards.cards).toHaveCount(2)
  const kpi = dashboards.cards.first()
  await expect(kpi).toContainText('370')

  const bars = dashboards.cards.nth(1)
  await expect(bars.locator('.recharts-bar-rectangle')).toHaveCount(3)
  await bars.locator('.recharts-bar-rectangle path').first().click()
  await expect(dashboards.filters).toContainText('CA')
  await expect(kpi).toContainText('200')
  await page.keyboard.press('Escape')
  await expect(kpi).toContainText('370')

  await dashboards.act(bars, 'Open as table')
  await expect(page.getByRole('dialog')).toContainText('TX')
  await page.keyboard.press('Escape')
  expect(await accessibilityProblems(page)).toEqual([])

  await page.keyboard.press('Control+z')
  await expect(dashboards.cards).toHaveCount(1)
  await page.keyboard.press('Control+Shift+z')
  await expect(dashboards.cards).toHaveCount(2)
  await page.keyboard.press('Control+s')
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  const clients = await millrace.clients()
  const { text } = await clients.workspace.readDocument({ path: 'dashboards/untitled.json' })
  expect(JSON.parse(text).sheets[0].visuals).toHaveLength(2)
  await look(page, 'dashboard')
})

test('cards are moved, resized, duplicated and deleted by the keyboard', async ({ page, millrace }) => {
  await trips(millrace)
  const dashboards = await DashboardPage.open(page, millrace)
  await dashboards.create()
  await dashboards.add('KPI')
  const card = dashboards.cards.first()
  const before = await card.boundingBox()
  await card.focus()
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight')
  await expect.poll(async () => (await card.boundingBox())?.x).toBeGreaterThan((before?.x ?? 0) + 50)
  await page.keyboard.press('Shift+ArrowDown')
  await expect.poll(async () => (await card.boundingBox())?.height).toBeGreaterThan(before?.height ?? 0)
  await page.keyboard.press('Control+d')
  await expect(dashboards.cards).toHaveCount(2)
  await card.focus()
  await page.keyboard.press('Delete')
  await expect(dashboards.cards).toHaveCount(1)
})

test('visuals follow the data while they change', async ({ page, millrace }) => {
  await trips(millrace)
  const dashboards = await DashboardPage.open(page, millrace)
  await dashboards.create()
  await dashboards.add('KPI')
  await expect(dashboards.cards.first()).toContainText('370')
  writeFileSync(join(millrace.ready.workspace, 'trips.csv'), `${TRIPS}\n2001-03-01,NY,DL,30,3\n`)
  const clients = await millrace.clients()
  await clients.bi.ingest({ id: 'trips' })
  await expect(dashboards.cards.first()).toContainText('400')
})

test('a damaged file opens as text at its place and is mended there', async ({ page, millrace }) => {
  writeFileSync(
    join(millrace.ready.workspace, 'dashboards', 'broken.json'),
    '{ "format": 1,\n  "name": "Broken",,\n}\n',
  )
  const dashboards = await DashboardPage.open(page, millrace)
  await dashboards.explorer.getByRole('treeitem', { name: /broken/i }).click()
  await expect(page.getByRole('status').filter({ hasText: 'line 2' })).toBeVisible()
})

test('a data set shows its rows and names the step that is wrong', async ({ page, millrace }) => {
  await trips(millrace)
  const dashboards = await DashboardPage.open(page, millrace)
  await dashboards.openDataSet('Trips')
  await expect(page.getByRole('grid', { name: 'Preview' })).toContainText('CA')
  await page.getByRole('button', { name: 'Add step' }).click()
  await page.getByRole('menuitem', { name: 'Keep rows where' }).click()
  await page.getByRole('textbox', { name: 'Expression' }).fill('{nothing} > 1')
  await expect(page.getByRole('alert').filter({ hasText: 'nothing' }).first()).toBeVisible()
  await page.getByRole('textbox', { name: 'Expression' }).fill("{state} = 'CA'")
  await expect(page.getByText('first 2 rows after preparation')).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])
})
