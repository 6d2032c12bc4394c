import { expect, type Locator, type Page } from '@playwright/test'
import type { Millrace } from '../../support/millrace.ts'

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
    await page.goto(millrace.page)
    const dashboards = new DashboardPage(page)
    await expect(page.getByText('Engines ready')).toBeVisible()
    await expect(page.locator('.mr-dockview')).toBeVisible()
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
}
