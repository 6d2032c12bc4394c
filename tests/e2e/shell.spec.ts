import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Millrace } from '../support/millrace.ts'
import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

test('opens on home, takes the token out of the address and says how the engines are', async ({ page }) => {
  // A workspace of its own: others have left tabs in theirs.
  await using millrace = await Millrace.start()
  const shell = await Shell.open(page, millrace)
  await expect(shell.tab('Home')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Five-minute tour' })).toBeVisible()
  expect(page.url()).not.toContain(millrace.ready.token)
  await shell.statusBar.getByText('Engines ready').click()
  await expect(page.getByRole('dialog', { name: 'Engines' }).getByText('olap')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.reload()
  await shell.ready()
  await look(page, 'home')
})

test('the tour counts what a person did, and is there only where its sample is', async ({ page }) => {
  await using millrace = await Millrace.start()
  const clients = await millrace.clients()
  const { runId } = await clients.pipeline.start({ path: 'pipelines/flights.json' })
  await clients.athena.startQuery({ sql: 'SELECT 1' })
  await Shell.open(page, millrace)
  const tour = page.getByRole('region', { name: 'Five-minute tour' })
  await expect(tour).toContainText('0 of 6')
  await tour.getByRole('button', { name: 'Show how' }).click()
  await expect(page.getByRole('tab', { name: 'Settings' })).toBeVisible()
  await page.getByRole('tab', { name: 'Home' }).click()
  await expect(tour).toContainText('1 of 6')
  await clients.pipeline.stop({ runId, mode: 'abandon' })
  await clients.workspace.deleteDocument({ path: 'pipelines/flights.json' })
  await expect(tour).toBeHidden()
})

test('in a small window the title bar keeps the brand clear of the search', async ({ page, millrace }) => {
  await page.setViewportSize({ width: 1024, height: 700 })
  await Shell.open(page, millrace)
  const brand = (await page.getByText('Millrace', { exact: true }).first().boundingBox())!
  const search = (await page.getByRole('button', { name: 'Search commands and resources' }).boundingBox())!
  const clock = (await page.getByRole('combobox', { name: 'Clock speed' }).boundingBox())!
  expect(brand.x + brand.width).toBeLessThanOrEqual(search.x)
  expect(search.x + search.width).toBeLessThanOrEqual(clock.x)
})

test('finds every command by name and by key', async ({ page }) => {
  await using millrace = await Millrace.start()
  const shell = await Shell.open(page, millrace)
  await page.keyboard.press('F1')
  await expect(shell.palette).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(shell.palette).toBeHidden()
  const before = await shell.theme()
  await shell.command('Switch between dark and light')
  expect(await shell.theme()).not.toBe(before)
  await shell.command('Use the system theme')
  expect(await shell.theme()).toBe('dark')
  await shell.command('Show keyboard shortcuts')
  await page.getByRole('searchbox', { name: 'Filter Shortcuts' }).fill('commands')
  await expect(page.getByRole('grid', { name: 'Shortcuts' }).getByText('Show all commands')).toBeVisible()
  // A thing stands there once: by its name, or as the tab that shows it.
  const offered = shell.palette.getByRole('option', { name: 'delays-by-hour' })
  await page.keyboard.press('Control+k')
  await shell.palette.getByRole('combobox').fill('delays-by-hour')
  await expect(offered).toHaveText(/Query/)
  await page.keyboard.press('Enter')
  await expect(shell.tab('delays-by-hour')).toBeVisible()
  await shell.command('Open home')
  await page.keyboard.press('Control+k')
  await shell.palette.getByRole('combobox').fill('delays-by-hour')
  await expect(offered).toHaveText(/query/)
  // What begins so comes before what has the letters somewhere.
  await shell.palette.getByRole('combobox').fill('fli')
  await expect(shell.palette.getByRole('option').first()).toContainText(/^\s*flights/i)
})

test('remembers panes and tabs', async ({ page, millrace }) => {
  const shell = await Shell.open(page, millrace)
  await expect(shell.explorer).toBeVisible()
  await shell.command('Connect an AWS client…')
  await expect(page.getByText(`export AWS_ENDPOINT_URL=${millrace.ready.aws}`)).toBeVisible()
  await page.getByRole('main').click({ position: { x: 300, y: 400 } })
  await page.keyboard.press('Control+b')
  await expect(shell.explorer).toBeHidden()
  await page.waitForTimeout(800)
  await page.reload()
  await expect(shell.tab('Settings')).toBeVisible()
  await expect(shell.explorer).toBeHidden()
  await page.keyboard.press('Control+b')
  await expect(shell.explorer).toBeVisible()
  await shell.activity('Home')
  await expect(shell.explorer).toBeHidden()
  await shell.activity('Home')
  await expect(shell.explorer).toBeVisible()
})

test('sets the clock from the title bar', async ({ page, millrace }) => {
  const shell = await Shell.open(page, millrace)
  const clients = await millrace.clients()
  await page.getByRole('combobox', { name: 'Clock speed' }).click()
  await page.getByRole('option', { name: '60×', exact: false }).first().click()
  await expect.poll(async () => (await clients.system.status({})).clock).toMatchObject({ mode: 'virtual', speed: 60 })
  await page.getByRole('button', { name: 'Pause time' }).click()
  await expect(page.getByRole('button', { name: 'Let time go on' })).toBeVisible()
  expect((await clients.system.status({})).clock.paused).toBe(true)
  await page.getByRole('combobox', { name: 'Clock speed' }).click()
  await page.getByRole('option', { name: 'Real time' }).click()
  await expect.poll(async () => (await clients.system.status({})).clock.mode).toBe('real')
  await expect(shell.statusBar).toBeVisible()
})

test('shows logs and what calls the AWS port', async ({ page, millrace }) => {
  const shell = await Shell.open(page, millrace)
  await shell.panel('Metrics')
  const grid = page.getByRole('grid', { name: 'AWS requests' })
  await expect(grid).toBeVisible()
  await fetch(millrace.ready.aws, {
    method: 'POST',
    headers: { 'x-amz-target': 'Kinesis_20131202.ListStreams', 'content-type': 'application/x-amz-json-1.1' },
    body: '{}',
  })
  await expect(grid.getByText('ListStreams')).toBeVisible()
  await shell.panel('Logs')
  await expect(page.getByRole('grid', { name: 'Logs' })).toBeVisible()
})

test('has nothing that axe-core calls serious, in either theme', async ({ page, millrace }) => {
  test.slow()
  const shell = await Shell.open(page, millrace)
  for (const theme of ['dark', 'light']) {
    await shell.command('Open home')
    await expect(page.getByRole('heading', { name: 'Recent documents' })).toBeVisible()
    expect(await shell.accessibilityProblems(), `home, ${theme}`).toEqual([])
    for (const panel of ['Runs', 'Problems', 'Logs', 'Metrics'] as const) {
      await shell.panel(panel)
      expect(await shell.accessibilityProblems('[aria-label=Panel]'), `${panel}, ${theme}`).toEqual([])
    }
    await shell.command('Connect an AWS client…')
    for (const settings of ['Appearance', 'Clock', 'AWS clients', 'Shortcuts', 'About']) {
      await page.getByRole('tab', { name: settings }).click()
      expect(await shell.accessibilityProblems('.mr-dockview'), `${settings}, ${theme}`).toEqual([])
    }
    for (const item of ['Engines ready', /^AWS :/]) {
      await shell.statusBar.getByText(item).click()
      await expect(page.getByRole('dialog')).toBeVisible()
      expect(await shell.accessibilityProblems('[role=dialog]'), `${item}, ${theme}`).toEqual([])
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('Control+k')
    await expect(shell.palette).toBeVisible()
    expect(await shell.accessibilityProblems('[role=dialog]'), `palette, ${theme}`).toEqual([])
    await page.keyboard.press('Escape')
    await shell.command('Switch between dark and light')
  }
})

test('is worked by keyboard: activities, panes, palette and documents', async ({ page, millrace }) => {
  const shell = await Shell.open(page, millrace)
  await page.getByRole('button', { name: 'Home', exact: true }).first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('navigation', { name: 'Streams explorer' })).toBeVisible()
  // Focus is seen: the ring is drawn by an outline.
  const ring = () =>
    page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0
    })
  expect(await ring()).toBe(true)
  const divider = page.getByRole('separator', { name: 'Explorer width' })
  await divider.focus()
  expect(await ring()).toBe(true)
  const width = async () => (await shell.explorer.boundingBox())?.width ?? 0
  const before = await width()
  await page.keyboard.press('ArrowRight')
  await expect.poll(width).toBeGreaterThan(before)
  await page.keyboard.press('Control+k')
  await shell.palette.getByRole('combobox').fill('go to home')
  await expect(shell.palette.getByRole('option', { name: 'Home' }).getByText('Alt+1')).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('navigation', { name: 'Home explorer' })).toBeVisible()
  await page.getByRole('treeitem', { name: 'Pipelines' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(shell.tab('Flights')).toBeVisible()
  // The explorer marks what is in front.
  const item = page.getByRole('tree', { name: 'Documents' }).getByRole('treeitem', { name: 'Flights', exact: true })
  await expect(item).toHaveAttribute('aria-selected', 'true')
  await shell.command('Open home')
  await expect(item).toHaveAttribute('aria-selected', 'false')
})

test('goes on after the program was stopped and started again, without a reload', async ({ page }) => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
  const env = { MILLRACE_HOME: home }
  await using first = await Millrace.start({ env })
  const shell = await Shell.open(page, first)
  await page.evaluate(() => Object.assign(window, { kept: true }))
  await first.end('SIGKILL')
  await expect(page.getByText('Connection lost, trying again')).toBeVisible()
  await expect(shell.statusBar.getByText('Not connected')).toBeVisible()
  const { port } = new URL(first.ready.url)
  await using again = await Millrace.start({ env, workspace: first.ready.workspace, args: ['--port', port] })
  expect(again.page).toBe(first.page)
  await expect(page.getByText('Connection lost, trying again')).toBeHidden()
  await shell.ready()
  // Feeds come from the new process: what is changed there is seen here.
  await (await again.clients()).system.setClock({ mode: 'virtual', speed: 60, paused: true })
  await expect(page.getByRole('button', { name: 'Let time go on' })).toBeVisible()
  // And so do calls: a document of the new process opens.
  await shell.activity('Home')
  expect(await page.evaluate(() => 'kept' in window)).toBe(true)
  rmSync(home, { recursive: true, force: true })
})

