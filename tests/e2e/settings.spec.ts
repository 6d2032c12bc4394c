import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Millrace } from '../support/millrace.ts'
import { expect, test } from './support/fixture.ts'
import { Shell } from './support/shell.ts'

test('every setting does at once, and after a restart, what its page says', async ({ page }) => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
  const env = { MILLRACE_HOME: home }
  await using first = await Millrace.start({ env })
  const shell = await Shell.open(page, first)
  const clock = async (millrace: Millrace) => (await (await millrace.clients()).system.status({})).clock
  await page.getByRole('button', { name: 'Settings', exact: true }).click()
  await page.getByRole('radio', { name: 'Light' }).click()
  expect(await shell.theme()).toBe('light')

  await page.getByRole('tab', { name: 'Clock' }).click()
  await page.getByLabel('Mode').click()
  await page.getByRole('option', { name: 'Virtual time' }).click()
  const speed = page.getByLabel('Speed', { exact: true })
  await expect(speed).toBeEnabled()
  await page.getByRole('switch', { name: 'Paused' }).click()
  await expect.poll(() => clock(first)).toMatchObject({ mode: 'virtual', paused: true })
  // Half a number moves nothing: it is taken whole, with Enter or on leaving the field.
  await speed.fill('')
  await speed.pressSequentially('250')
  expect(await clock(first)).toMatchObject({ speed: 1 })
  await speed.press('Enter')
  await expect.poll(() => clock(first)).toMatchObject({ speed: 250 })
  await speed.fill('-3')
  await expect(page.getByText('To stop the clock, pause it.')).toBeVisible()
  await speed.press('Tab')
  await expect(speed).toHaveValue('250')
  expect(await shell.accessibilityProblems()).toEqual([])

  await expect(page.getByText('starts in real time whenever Millrace does')).toBeVisible()
  const reached = (await (await first.clients()).system.status({})).nowMs

  await first.end()
  const { port } = new URL(first.ready.url)
  await using again = await Millrace.start({ env, workspace: first.ready.workspace, args: ['--port', port] })
  await page.reload()
  await shell.ready()
  expect(await shell.theme()).toBe('light')
  expect(await clock(again)).toMatchObject({ mode: 'real' })
  expect((await (await again.clients()).system.status({})).nowMs).toBeGreaterThanOrEqual(reached)
  rmSync(home, { recursive: true, force: true })
})

test('a price that a person changes is what costs are made of, until the shipped one is wanted back', async ({
  page,
  millrace,
}) => {
  const shell = await Shell.open(page, millrace)
  const { workspace, athena } = await millrace.clients()
  const cost = async () =>
    (await athena.estimate({ sql: 'SELECT count(*) FROM (VALUES 1) AS t (n)', database: 'default' })).costUsd
  const shipped = await cost()
  await shell.command('Change prices…')
  const price = page.getByLabel('US dollars: Athena')
  await expect(price).toHaveValue('5')
  await price.fill('10')
  await price.press('Enter')
  await expect.poll(cost).toBeCloseTo(2 * shipped, 12)
  expect(await shell.accessibilityProblems()).toEqual([])
  await page.getByRole('button', { name: 'Back to the prices shipped' }).click()
  await expect(price).toHaveValue('5')
  expect((await workspace.readPrices({})).own).toBe(false)
  expect(await cost()).toBe(shipped)
})

test('dialogs, notifications, empty and error states pass axe-core, in either theme', async ({ page, millrace }) => {
  test.slow()
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'short-lived' })
  await clients.workspace.writeDocument({ path: 'pipelines/broken.json', text: '{"format": 1,' })
  const shell = await Shell.open(page, millrace)
  for (const theme of ['dark', 'light']) {
    const passes = async (what: string, within?: string) =>
      expect(await shell.accessibilityProblems(within), `${what}, ${theme}`).toEqual([])
    await shell.activity('Streams')
    await shell.explorer.getByRole('treeitem', { name: 'short-lived' }).focus()
    await page.keyboard.press('Delete')
    await expect(page.getByRole('dialog', { name: /Delete/ })).toBeVisible()
    await passes('delete dialog', '[role=dialog]')
    await page.keyboard.press('Escape')
    await shell.activity('Pipelines')
    await shell.explorer.getByRole('treeitem', { name: /broken/ }).click()
    await expect(page.getByRole('alert').first()).toBeVisible()
    await passes('damaged pipeline')
    await shell.activity('Home')
    await shell.explorer.getByRole('treeitem', { name: 'one-week' }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await expect(page.getByText('Moved to the trash')).toBeVisible()
    await passes('notification')
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await expect(shell.explorer.getByRole('treeitem', { name: 'one-week' })).toBeVisible()
    await shell.command('Switch between dark and light')
  }
})

test('a fault is injected, met, always in sight, and removed', async ({ page, millrace }) => {
  const shell = await Shell.open(page, millrace)
  await shell.command('Inject a fault…')
  await page.getByRole('combobox', { name: 'Effect' }).click()
  await page.getByRole('option', { name: 'Fail' }).click()
  await page.getByRole('combobox', { name: 'Call' }).click()
  await page.getByRole('option', { name: 'listStreams' }).click()
  await page.getByRole('button', { name: 'Inject' }).click()
  await expect(shell.statusBar.getByText('1 fault on purpose')).toBeVisible()
  const clients = await millrace.clients()
  await expect(clients.stream.listStreams({})).rejects.toThrow('a fault that was asked for')
  const fault = page.getByRole('listitem').filter({ hasText: 'Fail on listStreams' })
  await expect(fault).toContainText('1 hit')
  await fault.getByRole('button', { name: 'Remove' }).click()
  await expect(shell.statusBar.getByText('on purpose')).toBeHidden()
  await expect(clients.stream.listStreams({})).resolves.toEqual(expect.any(Array))
})
