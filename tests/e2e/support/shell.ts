import { expect, type Locator, type Page } from '@playwright/test'
import type { Millrace } from '../../support/millrace.ts'
import { accessibilityProblems } from './accessible.ts'

/** The frame of the window, as a person uses it. */
export class Shell {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Opens the program as the terminal's address does and waits until its engines answer; in a window that has it open, with all tabs closed. */
  static async open(page: Page, millrace: Millrace): Promise<Shell> {
    const shell = new Shell(page)
    const isOpen = page.url().startsWith(millrace.ready.url)
    // A dialog that was left open hides what is behind it.
    if (isOpen) await page.keyboard.press('Escape')
    else await page.goto(millrace.page)
    await shell.ready()
    if (isOpen) {
      await shell.command('Close all tabs')
      const discard = page.getByRole('button', { name: /^(Don’t save|Close without saving)$/ })
      await expect(async () => {
        if (await discard.isVisible()) await discard.click()
        await expect(page.locator('.mr-tab')).toHaveCount(0, { timeout: 200 })
      }).toPass()
    }
    return shell
  }

  /** Engines answer, and the workspace's tabs are there. */
  async ready(): Promise<void> {
    await expect(this.statusBar.getByText('Engines ready')).toBeVisible()
    await expect(this.page.locator('.mr-dockview')).toBeVisible()
  }

  get statusBar(): Locator {
    return this.page.getByRole('contentinfo')
  }

  get explorer(): Locator {
    return this.page.getByRole('navigation', { name: / explorer$/ })
  }

  get inspector(): Locator {
    return this.page.getByRole('complementary', { name: 'Inspector' })
  }

  get palette(): Locator {
    return this.page.getByRole('dialog', { name: 'Command palette' })
  }

  /** The header of an open tab. */
  tab(title: string): Locator {
    return this.page.locator('.mr-tab', { hasText: title })
  }

  async activity(title: string): Promise<void> {
    await this.page.getByRole('button', { name: title, exact: true }).first().click()
  }

  async panel(title: 'Runs' | 'Problems' | 'Logs' | 'Metrics'): Promise<Locator> {
    const panel = this.page.getByRole('region', { name: 'Panel' })
    if (!(await panel.isVisible())) await this.page.keyboard.press('Control+j')
    await panel.getByRole('tab', { name: title }).click()
    return panel.getByRole('tabpanel')
  }

  /** Runs a command as a person who knows its name: palette, its name, a click. What is found may come under the pointer as it is pressed: then once more, from the start. */
  async command(title: string): Promise<void> {
    await expect(async () => {
      if (!(await this.palette.isVisible())) await this.page.keyboard.press('Control+k')
      try {
        // One that is just closing takes no text.
        await this.palette.getByRole('combobox').fill(title, { timeout: 2000 })
        await this.palette.getByRole('option', { name: title }).first().click({ timeout: 5000 })
        await expect(this.palette).toBeHidden({ timeout: 2000 })
      } catch (thrown) {
        await this.page.keyboard.press('Escape')
        throw thrown
      }
    }).toPass()
  }

  async theme(): Promise<string | undefined> {
    return this.page.evaluate(() => document.documentElement.dataset.theme)
  }

  accessibilityProblems(within?: string): Promise<string[]> {
    return accessibilityProblems(this.page, within)
  }
}
