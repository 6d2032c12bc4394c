import { Shell } from '../e2e/support/shell.ts'
import { Millrace } from '../support/millrace.ts'
import { drive } from './drive.ts'
import { type Bench, count, cpuSeconds, launchBrowser, pace, type Row, rendererOf } from './harness.ts'
import { measure, smoothnessRows } from './smoothness.ts'

const SHARDS = 100
const RECORDS_PER_SECOND = 100_000
const RECORDS = 500
const BYTES = 100
/** Enough that no request waits for another. */
const CONNECTIONS = 64
const SECONDS = 10
/** The load starts before what is measured, and ends after it. */
const AROUND_SECONDS = 5

/** What the engine's process takes of one core while something lasts. */
async function coresOf(pid: number, during: () => Promise<void>): Promise<number> {
  const [startedMs, before] = [performance.now(), cpuSeconds(pid)]
  await during()
  return (cpuSeconds(pid) - before) / ((performance.now() - startedMs) / 1000)
}

export const bench: Bench = {
  name: 'monitor',
  title: `The stream monitor on ${SHARDS} shards that take ${count(RECORDS_PER_SECOND)} records of ${BYTES} B a second from another process`,
  async run() {
    await using millrace = await Millrace.start()
    const { pid, aws } = millrace.ready
    const { stream } = await millrace.clients()
    await stream.createStream({ stream: 'wide', shardCount: SHARDS, quotas: false })
    const rate = RECORDS_PER_SECOND / RECORDS
    const load = { port: Number(new URL(aws).port), stream: 'wide', records: RECORDS, bytes: BYTES, rate }
    /** The whole load, with something under way in the middle of it. */
    const under = async (during: () => Promise<void>): Promise<number> => {
      const requests = rate * (SECONDS + 2 * AROUND_SECONDS)
      const driven = drive({ ...load, requests, connections: CONNECTIONS })
      await new Promise((done) => setTimeout(done, AROUND_SECONDS * 1000))
      await during()
      return (await driven).recordsPerSecond
    }
    const browser = await launchBrowser()
    const rows: Row[] = []
    try {
      let closed = 0
      await under(async () => {
        closed = await coresOf(pid, () => new Promise((done) => setTimeout(done, SECONDS * 1000)))
      })
      rows.push({ name: 'engines without the monitor, cores', value: closed.toFixed(2) })
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      rows.push({ name: 'renderer', value: await rendererOf(page) })
      const shell = await Shell.open(page, millrace)
      await shell.activity('Streams')
      const monitor = shell.explorer.getByRole('treeitem', { name: /wide/ })
      const views = {
        'a row a shard': () => monitor.dblclick(),
        'by hash range': () => page.getByRole('radio', { name: 'By range' }).click(),
        'hot keys': () => page.getByRole('tab', { name: 'Hot keys' }).click(),
      }
      for (const [view, open] of Object.entries(views)) {
        let cores = 0
        const reached = await under(async () => {
          cores = await coresOf(pid, async () => {
            rows.push(...smoothnessRows(view, await measure(page, open, SECONDS)))
          })
        })
        const kept = reached >= RECORDS_PER_SECOND * 0.98
        rows.push({ name: `${view}: records/s that were put`, value: count(reached), target: 'all of them', kept })
        rows.push({ name: `${view}: engines, cores`, value: cores.toFixed(2) })
      }
    } finally {
      await browser.close()
    }
    return [...rows, pace()]
  },
}