test('opens with what is sound of a damaged layout', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  await clients.workspace.writeState({
    key: 'shell.layout',
    value: { grid: 'broken', panels: { a: { id: 'a', params: { type: 'home.start' } } }, activeGroup: 7 },
  })
  await clients.workspace.writeState({ key: 'shell.panes', value: { explorer: 'wide', inspector: null } })
  await clients.workspace.writeState({ key: 'shell.activity', value: 7 })
  const shell = await Shell.open(page, millrace)
  await expect(page.getByText('The window’s layout could not be read')).toBeVisible()
  await expect(shell.tab('Home')).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Home explorer' })).toBeVisible()
  // What the window remembers from here on is sound again.
  await shell.command('Show keyboard shortcuts')
  await expect
    .poll(async () => JSON.stringify(await clients.workspace.readState({ key: 'shell.layout' })))
    .toContain('settings.main')
  await page.reload()
  await expect(shell.tab('Settings')).toBeVisible()
})

test('restarts an engine host from the status bar, and what it feeds goes on', async ({ page, millrace }) => {
  const shell = await Shell.open(page, millrace)
  const clients = await millrace.clients()
  await shell.activity('Streams')
  await shell.statusBar.getByText('Engines ready').click()
  const engines = page.getByRole('dialog', { name: 'Engines' })
  await engines.getByRole('listitem').filter({ hasText: 'firehose' }).getByRole('button', { name: 'Restart' }).click()
  await page.keyboard.press('Escape')
  await shell.ready()
  // The page may still show the engines as they were: a call that meets the restart is told so, and asked again.
  const create = () => clients.stream.createStream({ stream: 'after-restart' })
  await expect
    .poll(() =>
      create().then(
        () => 'made',
        ({ code }) => code,
      ),
    )
    .toMatch(/made|ResourceInUseException/)
  await expect(shell.explorer.getByText('after-restart')).toBeVisible()
})

