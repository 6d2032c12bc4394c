import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accessibilityProblems } from './support/accessible.ts'
import { BuilderPage } from './support/builder.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'

test('a pipeline is built by keyboard alone, undone, redone and saved', async ({ page, millrace }) => {
  const builder = await BuilderPage.open(page, millrace)
  await builder.create()
  await expect(builder.canvas.getByText('Data flow from left to right')).toBeVisible()
  expect(await accessibilityProblems(page)).toEqual([])
  for (const name of ['Generator', 'Data stream', 'Delivery', 'Lake table']) await builder.add(name)
  await builder.expectNodes(4)
  await builder.showOutline()
  await expect(builder.outline.getByRole('treeitem', { name: 'to Delivery stream' })).toBeVisible()

  await builder.select(/^Data stream/)
  await page.keyboard.press('Delete')
  await builder.expectNodes(3)
  await page.keyboard.press('Control+z')
  await builder.expectNodes(4)
  await expect(builder.outline.getByRole('treeitem', { name: 'to Delivery stream' })).toBeVisible()

  await builder.select(/^Data stream/)
  await page.keyboard.press('Control+d')
  await builder.expectNodes(5)
  await builder.pane('Problems')
  await expect(page.getByRole('list', { name: 'Problems' })).toContainText('already owns')
  await page.keyboard.press('Control+z')

  await page.keyboard.press('Control+s')
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  const clients = await millrace.clients()
  const { text } = await clients.workspace.readDocument({ path: 'pipelines/untitled.json' })
  expect(JSON.parse(text).wires).toHaveLength(3)
})

test('a page with unsaved changes asks before it is loaded anew, and stays when told so', async ({
  page,
  millrace,
}) => {
  const builder = await BuilderPage.open(page, millrace)
  await builder.create()
  await builder.add('Generator')
  const asked = page.waitForEvent('dialog')
  await page.evaluate(() => setTimeout(() => location.reload()))
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await builder.expectNodes(1)
  await page.keyboard.press('Control+s')
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  await page.reload()
  await builder.expectNodes(1)
})

test('nodes are dragged from the palette, copied, grouped and moved', async ({ page, millrace }) => {
  const builder = await BuilderPage.open(page, millrace)
  await builder.create('sample')
  await builder.expectNodes(5)
  await page.getByRole('tab', { name: 'Nodes', exact: true }).click()
  await page
    .getByRole('option', { name: /Filter and compute/ })
    .dragTo(builder.canvas, { targetPosition: { x: 300, y: 380 } })
  for (const keys of ['Control+a', 'Control+c', 'Control+v', 'Control+g']) await page.keyboard.press(keys)
  await builder.expectNodes(12)
  for (let i = 0; i < 3; i++) await page.keyboard.press('Control+z')
  await builder.expectNodes(5)
  await page.keyboard.press('Control+Shift+z')
  await builder.expectNodes(6)
})

test('a wrong setting is told at its field, and found from the list of problems', async ({ page, millrace }) => {
  const builder = await BuilderPage.open(page, millrace)
  await builder.create('sample')
  await builder.showOutline()
  await builder.select(/^Data stream/)
  const name = page.getByRole('combobox', { name: 'Stream name' })
  await name.fill('not a name!')
  await name.press('Escape')
  await expect(page.getByText('A stream name has 1 to 128 letters')).toBeVisible()
  await builder.select(/^Clicks/)
  await builder.pane('Problems')
  await expect(builder.outline.getByRole('treeitem', { name: /^Data stream/ })).toContainText('1 problem')
  await look(page, 'builder-errors')
  await page
    .getByRole('list', { name: 'Problems' })
    .getByRole('button', { name: /A stream name has/ })
    .click()
  await expect(name).toBeFocused()
  await name.fill('clicks')
  await name.press('Escape')
  await expect(page.getByText('No problems')).toBeVisible()
})

test('a delivery is set up: by a function or a query, partitioned, with its prefixes and its format', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  const code = { files: { 'index.py': 'def handler(event, context):\n    return event\n' } }
  await clients.functions.createFunction({ name: 'clean', runtime: 'python3.12', handler: 'index.handler', code })
  const builder = await BuilderPage.open(page, millrace)
  await builder.create()
  for (const name of ['Generator', 'Data stream', 'Delivery']) await builder.add(name)
  await builder.showOutline()
  await builder.select(/^Delivery stream/)
  await page.getByRole('textbox', { name: 'Delivery stream name' }).fill('clean-clicks')
  await page.getByRole('combobox', { name: 'Bucket' }).fill('landed')
  await page.keyboard.press('Escape')
  const choose = async (field: string, option: string) => {
    await page.getByRole('combobox', { name: field, exact: true }).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  const prefix = page.getByRole('textbox', { name: 'Prefix', exact: true })
  await prefix.fill('clicks/page=!{partitionKeyFromQuery:page}/')
  await builder.pane('Problems')
  const problems = page.getByRole('list', { name: 'Problems' })
  await expect(problems).toContainText('page')
  await page.getByRole('textbox', { name: 'Partition fields' }).fill('page')
  await look(page, 'delivery-partitions')

  await choose('Transform', 'Function')
  await page.getByRole('combobox', { name: /^Function/ }).click()
  await page.getByRole('option', { name: /^clean/ }).click()
  await look(page, 'delivery-function')
  await choose('Format', 'JSON lines')
  await choose('Compression', 'GZIP')
  await expect(page.getByText('No problems')).toBeVisible()
  await look(page, 'delivery-format')
  const saved = async () => {
    const documents = await clients.workspace.listDocuments({ folder: 'pipelines' })
    const texts = await Promise.all(documents.map(({ path }) => clients.workspace.readDocument({ path })))
    const nodes = texts.flatMap(({ text }) => JSON.parse(text).nodes)
    return nodes.map(({ config }) => config).find(({ name }) => name === common.name)
  }
  const common = {
    name: 'clean-clicks',
    bucket: 'landed',
    partitionFields: ['page'],
    format: 'json',
    compression: 'GZIP',
  }
  await page.keyboard.press('Control+s')
  await expect.poll(saved).toMatchObject({ ...common, transform: { by: 'function', function: 'clean' } })

  await choose('Transform', 'SQL')
  await builder.write('Query', 'SELECT data FROM records')
  await expect(problems).toContainText('record_id')
  await look(page, 'delivery-sql')
  await builder.write('Query', "SELECT record_id, data->>'page' AS page FROM records")
  await expect(page.getByText('No problems')).toBeVisible()
  await page.keyboard.press('Control+s')
  const transform = { by: 'sql', query: expect.stringContaining('->>') }
  await expect.poll(saved).toMatchObject({ ...common, transform })
})

