import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Clients } from '../../src/engines/contract.ts'
import { Millrace } from '../support/millrace.ts'
import { BuilderPage } from './support/builder.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

/** Clicks, made → filtered → kept: small, and over in a moment. */
function documentOf(name: string, { filter = "page = '/checkout'", count = 600 as number | null } = {}) {
  const node = (id: string, title: string, kind: string, x: number, config: Record<string, unknown>) => ({
    ...{ id, title, kind, version: 1, position: { x, y: 0 }, config },
  })
  return {
    format: 1,
    name,
    nodes: [
      node('made', 'Made', 'generator', 0, { rate: count === null ? 2000 : null, count, keys: 20 }),
      node('kept', 'Checkouts', 'transform', 280, { filter }),
      node('sink', 'Sink', 'stream', 560, { stream: name, shards: 1, quotas: false, durability: 'memory' }),
    ],
    wires: [
      { id: 'all', from: { node: 'made', port: 'out' }, to: { node: 'kept', port: 'in' } },
      { id: 'some', from: { node: 'kept', port: 'out' }, to: { node: 'sink', port: 'in' } },
    ],
    run: { clock: 'virtual', speed: 60, seed: 'e2e' },
  }
}

async function openPipeline(page: Page, millrace: Millrace, document: ReturnType<typeof documentOf>) {
  const clients = await millrace.clients()
  await clients.workspace.writeDocument({
    path: `pipelines/${document.name}.json`,
    text: JSON.stringify(document),
  })
  const builder = await BuilderPage.open(page, millrace)
  await builder.openFile(document.name)
  await builder.showOutline()
  return builder
}

async function latest(clients: Clients, name: string) {
  const [{ runId }] = await clients.pipeline.listRuns({ pipeline: `pipelines/${name}.json`, limit: 1 })
  return clients.pipeline.describe({ runId })
}

const countsOf = async (builder: BuilderPage, title: string) =>
  ((await builder.node(title).textContent()) ?? '').match(/in ([\d,]+)out ([\d,]+)/)?.slice(1)