test('opens again from a bookmark, and says so where the address was renewed', async ({ page, context }) => {
  await using millrace = await Millrace.start()
  await Shell.open(page, millrace)
  const bookmark = await context.newPage()
  await bookmark.goto(millrace.ready.url)
  await new Shell(bookmark).ready()
  await bookmark.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (key.endsWith('token')) localStorage.setItem(key, 'renewed')
  })
  await bookmark.reload()
  await expect(bookmark.getByText('does not know this window')).toBeVisible()
  await expect(bookmark.getByText('Open the address that it printed')).toBeVisible()
})

test('loads its pages anew when another build comes back', async ({ page, millrace }) => {
  const sockets: { close: () => Promise<void> }[] = []
  await page.routeWebSocket(/\/rpc/, (socket) => {
    socket.connectToServer()
    sockets.push(socket)
  })
  const shell = await Shell.open(page, millrace)
  await page.evaluate(() => Object.assign(window, { kept: true }))
  // What the next build's index would be: it has another script.
  await page.route(millrace.ready.url, (route) => route.fulfill({ body: '<script src="other.js"></script>' }), {
    times: 1,
  })
  for (const socket of sockets) await socket.close()
  await expect(page.getByText('Millrace is another version now')).toBeVisible()
  await shell.ready()
  expect(await page.evaluate(() => 'kept' in window)).toBe(false)
})

