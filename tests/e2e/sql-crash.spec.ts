import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Millrace } from '../support/millrace.ts'
import { expect, test } from './support/fixture.ts'
import { SqlPage } from './support/sql.ts'

const freePort = () =>
  new Promise<number>((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })

test('a program that is killed and a page that is loaded again lose neither the text nor the layout', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-crash-'))
  const start = async () => Millrace.start({ workspace: join(folder, 'workspace'), args: ['--port', String(port)] })
  const port = await freePort()
  const first = await start()
  try {
    const sql = await SqlPage.open(page, first)
    await sql.write('-- engine: athena, database: default\nSELECT 41 AS answer')
    await page.keyboard.press('Control+Enter')
    await expect(sql.cell('41')).toBeVisible()
    const divider = page.getByRole('separator', { name: 'Height of the results' })
    const before = Number(await divider.getAttribute('aria-valuenow'))
    await sql.editor.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(', 42 AS last_words')
    await divider.press('ArrowUp')
    // Nothing waits for a pause: the program is gone, and then the page.
    await first.end('SIGKILL')
    await page.reload({ waitUntil: 'commit' }).catch(() => {})
    await using second = await start()
    await page.goto(second.page)
    await expect(sql.editor).toContainText('42 AS last_words')
    await expect(divider).toHaveAttribute('aria-valuenow', String(before + 16))
    await expect(sql.cell('41')).toBeVisible()
  } finally {
    await first.end()
    rmSync(folder, { recursive: true, force: true })
  }
})
