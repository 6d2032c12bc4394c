import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

test('creates a cluster of fleets, shows its nodes, kills a core node and sees it lost and replaced', async ({
  page,
  millrace,
}) => {
  const { emr, system } = await millrace.clients()
  await system.setClock({ mode: 'virtual', speed: 600, paused: false })
  const shell = await Shell.open(page, millrace)
  await shell.activity('EMR')
  await expect(shell.explorer.getByText('No clusters')).toBeVisible()
  await page.getByRole('button', { name: 'Create cluster' }).last().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('nightly')
  await dialog.getByLabel('Nodes by').click()
  await page.getByRole('option', { name: /Instance fleets/ }).click()
  await dialog.getByText('Managed scaling').click()
  await dialog.getByLabel('At least').fill('4')
  await look(page, 'emr-create')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog).toBeHidden()
  const [{ id, collection, scaling }] = await emr.list({})
  expect({ collection, min: scaling?.limits.min }).toEqual({ collection: 'INSTANCE_FLEET', min: 4 })
  await expect.poll(async () => (await emr.describe({ cluster: id })).state).toBe('WAITING')
  await system.setClock({ mode: 'virtual', speed: 1, paused: false })
  await emr.addSteps({
    cluster: id,
    steps: [{ name: 'greet', jar: 'command-runner.jar', args: ['sh', '-c', 'echo good morning'] }],
  })
  await shell.explorer.getByRole('treeitem', { name: /nightly/ }).click()
  const core = page.getByRole('region', { name: 'Core nodes' })
  await expect(core.getByRole('listitem')).toHaveCount(2)
  await expect.poll(async () => (await emr.listSteps({ cluster: id }))[0].state).toBe('COMPLETED')
  await page.getByRole('row', { name: /greet/ }).click()
  await expect(page.getByRole('log', { name: 'stdout of greet' })).toContainText('good morning')
  const tile = core.getByRole('listitem').first()
  const name = (await tile.getAttribute('aria-label'))!
  await tile.getByRole('button', { name: 'Kill node' }).click()
  await expect(core.getByRole('listitem', { name })).toContainText('lost')
  await expect(core.getByRole('listitem')).toHaveCount(3)
  await expect(page.getByText('Estimate so far')).toBeVisible()
  await look(page, 'emr-lost')
  expect(await shell.accessibilityProblems()).toEqual([])
  await system.setClock({ mode: 'real', speed: 1, paused: false })
})
