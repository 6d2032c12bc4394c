import { expect, type Locator, type Page } from '@playwright/test'
import type { Millrace } from '../../support/millrace.ts'
import { Shell } from './shell.ts'

/** What a person does in the SQL workbench. */
export class SqlPage {
  readonly page: Page
  readonly results: Locator
  readonly toolbar: Locator

  constructor(page: Page) {
    this.page = page
    this.results = page.getByRole('region', { name: 'Results' }).filter({ visible: true })
    this.toolbar = page.getByRole('toolbar', { name: 'Query', exact: true }).filter({ visible: true })
  }

  static async open(page: Page, millrace: Millrace): Promise<SqlPage> {
    await Shell.open(page, millrace)
    const sql = new SqlPage(page)
    if (!(await sql.explorer.isVisible())) await page.getByRole('button', { name: 'SQL', exact: true }).click()
    await expect(sql.explorer).toBeVisible()
    // The tab of the explorer is remembered with the workspace: a test begins at the queries whatever the one before looked at.
    await sql.explorer.getByRole('tab', { name: 'Queries' }).click()
    if (await page.getByRole('tab', { name: 'Logs' }).isVisible()) await page.keyboard.press('Control+j')
    return sql
  }

  get explorer(): Locator {
    return this.page.getByRole('navigation', { name: 'SQL explorer' })
  }

  get editor(): Locator {
    return this.page.locator('.monaco-editor').filter({ visible: true }).first()
  }

  /** What stands beside Run: the estimate, or why the statement does not stand. */
  get estimate(): Locator {
    return this.toolbar.getByRole('status', { name: 'Estimate' })
  }

  /** Rows, time, bytes and price of the result in sight. */
  get outcome(): Locator {
    return this.results.getByRole('status', { name: 'Outcome of the run' })
  }

  /** A tab for a new query with this text under its header. */
  async write(text: string): Promise<void> {
    await this.explorer.getByRole('button', { name: 'New query', exact: true }).click()
    await this.replace(text)
  }

  async replace(text: string): Promise<void> {
    await expect(this.editor).toBeVisible()
    await this.editor.click()
    await this.page.keyboard.press('Control+a')
    await this.page.keyboard.insertText(text)
  }

  /** Opens a saved query of the explorer. */
  async openFile(name: string): Promise<void> {
    await this.explorer.getByRole('treeitem', { name }).click()
    await expect(this.editor).toBeVisible()
  }

  cell(text: string): Locator {
    return this.results.getByRole('gridcell', { name: text, exact: true })
  }

  statement(name: RegExp): Locator {
    return this.results.getByRole('tab', { name })
  }
}
