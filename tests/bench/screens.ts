import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clients } from '../../src/engines/contract.ts'
import { Shell } from '../e2e/support/shell.ts'
import { Millrace } from '../support/millrace.ts'
import { type Bench, launchBrowser, pace, type Row, rendererOf, root } from './harness.ts'
import { measure, smoothnessRows } from './smoothness.ts'

const SECONDS = 10
const SAMPLE = 'pipelines/flights.json'

/** Opens what an explorer lists, as a double click does. */
const open = (activity: string, name: RegExp) => async (shell: Shell) => {
  await shell.activity(activity)
  await shell.explorer.getByRole('treeitem', { name }).last().dblclick()
}

const SCREENS = [
  { name: 'home', open: (shell: Shell) => shell.activity('Home') },
  { name: 'builder', open: open('Pipelines', /flights/) },
  { name: 'stream monitor', open: open('Streams', /flights/) },
  { name: 'SQL', open: open('SQL', /delays-by-hour/) },
  { name: 'dashboard', open: open('Dashboards', /Flights of 2001/) },
] as const

/** Begins the sample anew at full speed, whatever run of it is under way. */
async function runSample(clients: Clients): Promise<void> {
  const [last] = await clients.pipeline.listRuns({ pipeline: SAMPLE, limit: 1 })
  if (last && last.endedMs === undefined) {
    await clients.pipeline.stop({ runId: last.runId, mode: 'abandon' })
    for await (const { endedMs } of clients.pipeline.watch({ runId: last.runId })) if (endedMs !== undefined) break
  }
  const { runId } = await clients.pipeline.start({ path: SAMPLE, speed: null })
  for await (const { state } of clients.pipeline.watch({ runId })) if (state === 'running') break
}

export const bench: Bench = {
  name: 'screens',
  title: `Every screen for ${SECONDS} s, its opening included, while the sample runs at full speed in the same two cores`,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-screens-'))
    const workspace = join(folder, 'workspace')
    cpSync(join(root, 'resources', 'samples', 'flights'), workspace, { recursive: true })
    const browser = await launchBrowser()
    const rows: Row[] = []
    try {
      await using millrace = await Millrace.start({ workspace })
      const clients = await millrace.clients()
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      rows.push({ name: 'renderer', value: await rendererOf(page) })
      const shell = await Shell.open(page, millrace)
      for (const { name, open } of SCREENS) {
        await runSample(clients)
        rows.push(...smoothnessRows(name, await measure(page, () => open(shell), SECONDS)))
      }
    } finally {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    }
    return [...rows, pace()]
  },
}
