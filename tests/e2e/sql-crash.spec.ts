import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Millrace } from '../support/millrace.ts'
import { expect, test } from './support/fixture.ts'
import { SqlPage } from './support/sql.ts'

test('neither a reload at once nor a killed program loses a word, a result or the layout', async ({ page }) => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
  const env = { MILLRACE_HOME: home }
  await using first = await Millrace.start({ env })
  const sql = await SqlPage.open(page, first)
  await sql.write('-- engine: athena, database: default\nSELECT 41 AS answer')
  await page.keyboard.press('Control+Enter')
  await expect(sql.cell('41')).toBeVisible()
  const divider = page.getByRole('separator', { name: 'Height of the results' })
  const height = Number(await divider.getAttribute('aria-valuenow'))
  const typeAtEnd = async (text: string) => {
    await sql.editor.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(text)
  }
  await typeAtEnd(', 42 AS second')
  await divider.press('ArrowUp')
  await page.reload()
  await expect(sql.editor).toContainText('42 AS second')
  await expect(divider).toHaveAttribute('aria-valuenow', String(height + 16))
  await typeAtEnd(', 43 AS third')
  await divider.press('ArrowUp')
  await first.end('SIGKILL')
  const { port } = new URL(first.ready.url)
  await using _again = await Millrace.start({ env, workspace: first.ready.workspace, args: ['--port', port] })
  await page.reload()
  await expect(sql.editor).toContainText('43 AS third')
  await expect(divider).toHaveAttribute('aria-valuenow', String(height + 32))
  await expect(sql.cell('41')).toBeVisible()
  rmSync(home, { recursive: true, force: true })
})
