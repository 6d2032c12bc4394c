import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron, expect, test } from '@playwright/test'

/** The desktop shell in a real Electron. Where its runtime is not installed these tests are skipped, and say so. */
const root = resolve(import.meta.dirname, '../..')
const pathFile = join(root, 'node_modules/electron/path.txt')
const runtime = existsSync(pathFile) ? join(root, 'node_modules/electron/dist', readFileSync(pathFile, 'utf8')) : ''

test.skip(
  !existsSync(runtime) || !runtime,
  "Electron's runtime is not installed here (npx install-electron fetches it)",
)

async function launch() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-desktop-'))
  const app = await _electron.launch({
    executablePath: runtime,
    args: [root, ...(process.platform === 'linux' ? ['--no-sandbox'] : [])],
    env: {
      ...process.env,
      MILLRACE_HOME: join(folder, 'home'),
      MILLRACE_WORKSPACE: join(folder, 'workspace'),
    } as Record<string, string>,
  })
  return { app, page: await app.firstWindow() }
}

test('opens the sample workspace in a sandboxed page that reaches the engines', async () => {
  const { app, page } = await launch()
  await expect(page.getByRole('banner')).toContainText('Flights')
  expect(page.url()).toBe('app://millrace/index.html')
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0].webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>
    }
    return contents.getLastWebPreferences()
  })
  expect(preferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
  })
  expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined')
  await app.close()
})

test('refuses to navigate away and to open windows', async () => {
  const { app, page } = await launch()
  await page.evaluate(() => {
    location.href = 'https://example.com/'
  })
  await page.evaluate(() => void window.open('https://example.com/'))
  await expect.poll(() => app.windows().length).toBe(1)
  expect(page.url()).toBe('app://millrace/index.html')
  await app.close()
})
