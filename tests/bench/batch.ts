import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Millrace } from '../support/millrace.ts'
import { type Bench, count, cpuSeconds, median, pace, type Row } from './harness.ts'

/** The promise is of 10,000; a quick look takes fewer. */
const scale = process.argv.indexOf('--scale')
const JOBS = scale < 0 ? 10_000 : Number(process.argv[scale + 1])
const ARRAY = 10_000
const STARTS = 30

type Clients = Awaited<ReturnType<Millrace['clients']>>

const ended = async ({ batch }: Clients, jobId: string) => {
  for (;;) {
    const [job] = await batch.describeJobs({ jobIds: [jobId] })
    if (job.status === 'SUCCEEDED' || job.status === 'FAILED') return job
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Trivial jobs one after the other out of an array, with the CPU that Millrace itself takes for each. */
async function trivial(clients: Clients, pid: number): Promise<Row[]> {
  const before = cpuSeconds(pid)
  const began = performance.now()
  const array = await clients.batch.submit({ name: 'many', queue: 'q', definition: 'd', arraySize: JOBS })
  const { array: done } = await ended(clients, array.id)
  const seconds = (performance.now() - began) / 1000
  const cpuMs = ((cpuSeconds(pid) - before) * 1000) / JOBS
  return [
    { name: `${count(JOBS)} jobs \`true\`, jobs/s`, value: count(JOBS / seconds) },
    { name: 'succeeded', value: count(done!.counts.SUCCEEDED ?? 0) },
    { name: 'CPU of Millrace a job, ms', value: cpuMs.toFixed(2), target: 'under 5', kept: cpuMs < 5 },
  ]
}

/** What a job waits between its submission and its start, above what starting the same process takes. */
async function latency(clients: Clients): Promise<Row> {
  const own: number[] = []
  const ours: number[] = []
  for (let i = 0; i < STARTS; i++) {
    const began = performance.now()
    const child = spawn('/bin/sh', ['-c', 'date +%s%N'], { stdio: 'ignore', detached: true })
    await once(child, 'exit')
    own.push(performance.now() - began)
    const submitted = Date.now()
    const { id } = await clients.batch.submit({
      name: 'one',
      queue: 'q',
      definition: 'd',
      overrides: { command: ['date', '+%s%N'] },
    })
    await ended(clients, id)
    const { text } = await clients.batch.readLog({ jobId: id })
    ours.push(Number(text.trim().split('\n').at(-1)) / 1e6 - submitted)
  }
  const above = median(ours) - median(own)
  const value = `${above.toFixed(1)} (${median(ours).toFixed(1)} − ${median(own).toFixed(1)})`
  return { name: 'start above the process’s own, ms', value, target: 'under 50', kept: above < 50 }
}

/** Whether others are still answered while an array of 10,000 is submitted, waits and is cancelled. */
async function responsive(clients: Clients): Promise<Row[]> {
  const waits: number[] = []
  let done = false
  const asking = (async () => {
    while (!done) {
      const began = performance.now()
      await clients.batch.countJobs({})
      waits.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  const began = performance.now()
  const { id } = await clients.batch.submit({
    name: 'large',
    queue: 'q',
    definition: 'd',
    arraySize: ARRAY,
    overrides: { command: ['sleep', '1'] },
  })
  const submitMs = performance.now() - began
  await new Promise((resolve) => setTimeout(resolve, 2000))
  await clients.batch.terminate({ jobId: id, reason: 'enough' })
  await ended(clients, id)
  done = true
  await asking
  const worst = Math.max(...waits)
  return [
    { name: `submitting an array of ${count(ARRAY)}, ms`, value: submitMs.toFixed(0) },
    { name: 'an answer meanwhile: median, ms', value: median(waits).toFixed(1) },
    { name: 'the longest, ms', value: worst.toFixed(0), target: 'under 1,000', kept: worst < 1000 },
  ]
}

export const bench: Bench = {
  name: 'batch',
  title: 'Batch: trivial jobs, their start, and an array of 10,000 (8 vCPUs, 1 a job)',
  async run() {
    await using millrace = await Millrace.start({ env: { MILLRACE_CONTAINERS: 'none' } })
    const clients = await millrace.clients()
    await clients.batch.createEnvironment({ name: 'e', kind: 'EC2', maxVcpus: 8 })
    await clients.batch.createQueue({ name: 'q', priority: 1, environments: ['e'] })
    const container = { image: 'none', command: ['true'], vcpus: 1, memoryMiB: 64 }
    await clients.batch.registerDefinition({ name: 'd', container })
    const first = await latency(clients)
    const rows = [first, ...(await trivial(clients, millrace.ready.pid)), ...(await responsive(clients))]
    return [...rows, pace()]
  },
}
