import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { VISUAL_KINDS, type VisualKind } from '../../src/engines/bi/dashboard.ts'
import type { Millrace } from '../support/millrace.ts'
import { DashboardPage, trips } from './support/dashboards.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'

const sum = (column: string) => ({ column, aggregate: 'sum' })
const MONTH = { column: 'day', granularity: 'MONTH' }
const FIELDS: Record<VisualKind, object> = {
  kpi: { category: [MONTH], value: [sum('flights')] },
  bar: { category: [{ column: 'state' }], value: [sum('flights')] },
  line: { x: [MONTH], value: [sum('flights')] },
  area: { x: [MONTH], value: [sum('flights')] },
  combo: { category: [MONTH], value: [sum('flights')], line: [sum('late')] },
  pie: { category: [{ column: 'state' }], value: [sum('flights')] },
  table: { category: [{ column: 'state' }], value: [sum('flights')] },
  pivot: { rows: [{ column: 'state' }], columns: [{ column: 'carrier' }], value: [sum('flights')] },
  heatmap: { rows: [{ column: 'state' }], columns: [{ column: 'carrier' }], value: [sum('flights')] },
  treemap: { category: [{ column: 'state' }], size: [sum('flights')] },
  scatter: { category: [{ column: 'state' }], x: [sum('flights')], y: [sum('late')] },
  histogram: { x: [{ column: 'flights' }] },
}

async function open(page: Page, millrace: Millrace, name: string, visuals: object[], dataSet: string) {
  writeFileSync(
    join(millrace.ready.workspace, 'dashboards', `${name}.json`),
    JSON.stringify({ format: 1, name, dataSets: [dataSet], sheets: [{ id: 's', title: 'S', visuals }] }),
  )
  const dashboards = await DashboardPage.open(page, millrace)
  await dashboards.openDashboard(name)
  return dashboards
}

async function exported(page: Page, dashboards: DashboardPage, card: Locator, what: 'CSV' | 'PNG') {
  const coming = page.waitForEvent('download')
  await dashboards.act(card, `Export ${what}`)
  const download = await coming
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

test('every kind of visual is exported as CSV and PNG, and opens as a table', async ({ page, millrace }) => {
  test.slow()
  await trips(millrace)
  const visuals = VISUAL_KINDS.map((kind, at) => ({
    id: kind,
    kind,
    title: `My ${kind}`,
    dataSet: 'trips',
    fields: FIELDS[kind],
    layout: { x: (at % 3) * 8, y: Math.floor(at / 3) * 8, w: 8, h: 8 },
  }))
  const dashboards = await open(page, millrace, 'kinds', visuals, 'trips')
  for (const kind of VISUAL_KINDS) {
    const card = dashboards.visual(kind)
    await card.scrollIntoViewIfNeeded()
    const csv = await exported(page, dashboards, card, 'CSV')
    expect(csv.name).toBe(`My-${kind}.csv`)
    const [header, first] = csv.bytes.toString('utf8').split(/\r?\n/)
    expect(header, kind).toMatch(kind === 'histogram' ? /^Flights,Count$/ : /Flights/)
    expect(first, kind).toMatch(/\d/)

    const png = await exported(page, dashboards, card, 'PNG')
    expect(png.name).toBe(`My-${kind}.png`)
    expect(png.bytes.subarray(1, 4).toString('latin1')).toBe('PNG')
    // The picture is the card at twice its size, with its title above; tables are drawn as long as they are.
    const body = await dashboards.box(card.getByTestId('visual-body'))
    const [width, height] = [png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]
    if (kind !== 'table' && kind !== 'pivot') {
      expect(width, kind).toBeGreaterThanOrEqual(Math.floor(body.width * 2))
      expect(height, kind).toBeGreaterThanOrEqual(Math.floor(body.height * 2))
    }
    expect(await colours(page, png.bytes), kind).toBeGreaterThan(3)

    await dashboards.act(card, 'Open as table')
    const dialog = page.getByRole('dialog', { name: `My ${kind}` })
    await expect(dialog.getByRole('gridcell').first()).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  }
})

/** How many colours a picture has: a blank one has the ground alone, and a title on it only shades of one. */
async function colours(page: Page, bytes: Buffer): Promise<number> {
  return page.evaluate(async (data) => {
    const image = new Image()
    image.src = `data:image/png;base64,${data}`
    await image.decode()
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')!
    context.drawImage(image, 0, 0)
    const { data: pixels } = context.getImageData(0, 0, image.width, image.height)
    const seen = new Set<number>()
    for (let i = 0; i < pixels.length; i += 4) seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2])
    return seen.size
  }, bytes.toString('base64'))
}

