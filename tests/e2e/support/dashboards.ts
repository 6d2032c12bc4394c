import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Locator, type Page } from '@playwright/test'
import { Dashboard, type Layout } from '../../../src/engines/bi/dashboard.ts'
import type { Millrace } from '../../support/millrace.ts'
import { Shell } from './shell.ts'

export const TRIPS = [
  'day,state,carrier,flights,late',
  '2001-01-03,CA,WN,120,12',
  '2001-01-04,CA,AA,80,20',
  '2001-01-04,TX,AA,60,6',
  '2001-02-10,TX,WN,40,9',
  '2001-02-11,IL,UA,70,7',
].join('\n')

/** A data set of five rows, whose sums a test can know. */
export async function trips(millrace: Millrace): Promise<void> {
  const clients = await millrace.clients()
  writeFileSync(join(millrace.ready.workspace, 'trips.csv'), `${TRIPS}\n`)
  await clients.bi.putDataSet({ id: 'trips', name: 'Trips', source: { type: 'file', uri: 'trips.csv' } })
  const ended = await clients.bi.ingest({ id: 'trips' })
  expect(ended.status).toBe('COMPLETED')
}

/** What a person does with dashboards and data sets on the screen. */
export class DashboardPage {
  readonly page: Page
  readonly canvas: Locator
  readonly filters: Locator

  constructor(page: Page) {
    this.page = page
    this.canvas = page.locator('[data-region=canvas]')
    this.filters = page.getByRole('group', { name: 'Filters' })
  }

  /** Opens Millrace and the list of dashboards. */
  static async open(page: Page, millrace: Millrace): Promise<DashboardPage> {
    await Shell.open(page, millrace)
    const dashboards = new DashboardPage(page)
    if (!(await dashboards.explorer.isVisible()))
      await page.getByRole('button', { name: 'Dashboards', exact: true }).click()
    await expect(dashboards.explorer).toBeVisible()
    return dashboards
  }

  get explorer(): Locator {
    return this.page.getByRole('navigation', { name: 'Dashboards explorer' })
  }

  get inspector(): Locator {
    return this.page.getByRole('complementary', { name: 'Inspector' })
  }

  async openDashboard(name: string): Promise<void> {
    await this.page
      .getByRole('tree', { name: 'Dashboards' })
      .getByRole('treeitem', { name: new RegExp(name) })
      .click()
    await expect(this.page.getByRole('tablist', { name: 'Sheets' })).toBeVisible()
  }

  async openDataSet(name: string): Promise<void> {
    await this.page
      .getByRole('tree', { name: 'Data sets' })
      .getByRole('treeitem', { name: new RegExp(name) })
      .click()
  }

  async create(): Promise<void> {
    await this.explorer.getByRole('button', { name: 'New dashboard' }).first().click()
    await expect(this.page.getByRole('tablist', { name: 'Sheets' })).toBeVisible()
  }

  visual(id: string): Locator {
    return this.page.locator(`[data-visual="${id}"]`)
  }

  /** Every card of the sheet, whatever is drawn in it. */
  get cards(): Locator {
    return this.canvas.locator('[data-visual]')
  }

  async add(kind: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Add', exact: true }).click()
    await this.page.getByRole('menuitem', { name: kind, exact: true }).click()
  }

  async act(visual: Locator, action: string): Promise<void> {
    await visual.getByRole('button', { name: /^Actions of/ }).click()
    await this.page.getByRole('menuitem', { name: action }).click()
  }

  /** Presses, moves in steps as a hand does, and lets go. */
  async drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
    const { mouse } = this.page
    await mouse.move(from.x, from.y)
    await mouse.down()
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 6 })
    await mouse.move(to.x, to.y, { steps: 6 })
    await mouse.up()
  }

  async box(visual: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await visual.boundingBox()
    if (!box) throw new Error('The card is not on the screen.')
    return box
  }

  /** Takes a card by its header and lets it go so many pixels away. */
  async move(visual: Locator, by: { x: number; y: number }): Promise<void> {
    const { x, y, width } = await this.box(visual)
    const at = { x: x + width / 2, y: y + 14 }
    await this.drag(at, { x: at.x + by.x, y: at.y + by.y })
  }

  /** Takes a card by its lower right corner. */
  async resize(visual: Locator, by: { x: number; y: number }): Promise<void> {
    const corner = await this.box(visual.locator('.react-resizable-handle-se'))
    const at = { x: corner.x + corner.width / 2, y: corner.y + corner.height / 2 }
    await this.drag(at, { x: at.x + by.x, y: at.y + by.y })
  }

  /** Places of the grid as the file has them, by the ids of the visuals. */
  async saved(millrace: Millrace, path: string): Promise<Record<string, Layout>> {
    await this.page.keyboard.press('Control+s')
    await expect(this.page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
    const { text } = await (await millrace.clients()).workspace.readDocument({ path })
    const document = Dashboard.parse(JSON.parse(text))
    return Object.fromEntries(document.sheets[0].visuals.map(({ id, layout }) => [id, layout]))
  }
}