test('after a restart the last run stands on the canvas, with its counts, accounts and no rows', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-restart-'))
  const start = () =>
    Millrace.start({ workspace: join(folder, 'workspace'), env: { MILLRACE_HOME: join(folder, 'home') } })
  try {
    let shown: string[] | undefined
    {
      await using first = await start()
      const builder = await openPipeline(page, first, documentOf('again'))
      await expect(builder.status).toContainText('Not run yet')
      await builder.runToEnd()
      await expect(builder.status).toContainText('600 rows')
      shown = await countsOf(builder, 'Checkouts')
    }
    await using second = await start()
    const builder = await BuilderPage.open(page, second)
    await builder.openFile('again')
    await expect(builder.status).toContainText(/succeeded.*ago.*600 rows.*took/)
    await builder.expectCounts('Made', 'out 600')
    expect(await countsOf(builder, 'Checkouts')).toEqual(shown)
    await expect(builder.wire('all')).toContainText('600')
    await builder.showOutline()
    await builder.select('to Checkouts')
    await builder.pane('Rows')
    await expect(page.getByText('Rows are not kept after the run')).toBeVisible()
    await builder.pane('Run')
    await expect(page.getByText('2 accounts agree')).toBeVisible()
    await expect(page.getByRole('grid', { name: 'Nodes of the run' })).toContainText('agrees')
    await look(page, 'builder-after-restart')
    await builder.pane('Timeline')
    await expect(page.getByText('The moments of this run are not kept')).toBeVisible()
    await page.getByRole('button', { name: 'Take the run off the canvas' }).click()
    await expect(builder.status).toContainText('Last run succeeded')
    await builder.pane('History')
    const history = page.getByRole('grid', { name: 'Runs of this pipeline' })
    await history.getByRole('row').nth(1).dblclick()
    await builder.expectCounts('Made', 'out 600')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('pinned rows are what a later run starts from, through edits and their undoing', async ({ page, millrace }) => {
  const builder = await openPipeline(page, millrace, documentOf('pinned'))
  const clients = await millrace.clients()
  await builder.runToEnd()
  await builder.select(/^Made/)
  await builder.pane('Rows')
  await page.getByRole('button', { name: /^Pin \d/ }).click()
  const mark = builder.node('Made').getByLabel(/rows pinned/)
  await expect(mark).toBeVisible()
  const [{ rows: pinned }] = await clients.pipeline.listPins({ path: 'pipelines/pinned.json' })

  await builder.select(/^Checkouts/)
  await page.getByRole('button', { name: 'Run from here' }).click()
  await expect(builder.status).toContainText('from “Checkouts”')
  await expect(builder.status).toContainText('succeeded')
  await builder.expectCounts('Checkouts', `in ${pinned}`)
  await builder.pane('Rows')
  await expect(page.getByRole('grid', { name: /^Rows at/ })).toContainText('/checkout')
  await expect(page.getByRole('grid', { name: /^Rows at/ })).not.toContainText('/search')
  const before = await latest(clients, 'pinned')

  await builder.write('Keep rows where', 'true')
  await expect(builder.status).toContainText('1 change since')
  await page.getByRole('button', { name: 'Run from here' }).click()
  await expect(builder.status).toContainText('succeeded')
  await builder.expectCounts('Checkouts', `in ${pinned}out ${pinned}`)
  await page.getByRole('button', { name: /^Undo/ }).first().click()
  await expect(mark).toBeVisible()
  await page.getByRole('button', { name: 'Run from here' }).click()
  await expect
    .poll(async () => {
      const run = await latest(clients, 'pinned')
      return run.runId !== before.runId && run.endedMs !== undefined && run.fingerprint === before.fingerprint
        ? run.nodes.map((node) => node.rowsOut)
        : null
    })
    .toEqual(before.nodes.map((node) => node.rowsOut))

  await builder.select(/^Made/)
  await page.getByRole('button', { name: /^Unpin/ }).click()
  await expect(mark).toHaveCount(0)
  await builder.select(/^Checkouts/)
  await page.getByRole('button', { name: 'Run from here' }).click()
  await expect(page.getByText('No rows of "Made" are pinned', { exact: false }).first()).toBeVisible()
  await expect(builder.status).toContainText('failed')
})

test('a breakpoint with a condition stops at the row that meets it; a run pauses and goes on', async ({
  page,
  millrace,
}) => {
  const builder = await openPipeline(page, millrace, documentOf('halted', { count: null }))
  await builder.select('to Checkouts')
  await page.getByRole('button', { name: 'Add breakpoint' }).click()
  await builder.write('Stop at rows where', "page = '/cart'")
  await page.getByRole('button', { name: 'Set condition' }).click()
  await page.keyboard.press('F5')
  await expect(builder.status).toContainText('at a breakpoint')
  const row = page.getByRole('region', { name: 'Row as JSON' })
  await expect(row).toContainText('"page": "/cart"')
  await builder.wire('all').getByRole('button', { name: 'Continue' }).click()
  await expect(builder.status).toContainText('at a breakpoint')
  await expect(row).toContainText('"page": "/cart"')
  await builder.select('to Checkouts')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(builder.status).toContainText('paused')
  await page.getByRole('button', { name: 'Continue' }).first().click()
  await expect(builder.status).toContainText('running')

  await page.keyboard.press('F8')
  await expect(builder.status).toContainText('paused')
  const clients = await millrace.clients()
  const still = (await latest(clients, 'halted')).rows
  await page.waitForTimeout(600)
  expect((await latest(clients, 'halted')).rows).toBe(still)
  await page.keyboard.press('F8')
  await expect.poll(async () => (await latest(clients, 'halted')).rows).toBeGreaterThan(still)
  await page.keyboard.press('Shift+F5')
  await expect(builder.status).toContainText('stopped')
})

test('a delivery that is tried again is told of on every screen, with the way to it', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  const { nodes, wires, ...rest } = documentOf('retried', { count: null })
  const config = { name: 'retried', bucket: 'retried', prefix: 'x/', format: 'json', bufferSeconds: 1 }
  const land = { id: 'sink', title: 'Land', kind: 'delivery', version: 1, position: { x: 560, y: 0 }, config }
  const document = { ...rest, nodes: [...nodes.slice(0, 2), land], wires }
  await clients.workspace.writeDocument({ path: 'pipelines/retried.json', text: JSON.stringify(document) })
  const { runId } = await clients.pipeline.start({ path: 'pipelines/retried.json' })
  await expect
    .poll(async () => (await clients.pipeline.describe({ runId })).nodes.find(({ node }) => node === 'sink')?.state)
    .toBe('running')
  await clients.pipeline.pause({ runId })
  await expect(async () => {
    const { objects } = await clients.lake.listObjects({ bucket: 'retried' })
    await clients.lake.deleteObjects({ bucket: 'retried', keys: objects.map(({ key }) => key) })
    await clients.lake.deleteBucket({ bucket: 'retried' })
  }).toPass()
  await clients.pipeline.resume({ runId })

  const shell = await Shell.open(page, millrace)
  await shell.command('Open home')
  await expect(shell.statusBar.getByRole('button', { name: '1 warning' })).toBeVisible()
  const problems = await shell.panel('Problems')
  await problems.getByRole('gridcell', { name: /^Land tries again: .*bucket/ }).dblclick()
  await expect(shell.tab('retried')).toBeVisible()
  await expect(new BuilderPage(page).node('Land')).toBeVisible()
  await clients.pipeline.stop({ runId, mode: 'abandon' })
  await expect(shell.statusBar.getByRole('button', { name: '0 warnings' })).toBeVisible()
})

test('a result is marked as stale by the change that makes it so, and fresh again by undoing it', async ({
  page,
  millrace,
}) => {
  const builder = await openPipeline(page, millrace, documentOf('changed'))
  await builder.runToEnd()
  const stale = (title: string) => builder.node(title).getByText('result of an earlier version')
  await builder.select(/^Checkouts/)
  await builder.write('Keep rows where', "page = '/help'")
  await expect(stale('Checkouts')).toHaveCount(1)
  await expect(stale('Sink')).toHaveCount(1)
  await expect(stale('Made')).toHaveCount(0)
  await expect(builder.status).toContainText('1 change since')
  await look(page, 'builder-stale')

  await page.keyboard.press('F5')
  await expect(builder.status).not.toContainText('since')
  await expect(builder.status).toContainText('succeeded')
  await expect(stale('Checkouts')).toHaveCount(0)
  // Back to the first version by the keyboard: now it is the second run's result that is not this document's.
  await builder.select(/^Checkouts/)
  await page.keyboard.press('Control+z')
  await expect(builder.code('Keep rows where')).toHaveText(/page\s=\s'\/checkout'/)
  await expect(stale('Checkouts')).toHaveCount(1)
  await builder.pane('History')
  const history = page.getByRole('grid', { name: 'Runs of this pipeline' })
  await expect(history.getByRole('row').nth(1)).toContainText('another version')
  await expect(history.getByRole('row').nth(2)).toContainText('as it is now')
  await history.getByRole('row').nth(2).dblclick()
  await expect(builder.status).toContainText('an earlier run')
  await expect(stale('Checkouts')).toHaveCount(0)
})

test('a run at sixty times leaves the clock saying how far ahead it is, at real speed', async ({ page, millrace }) => {
  const builder = await openPipeline(page, millrace, documentOf('ahead', { count: null }))
  const clients = await millrace.clients()
  const aheadMs = async () => {
    const { nowMs, wallMs } = await clients.system.status({})
    return nowMs - wallMs
  }
  const before = await aheadMs()
  // In the bar, whole: a control that is squashed can still be clicked.
  const ofRun = await page.getByRole('combobox', { name: 'Speed of the run' }).boundingBox()
  expect(ofRun!.height).toBeGreaterThan(20)
  await page.keyboard.press('F5')
  await expect.poll(async () => (await aheadMs()) - before, { timeout: 30_000 }).toBeGreaterThan(70_000)
  await page.keyboard.press('Shift+F5')
  await expect(builder.status).toContainText('stopped')
  const speed = page.getByRole('combobox', { name: 'Clock speed' })
  await expect(speed).toHaveText(/^Real time, \d+ [hm] \d\d [ms] ahead$/)
  await speed.hover()
  await expect(page.getByText('Engine time never runs backwards', { exact: false })).toBeVisible()
  expect((await clients.system.status({})).clock).toMatchObject({ mode: 'real', paused: false })
})

test('tabs of one name say what each of them is', async ({ page, millrace }) => {
  const builder = await openPipeline(page, millrace, documentOf('flights-copy'))
  const tab = (text: string) => page.locator('.dv-tab').filter({ hasText: text })
  await expect(tab('flights-copy').locator('.mr-tab-description')).toHaveCount(0)
  await builder.runToEnd()
  await builder.select(/^Sink/)
  await page.getByRole('button', { name: 'Open stream monitor' }).click()
  await expect(tab('flights-copy').locator('.mr-tab-description')).toHaveText(['pipeline', 'stream'])
})

test('a run that fails at a setting says so at that setting', async ({ page, millrace }) => {
  const document = documentOf('lost')
  document.nodes[0] = { ...document.nodes[0], kind: 'replay', title: 'Orders', config: { file: 'data/none.csv' } }
  const builder = await openPipeline(page, millrace, document)
  await builder.runToEnd('failed')
  await page.getByRole('button', { name: 'Go to “Orders”' }).click()
  const file = page.getByRole('combobox', { name: 'File' })
  await expect(file).toBeFocused()
  await expect(file).toHaveAttribute('aria-invalid', 'true')
  const told = page.locator('[data-region=inspector]').getByText('There is no file data/none.csv.')
  await expect(told).toBeVisible()
  await file.fill('sample:airports.csv')
  await file.press('Escape')
  await expect(told).toHaveCount(0)
  await expect(file).not.toHaveAttribute('aria-invalid', 'true')
})
