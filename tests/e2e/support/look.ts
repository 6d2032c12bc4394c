import { join, resolve } from 'node:path'
import type { Page } from '@playwright/test'

const folder = resolve(import.meta.dirname, '../../../test-results/screens')
export const SIZES = { desk: { width: 1440, height: 900 }, wide: { width: 1920, height: 1080 } } as const

/** Takes a picture of a screen in both themes and both sizes, for people to look at, where MILLRACE_LOOK is set. */
export async function look(page: Page, name: string): Promise<void> {
  if (!process.env.MILLRACE_LOOK) return
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport)
    for (const theme of ['dark', 'light'] as const) {
      // As the system does it: what is drawn on a canvas follows the theme, not the attribute.
      await page.emulateMedia({ colorScheme: theme })
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
      await page.screenshot({ path: join(folder, `${name}-${size}-${theme}.png`) })
    }
  }
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize(SIZES.desk)
}
