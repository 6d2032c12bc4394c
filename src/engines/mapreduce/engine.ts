import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineEngine } from '../define.ts'
import { Trust } from '../kit/node/code-trust.ts'
import { realTime } from '../kit/node/real-time.ts'
import { Jobs } from './jobs.ts'
import { Nodes } from './nodes.ts'
import { Pool } from './process/pool.ts'
import { listSamples, prepareSample } from './samples.ts'
import { skewOf } from './skew.ts'
import { MapReduceStore } from './store.ts'
import { jobCounters, jobOf } from './tasks.ts'

const LOG_PART_BYTES = 256 * 1024
const SPECULATE_EVERY_MS = 500
const JOBS_KEPT = 100

export const engine = defineEngine({
  name: 'mapreduce',
  needs: ['hdfs', 'lake', 'workspace'],
  async start(context) {
    const store = new MapReduceStore(context.directory)
    const cores = typeof context.settings.processes === 'number' ? context.settings.processes : availableParallelism()
    const pool = new Pool(cores)
    const nodes = new Nodes({ clients: context.clients, store, workspaceDirectory: context.workspaceDirectory, cores })
    const trust = new Trust({ clients: context.clients, withheld: 'MapReduce jobs do not run' })
    const { jobsKept } = context.settings
    const jobs = new Jobs({
      context,
      store,
      nodes,
      pool,
      jobsKept: typeof jobsKept === 'number' ? jobsKept : JOBS_KEPT,
    })
    const stopping = new AbortController()
    // What an earlier Millrace left goes on once its user trusts the workspace, which may have been brought from elsewhere.
    const resumed = jobs.hasOpen
      ? context.clock.task(async (task) => {
          if (await trust.wait(task, stopping.signal, () => {})) await jobs.resume()
        })
      : Promise.resolve()
    resumed.catch((thrown) => context.log.error('jobs could not be resumed', thrown))
    const looking = realTime.every(SPECULATE_EVERY_MS, () => jobs.speculate())

    return {
      handlers: {
        submit: async (spec) => {
          await trust.require()
          return { id: await jobs.submit(spec) }
        },
        describe: ({ id }) => jobs.find(id).status,
        spec: ({ id }) => jobs.find(id).job.spec,
        list: ({ cluster, limit }) =>
          store
            .list(limit)
            .filter(({ spec }) => cluster === undefined || spec.cluster === cluster)
            .map(({ id }) => jobs.find(id).status),
        async *watch({ id }, { signal }) {
          if (id !== undefined) jobs.find(id)
          yield* jobs.watch(id, signal)
        },
        attempts: ({ id, kind }) => {
          const { maps, reduces } = jobs.find(id)
          const tasks = kind === 'map' ? maps : kind === 'reduce' ? reduces : [...maps, ...reduces]
          return tasks.flatMap((task) => task.attempts.map(({ status }) => status))
        },
        counters: ({ id, attempt }) => {
          const { maps, reduces } = jobs.find(id)
          return attempt === undefined ? jobCounters(maps, reduces) : jobs.attempt(attempt).counters
        },
        logs: ({ attempt, from }) => readPart(jobs.find(jobOf(attempt)).logFile(jobs.attempt(attempt).status.id), from),
        sample: ({ id, stage, attempt, limit }) => {
          const { maps, reduces } = jobs.find(id)
          const all = [...maps, ...reduces].flatMap((task) => task.attempts)
          const wanted = attempt === undefined ? all.filter(({ status }) => !status.rerun) : [jobs.attempt(attempt)]
          return wanted.flatMap(({ samples }) => samples[stage] ?? []).slice(0, limit)
        },
        skew: ({ id }) => skewOf(jobs.find(id)),
        kill: async ({ id, reason }) => {
          await jobs.kill(id, reason)
          return {}
        },
        rerunTask: async ({ id, kind, task }) => {
          await trust.require()
          return { attempt: await jobs.rerun(id, kind, task) }
        },
        setBreakpoints: ({ id, breakpoints }) => {
          jobs.find(id).breakpoints = breakpoints
          return {}
        },
        held: ({ id }) => [...jobs.find(id).held.values()],
        proceed: ({ attempt }) => {
          jobs.proceed(attempt)
          return {}
        },
        samples: () => listSamples(context.resourcesDirectory),
        submitSample: async ({ name }) => {
          await trust.require()
          const specs = await prepareSample(name, context)
          const ids: string[] = []
          for (const spec of specs) ids.push(await jobs.submit({ ...spec, after: ids.slice(-1) }))
          return { ids }
        },
        setNodes: async ({ cluster, nodes: wanted }) => {
          await jobs.setNodes(cluster, wanted)
          return {}
        },
        loseNode: async ({ cluster, node }) => {
          await jobs.loseNode(cluster, node)
          return {}
        },
        nodes: ({ cluster }) => jobs.nodes(cluster),
      },
      async stop() {
        stopping.abort()
        looking.cancel()
        await jobs.stop()
        await pool.stop()
        await resumed.catch(() => {})
        store.close()
      },
    }
  },
})

/** Bytes of a log from a place on, whole characters only. */
function readPart(file: string, from: number): { text: string; next: number } {
  if (!existsSync(file)) return { text: '', next: 0 }
  const handle = openSync(file, 'r')
  try {
    const start = Math.min(from, fstatSync(handle).size)
    const data = Buffer.alloc(LOG_PART_BYTES)
    const read = readSync(handle, data, 0, data.length, start)
    return { text: data.toString('utf8', 0, read), next: start + read }
  } finally {
    closeSync(handle)
  }
}
