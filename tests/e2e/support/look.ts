import { join, resolve } from 'node:path'
import type { Page } from '@playwright/test'

const folder = resolve(import.meta.dirname, '../../../test-results/screens')
export const SIZES = { desk: { width: 1440, height: 900 }, wide: { width: 1920, height: 1080 } } as const

/** Takes a picture of a screen in both themes and both sizes, for people to look at, where MILLRACE_LOOK is set. */
export async function look(page: Page, name: string): Promise<void> {
  if (!process.env.MILLRACE_LOOK) return
  const before = await page.evaluate(() => document.documentElement.dataset.theme)
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport)
    for (const theme of ['dark', 'light'] as const) {
      await page.evaluate((choice) => {
        document.documentElement.dataset.theme = choice
      }, theme)
      await page.screenshot({ path: join(folder, `${name}-${size}-${theme}.png`) })
    }
  }
  await page.evaluate((theme) => Object.assign(document.documentElement.dataset, { theme }), before)
  await page.setViewportSize(SIZES.desk)
}