test('a KPI compares a begun month with as much of the month before, and says so', async ({ page, millrace }) => {
  const day = (at: number) => new Date(Date.UTC(2001, 0, 1 + at)).toISOString().slice(0, 10)
  const rows = Array.from({ length: 31 + 5 }, (_, at) => `${day(at)},${at < 31 ? 100 : 110}`)
  writeFileSync(join(millrace.ready.workspace, 'sales.csv'), `day,sold\n${rows.join('\n')}\n`)
  const clients = await millrace.clients()
  await clients.bi.putDataSet({ id: 'sales', name: 'Sales', source: { type: 'file', uri: 'sales.csv' } })
  await clients.bi.ingest({ id: 'sales' })
  const layout = { x: 0, y: 0, w: 12, h: 6 }
  const dashboards = await open(
    page,
    millrace,
    'begun',
    [
      {
        id: 'k',
        kind: 'kpi',
        title: 'K',
        dataSet: 'sales',
        fields: { category: [MONTH], value: [sum('sold')] },
        layout,
      },
      {
        id: 'l',
        kind: 'line',
        title: 'L',
        dataSet: 'sales',
        fields: { x: [MONTH], value: [sum('sold')] },
        layout: { ...layout, x: 12 },
      },
    ],
    'sales',
  )
  const kpi = dashboards.visual('k')
  // Four whole days of February against the same of January; the fifth may still be filling.
  await expect(kpi).toContainText('+10 %')
  await expect(kpi).toContainText('1–4 Feb vs 1–4 Jan')
  await expect(kpi.locator('[data-open]')).toHaveCount(1)
  const line = dashboards.visual('l')
  await expect(line).toContainText('Feb 2001 so far')
  await expect(line.locator('.open path[stroke-dasharray]')).toHaveCount(1)
})

test('a double click opens a month, and a presentation shows the visuals alone', async ({ page, millrace }) => {
  await trips(millrace)
  const layout = { x: 0, y: 0, w: 12, h: 8 }
  const fields = { category: [MONTH], value: [sum('flights')] }
  const visuals = [{ id: 'months', kind: 'bar', title: 'Months', dataSet: 'trips', fields, layout }]
  const dashboards = await open(page, millrace, 'drilled', visuals, 'trips')
  const months = dashboards.visual('months')
  await expect(months.locator('.recharts-bar-rectangle')).toHaveCount(2)
  await months.locator('.recharts-bar-rectangle path').first().dblclick()
  const opened = months.getByRole('navigation', { name: 'Opened periods' })
  await expect(opened).toContainText('Jan 2001')
  await expect(months).toContainText('4 Jan')
  await opened.getByRole('button', { name: 'All' }).click()
  await expect(months).toContainText('Feb')

  const fills = () => page.evaluate(() => document.fullscreenElement?.contains(document.querySelector('[data-visual]')))
  await page.keyboard.press('F11')
  await expect.poll(fills).toBe(true)
  await expect(months.locator('.react-resizable-handle-se')).toBeHidden()
  await page.keyboard.press('Escape')
  await expect.poll(fills).not.toBe(true)
})