test('lists recent workspaces: one that is served, one that opens in place of this, one that is gone', async ({
  page,
  context,
}) => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
  const env = { MILLRACE_HOME: home }
  await using gone = await Millrace.start({ env })
  await gone.end()
  rmSync(gone.ready.workspace, { recursive: true })
  await using closed = await Millrace.start({ env })
  await closed.end()
  await using other = await Millrace.start({ env })
  await (await other.clients()).workspace.writeState({ key: 'shell.activity', value: 'streams' })
  await using millrace = await Millrace.start({ env })
  const shell = await Shell.open(page, millrace)
  const list = page.getByRole('region', { name: 'Recent workspaces' })
  const row = ({ ready }: Millrace) => list.getByRole('listitem').filter({ hasText: ready.workspace })
  await expect(list.getByRole('listitem')).toHaveCount(3)
  expect(await shell.accessibilityProblems()).toEqual([])

  const opened = context.waitForEvent('page')
  await row(other).getByRole('link').click()
  const otherPage = await opened
  await new Shell(otherPage).ready()
  expect(new URL(otherPage.url()).origin).toBe(new URL(other.ready.url).origin)
  expect(otherPage.url()).not.toContain(other.ready.token)

  await expect(row(gone).getByText('Folder is missing')).toBeVisible()
  await row(gone).getByRole('button', { name: 'off the list' }).click()
  await expect(list.getByRole('listitem')).toHaveCount(2)
  await look(page, 'home-workspaces')

  await row(closed).getByRole('button', { name: closed.ready.workspace }).click()
  const dialog = page.getByRole('dialog', { name: 'Open Flights?' })
  expect(await shell.accessibilityProblems()).toEqual([])
  await dialog.getByRole('button', { name: 'Open' }).click()
  await expect(row(millrace)).toBeVisible()
  await shell.ready()
  await expect(row(closed)).toBeHidden()
  expect(page.url()).toBe(millrace.ready.url)
  await page.reload()
  await shell.ready()
  await row(millrace).getByRole('button', { name: millrace.ready.workspace }).click()
  await dialog.getByRole('button', { name: 'Open' }).click()
  await expect(row(closed)).toBeVisible()
  rmSync(home, { recursive: true, force: true })
})
