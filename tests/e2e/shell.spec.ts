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
  await expect(page.getByRole('grid', { name: 'Shortcuts' }).getByText('Show all commands')).toBeVisible()
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
  await shell.command('Open home')
  await expect(page.getByRole('heading', { name: 'Recent' })).toBeVisible()
  for (const panel of ['Runs', 'Problems', 'Logs', 'Metrics'] as const) {
    await shell.panel(panel)
    expect(await shell.accessibilityProblems(), panel).toEqual([])
  }
  for (const command of ['Connect an AWS client…', 'Show keyboard shortcuts']) {
    await shell.command(command)
    expect(await shell.accessibilityProblems(), command).toEqual([])
  }
  await shell.command('Switch between dark and light')
  expect(await shell.accessibilityProblems(), 'light').toEqual([])
  await shell.command('Open home')
  expect(await shell.accessibilityProblems(), 'light home').toEqual([])
  await page.keyboard.press('Control+k')
  await expect(shell.palette).toBeVisible()
  expect(await shell.accessibilityProblems(), 'palette').toEqual([])
})

test('says that the program is gone and finds it again', async ({ page, millrace, pageErrors }) => {
  const shell = await Shell.open(page, millrace)
  // The page's own network is cut, which is what it sees when the program ends or the machine sleeps.
  const sockets: { close: () => Promise<void> }[] = []
  let open = true
  await page.routeWebSocket(/\/rpc/, (socket) => {
    if (!open) return void socket.close()
    socket.connectToServer()
    sockets.push(socket)
  })
  await page.reload()
  await shell.ready()
  open = false
  for (const socket of sockets) await socket.close()
  await expect(page.getByText('Millrace does not answer.')).toBeVisible()
  open = true
  // It tries again by itself, after a pause that grows.
  await expect(page.getByText('Millrace does not answer.')).toBeHidden()
  await shell.ready()
  expect(pageErrors).toEqual([])
})
