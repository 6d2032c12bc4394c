import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/**
 * What axe-core calls serious or worse, in words; `within` a selector, where the rest of the window has been looked at before. Structure is the same in either theme, so in the light one only contrast is looked at.
 * Legacy mode spares a page of its own for each look, which only frames of other sites need.
 */
export async function accessibilityProblems(page: Page, within?: string): Promise<string[]> {
  const { light, known } = await page.evaluate(() => ({
    light: document.documentElement.dataset.theme === 'light',
    known: 'axe' in window,
  }))
  // A page that has axe-core already is not given its half megabyte again.
  const axe = new AxeBuilder({ page, ...(known && { axeSource: 'window.axe' }) })
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'] })
  if (within) axe.include(within)
  const { violations } = await (light ? axe.withRules(['color-contrast']) : axe).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
}