test('a run is watched, stopped at a breakpoint, stepped and looked back on', async ({ page, millrace }) => {
  const builder = await BuilderPage.open(page, millrace)
  await builder.create('sample')
  await builder.showOutline()
  await builder.select('to Land in the lake')
  await page.keyboard.press('b')
  await page.keyboard.press('F5')
  await expect(builder.status).toContainText('breakpoint')
  const row = page.getByRole('region', { name: 'Row as JSON' })
  await expect(row).toContainText('user_id')
  const before = await row.locator('pre').innerText()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.keyboard.press('F10')
  await expect(row.locator('pre')).not.toHaveText(before)

  await builder.select('to Land in the lake')
  await page.keyboard.press('b')
  await page.keyboard.press('F8')
  await expect(builder.status).toContainText('running')
  await expect(page.getByRole('grid', { name: /Rows at/ })).toContainText('/checkout')
  await page.keyboard.press('Shift+F5')
  await expect(builder.status).toContainText(/stopped|succeeded|failed/)
  await builder.pane('Timeline')
  await expect(page.getByRole('img', { name: /^running for/ }).first()).toBeVisible()
  await page.getByRole('slider', { name: 'Moment of the run' }).fill('0')
  await expect(page.getByRole('button', { name: 'Latest' })).toBeEnabled()
  await builder.pane('History')
  await expect(page.getByRole('grid', { name: 'Runs of this pipeline' }).getByRole('row')).toHaveCount(2)
})

test('a pipeline is edited as text, and marks show where it breaks', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  await clients.workspace.writeDocument({
    path: 'pipelines/broken.json',
    text: '{\n  "format": 1,\n  "name": "Broken",,\n}\n',
  })
  const builder = await BuilderPage.open(page, millrace)
  await builder.file('broken').click()
  await expect(page.getByText(/not valid JSON: line 3, column 20/).first()).toBeVisible()
  const editor = page.getByRole('textbox', { name: 'Pipeline as text' })
  await expect(editor).toBeAttached()
  await look(page, 'builder-damaged')
  await editor.focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText('{ "format": 1, "name": "Mended", "nodes": [], "wires": [] }')
  // The editor closed the first brace by itself.
  await page.keyboard.press('Delete')
  await expect(page.getByRole('toolbar', { name: 'Run' })).toBeVisible()
  await page.keyboard.press('Control+s')
  await expect
    .poll(async () => (await clients.workspace.readDocument({ path: 'pipelines/broken.json' })).text)
    .toContain('Mended')
})

test('a change outside never costs unsaved work', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  const path = 'pipelines/shared.json'
  const text = (name: string) => JSON.stringify({ format: 1, name, nodes: [], wires: [] })
  await clients.workspace.writeDocument({ path, text: text('First') })
  const builder = await BuilderPage.open(page, millrace)
  await builder.openFile('shared')
  const name = page.getByRole('textbox', { name: 'Name' })
  await expect(name).toHaveValue('First')
  const editor = (name: string) => writeFileSync(join(millrace.ready.workspace, path), text(name))
  editor('Outside')
  await expect(name).toHaveValue('Outside')
  await name.fill('Mine')
  editor('Outside again')
  await expect(page.getByText('was changed outside while you have unsaved changes')).toBeVisible()
  await page.getByRole('button', { name: 'Overwrite it' }).click()
  await expect.poll(async () => JSON.parse((await clients.workspace.readDocument({ path })).text).name).toBe('Mine')
})

test('deleting a pipeline can be taken back', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  await clients.workspace.writeDocument({
    path: 'pipelines/doomed.json',
    text: JSON.stringify({ format: 1, name: 'Doomed', nodes: [], wires: [] }),
  })
  const builder = await BuilderPage.open(page, millrace)
  await builder.file('doomed').click({ button: 'right' })
  await page.getByRole('menuitem', { name: /Delete/ }).click()
  await expect(builder.file('doomed')).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo', exact: true }).last().click()
  await expect(builder.file('doomed')).toBeVisible()
})
