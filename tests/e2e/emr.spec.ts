import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

test('a log is followed to its end, stays where its reader scrolled to, and does so when the step ends', async ({
  page,
  millrace,
}) => {
  const { emr, system, workspace } = await millrace.clients()
  await system.setClock({ mode: 'virtual', speed: 600, paused: false })
  const { own: _, ...prices } = await workspace.readPrices({})
  await workspace.writePrices({ prices: { ...prices, reserved: [{ type: 'm5.xlarge', count: 9, hourUsd: 0.1 }] } })
  const shell = await Shell.open(page, millrace)
  const { id } = await emr.run({
    name: 'talker',
    releaseLabel: 'emr-7.10.0',
    collection: 'INSTANCE_GROUP',
    groups: [{ role: 'MASTER', choices: [{ type: 'm5.xlarge' }], onDemand: 1 }],
    keepAlive: true,
  })
  await expect.poll(async () => (await emr.describe({ cluster: id })).state).toBe('WAITING')
  const gate = join(millrace.ready.workspace, 'go-on')
  const waits = (at: string) => `while [ ! -e '${at}' ]; do sleep 0.1; done`
  // The last part is more than is kept of a log on the screen.
  const script = `seq 1 300; ${waits(gate)}; seq 301 400; ${waits(`${gate}2`)}; seq 401 60000; ${waits(`${gate}3`)}; echo bye`
  await emr.addSteps({ cluster: id, steps: [{ name: 'talk', jar: 'command-runner.jar', args: ['sh', '-c', script] }] })
  // By way of another: who stays in one folds its explorer away.
  await shell.activity('MapReduce')
  await shell.activity('EMR')
  await shell.explorer.getByRole('treeitem', { name: /talker/ }).click()
  await expect(page.getByRole('region', { name: 'Primary nodes' }).getByRole('listitem')).toContainText('Reserved')
  await page.getByRole('row', { name: /talk/ }).click()
  const log = page.getByRole('log', { name: 'stdout of talk' })
  const fromEnd = () => log.evaluate((box) => box.scrollHeight - box.clientHeight - box.scrollTop)
  await expect(log).toContainText('300')
  await expect.poll(fromEnd).toBeLessThan(2)
  writeFileSync(gate, '')
  await expect(log).toContainText('400')
  await expect.poll(fromEnd).toBeLessThan(2)
  await log.evaluate((box) => box.scrollTo(0, 100))
  writeFileSync(`${gate}2`, '')
  await expect(log).toContainText('20000')
  writeFileSync(`${gate}3`, '')
  await expect.poll(async () => (await emr.listSteps({ cluster: id }))[0].state).toBe('COMPLETED')
  await expect(shell.inspector).toContainText('Completed')
  // Nothing was taken from above what is read; back at the end, the rest comes.
  expect(await log.evaluate((box) => [box.scrollTop, box.textContent?.startsWith('1\n2\n3\n')])).toEqual([100, true])
  await log.evaluate((box) => box.scrollTo(0, box.scrollHeight))
  await expect(log).toContainText('bye')
  await expect(log).not.toContainText('400\n401\n')
  await workspace.writePrices({ prices: null })
  await system.setClock({ mode: 'real', speed: 1, paused: false })
})
