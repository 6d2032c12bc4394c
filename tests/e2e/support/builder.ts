import { expect, type Locator, type Page } from '@playwright/test'
import type { Millrace } from '../../support/millrace.ts'
import { Shell } from './shell.ts'

/** What a person does with a pipeline on the screen. */
export class BuilderPage {
  readonly page: Page
  readonly canvas: Locator
  readonly outline: Locator

  constructor(page: Page) {
    this.page = page
    this.canvas = page.getByRole('region', { name: 'Canvas' })
    this.outline = page.getByRole('tree', { name: 'Outline of the pipeline' })
  }

  /** Opens Millrace and the list of pipelines. */
  static async open(page: Page, millrace: Millrace): Promise<BuilderPage> {
    await Shell.open(page, millrace)
    const builder = new BuilderPage(page)
    if (!(await builder.explorer.isVisible()))
      await page.getByRole('button', { name: 'Pipelines', exact: true }).click()
    await expect(builder.explorer).toBeVisible()
    // The builder has panes of its own: the window's panel is folded away.
    if (await page.getByRole('tab', { name: 'Logs' }).isVisible()) await page.keyboard.press('Control+j')
    return builder
  }

  get explorer(): Locator {
    return this.page.getByRole('navigation', { name: 'Pipelines explorer' })
  }

  file(name: string): Locator {
    return this.page.getByRole('tree', { name: 'Pipelines' }).getByRole('treeitem', { name: new RegExp(`^${name}`) })
  }

  async openFile(name: string): Promise<void> {
    await this.file(name).click()
    await expect(this.page.getByRole('toolbar', { name: 'Run' })).toBeVisible()
  }

  async create(from: 'empty' | 'sample' = 'empty'): Promise<void> {
    await this.explorer
      .getByRole('button', { name: from === 'empty' ? 'New pipeline' : 'New pipeline from sample', exact: true })
      .click()
    await expect(this.page.getByRole('toolbar', { name: 'Run' })).toBeVisible()
  }

  /** Types into the palette and presses Enter: the node comes behind what is selected. */
  async add(name: string): Promise<void> {
    await this.page.getByRole('tab', { name: 'Nodes', exact: true }).click()
    const search = this.page.getByRole('searchbox', { name: 'Find a node' })
    await search.fill(name)
    await search.press('Enter')
  }

  /** The canvas draws only what is in sight; the outline has everything. */
  async expectNodes(count: number): Promise<void> {
    const selected = await this.page.getByRole('tab', { name: 'Nodes', exact: true }).getAttribute('aria-selected')
    await this.page.getByRole('tab', { name: 'Outline', exact: true }).click()
    await expect(this.outline.locator('[aria-level="1"]').filter({ hasNotText: /^Note/ })).toHaveCount(count)
    if (selected === 'true') await this.page.getByRole('tab', { name: 'Nodes', exact: true }).click()
  }

  node(title: string): Locator {
    return this.canvas.locator('[data-node]').filter({ hasText: title })
  }

  wire(id: string): Locator {
    return this.canvas.locator(`[data-wire="${id}"]`)
  }

  async showOutline(): Promise<void> {
    await this.page.getByRole('tab', { name: 'Outline', exact: true }).click()
    await expect(this.outline).toBeVisible()
  }

  /** Selects by the outline, as the keyboard and screen readers do. */
  async select(name: string | RegExp): Promise<void> {
    await this.outline.getByRole('treeitem', { name }).first().click()
  }

  /** A tile of the run's numbers on a node's card, such as "in 500". */
  async expectCounts(title: string, counts: string | RegExp): Promise<void> {
    await expect(this.node(title)).toContainText(counts)
  }

  /** The code editor of a field, once it is there in place of the plain box. */
  code(label: string): Locator {
    return this.page
      .locator('.monaco-editor')
      .filter({ has: this.page.getByRole('textbox', { name: label }) })
      .locator('.view-lines')
  }

  async write(label: string, text: string): Promise<void> {
    await expect(this.code(label)).toBeVisible()
    await this.page.getByRole('textbox', { name: label }).focus()
    await this.page.keyboard.press('Control+a')
    await this.page.keyboard.insertText(text)
  }

  /** Starts the pipeline and waits until the run is over. */
  async runToEnd(outcome: string | RegExp = 'succeeded'): Promise<void> {
    await this.page.keyboard.press('F5')
    await expect(this.status).toContainText(outcome)
  }

  async pane(name: 'Rows' | 'Problems' | 'Run' | 'Timeline' | 'History'): Promise<void> {
    await this.page
      .getByRole('tablist', { name: 'Details of the pipeline' })
      .getByRole('tab', { name: new RegExp(`^${name}`) })
      .click()
  }

  get status(): Locator {
    return this.page.getByRole('toolbar', { name: 'Run' })
  }
}
