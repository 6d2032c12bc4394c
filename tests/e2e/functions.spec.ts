import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

/** In one line, since the editor indents what is typed. */
const CODE = `export const handler = async (event) => ({ hello: event.name ?? 'nobody', records: event.Records?.length })`

test('explains what a function is, and says why one fails', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  const shell = await Shell.open(page, millrace)
  await shell.activity('Functions')
  await expect(shell.explorer.getByText('No functions')).toBeVisible()
  await clients.functions.createFunction({
    name: 'broken',
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    code: { files: { 'index.mjs': `export const handler = async () => { throw new TypeError('not today') }` } },
  })
  await shell.explorer.getByRole('treeitem', { name: /broken/ }).click()
  await page.getByRole('tab', { name: 'Test' }).last().click()
  await page.getByRole('button', { name: 'Invoke' }).click()
  await expect(page.getByText('failed', { exact: true })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Answer', exact: true })).toContainText('not today')
  await look(page, 'functions-failed')
})

test('creates a function, edits its code, invokes it and connects a stream', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'clicks', shardCount: 2, quotas: false })
  const shell = await Shell.open(page, millrace)
  await shell.command('Create function…')
  const dialog = page.getByRole('dialog', { name: 'Create function' })
  await dialog.getByLabel('Name').fill('greet')
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()

  const editor = page.getByRole('textbox', { name: 'Code of greet' })
  await expect(page.getByText('export const handler')).toBeVisible()
  await editor.focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(CODE)
  // The editor has closed a brace by itself.
  await page.keyboard.press('Control+Shift+End')
  await page.keyboard.press('Delete')
  await expect(page.getByText('not saved')).toBeVisible()

  // What is edited is saved before it runs.
  await page.getByRole('button', { name: 'Invoke' }).click()
  await expect(page.getByRole('region', { name: 'Answer', exact: true })).toContainText('"hello": "world"')
  await expect(page.getByRole('region', { name: 'Log of this invocation' })).toContainText('REPORT RequestId')
  await expect(page.getByText('not saved')).toBeHidden()
  expect((await clients.functions.readFile({ name: 'greet', path: 'index.mjs' })).text).toBe(CODE)
  await look(page, 'functions-test')

  await page.getByRole('tab', { name: 'Streams' }).last().click()
  await page.getByRole('button', { name: 'Connect a stream…' }).click()
  const connect = page.getByRole('dialog', { name: 'Connect a stream to greet' })
  await connect.getByRole('combobox', { name: 'Data stream' }).click()
  await page.getByRole('option', { name: 'clicks' }).click()
  await look(page, 'functions-connect')
  await connect.getByRole('button', { name: 'Connect', exact: true }).click()
  const row = page.getByRole('grid', { name: 'Event source mappings' }).getByRole('row', { name: /clicks/ })
  await expect(row).toContainText('No records processed')
  const batch = new BatchBuilder()
  for (let i = 0; i < 50; i++) batch.add(`key-${i}`, JSON.stringify({ i }))
  await clients.stream.put({ stream: 'clicks', batch: batch.finish() })
  await expect(row).toContainText('OK')
  await expect.poll(async () => (await clients.functions.listMappings({}))[0].handledRecords).toBe(50)
  await expect(row).toContainText('50')
  await look(page, 'functions-streams')

  await page.getByRole('tab', { name: 'Versions' }).last().click()
  const versions = page.getByRole('grid', { name: 'Versions' })
  for (const description of ['first', 'second']) {
    await page.getByRole('button', { name: 'Publish version…' }).click()
    await page.getByRole('dialog').getByLabel('Description').fill(description)
    await page.keyboard.press('Enter')
    await expect(versions.getByRole('row', { name: new RegExp(description) })).toBeVisible()
    await clients.functions.updateSettings({ name: 'greet', settings: { timeoutS: 5 } })
  }
  await page.getByRole('button', { name: 'New alias…' }).click()
  const alias = page.getByRole('dialog', { name: 'New alias of greet' })
  await alias.getByLabel('Name').fill('live')
  await alias.getByRole('combobox', { name: 'Shared with' }).click()
  await page.getByRole('option', { name: '1', exact: true }).click()
  await look(page, 'functions-alias')
  await alias.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(versions.getByRole('row', { name: /first/ })).toContainText('live 10 %')
  await expect(versions.getByRole('row', { name: /second/ })).toContainText('live 90 %')
  await look(page, 'functions-versions')

  await page.getByRole('tab', { name: 'Log' }).last().click()
  await expect(page.getByRole('log', { name: 'Log of greet' })).toContainText('REPORT')
  await look(page, 'functions-log')
  expect(await shell.accessibilityProblems()).toEqual([])
})
