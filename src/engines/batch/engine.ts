import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { defineEngine } from '../define.ts'
import { Trust } from '../kit/node/code-trust.ts'
import { realTime } from '../kit/node/real-time.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { Wake } from '../kit/pure/wake.ts'
import { type Job, STATUSES } from './contract.ts'
import { detail } from './detail.ts'
import { clientError, jobArn } from './errors.ts'
import { attemptOf, Jobs } from './jobs.ts'
import { Library } from './library.ts'
import { Attempts } from './process/attempts.ts'
import { Scheduler } from './schedule/scheduler.ts'
import { spansOf } from './spans.ts'
import { BatchStore } from './store.ts'

const LOG_PART_BYTES = 256 * 1024
const FRONT_OF_QUEUE = 100
/** "We keep your jobs for at least seven days" (Batch user guide, "Job states"). */
const KEPT_MS = 7 * 24 * 3600 * 1000
const CHANGES_KEPT_MS = 24 * 3600 * 1000
const CHANGES_A_READ = 200
const PULSE_MS = 100

export const engine = defineEngine({
  name: 'batch',
  needs: ['workspace', 'gate'],
  async start(context) {
    const store = new BatchStore(context.directory)
    const scheduler = new Scheduler()
    const library = new Library(store, scheduler)
    const trust = new Trust({ clients: context.clients, withheld: 'jobs do not run' })
    const folders = join(context.directory, 'jobs')
    const scripts = join(context.resourcesDirectory, 'process')
    const attempts = new Attempts(folders, scripts, context.workspaceDirectory)
    const changes = new Broadcast<Job>(({ id }) => id)
    const moved = new Wake()
    let turn = 0
    const pulse = new Wake()
    const beat = () => {
      turn++
      pulse.wake()
    }
    store.onThing = beat
    const jobs = new Jobs({
      context,
      store,
      library,
      scheduler,
      attempts,
      onChange: (job) => {
        changes.announce(job)
        moved.wake()
        beat()
      },
    })
    jobs.resume()
    const stopping = new AbortController()
    const waiting = context.clock
      .task((task) => trust.wait(task, stopping.signal, () => {}))
      .then((isTrusted) => isTrusted && jobs.allow())
    const now = context.clock.now()
    for (const id of store.forget({ changesBeforeMs: now - CHANGES_KEPT_MS, endedBeforeMs: now - KEPT_MS }))
      await rm(join(folders, id.replaceAll(':', '_')), { recursive: true, force: true })

    const reconsidered = <T>(done: T): T => {
      jobs.reconsider()
      return done
    }
    const named = (id: string): Job => {
      const job = jobs.find(id)
      if (!job) throw clientError(`Job ${id} does not exist`, 'jobId')
      return job
    }

    const logOf = (jobId: string, attempt?: number) => {
      const job = named(jobId)
      const last = Math.max(1, job.environment === undefined ? job.attempts.length : job.attempts.length + 1)
      return attempts.log(attemptOf(job, attempt ?? last))
    }

    return {
      handlers: {
        registerDefinition: (input) => library.register(input),
        deregisterDefinition: ({ definition }) => {
          library.deregister(definition)
          return {}
        },
        listDefinitions: () => library.listDefinitions(),
        createEnvironment: (input) => reconsidered(library.createEnvironment(input)),
        updateEnvironment: ({ name, ...change }) => reconsidered(library.updateEnvironment(name, change)),
        deleteEnvironment: ({ name }) => {
          library.deleteEnvironment(name)
          return {}
        },
        listEnvironments: () => library.listEnvironments(),
        createQueue: (input) => library.createQueue(input),
        updateQueue: ({ name, ...change }) => reconsidered(library.updateQueue(name, change)),
        deleteQueue: ({ name }) => {
          library.deleteQueue(name)
          return {}
        },
        listQueues: () => library.listQueues(),
        createPolicy: (input) => library.createPolicy(input),
        updatePolicy: ({ name, ...change }) => reconsidered(library.updatePolicy(name, change)),
        deletePolicy: ({ name }) => {
          library.deletePolicy(name)
          return {}
        },
        listPolicies: () => library.listPolicies(),
        tag: ({ arn, add, remove }) => {
          const change = (tags: Record<string, string>) =>
            Object.fromEntries(Object.entries({ ...tags, ...add }).filter(([name]) => !remove.includes(name)))
          if (!library.tag(arn, change)) throw clientError(`Resource ${arn} cannot be tagged`, 'resourceArn')
          return {}
        },
        submit: async (input) => {
          await trust.require()
          jobs.allow()
          return jobs.submit(input)
        },
        describeJobs: ({ jobIds }) => jobIds.flatMap((id) => jobs.find(id) ?? []),
        listJobs: ({ queue, parent, statuses, start, limit }) => {
          if (parent !== undefined) named(parent)
          const name = queue === undefined ? undefined : library.queue(queue).name
          const found = store.list({
            ...(name !== undefined && { queue: name }),
            ...(parent !== undefined && { parent }),
            ...(statuses && { statuses }),
            start,
            limit: limit + 1,
          })
          return { jobs: found.slice(0, limit), more: found.length > limit }
        },
        frontOfQueue: ({ queue }) => {
          const { name } = library.queue(queue)
          return scheduler.front(name, FRONT_OF_QUEUE, context.clock.now()).map((id) => named(id))
        },
        cancel: async ({ jobId, reason }) => {
          await jobs.cancel(jobId, reason)
          return {}
        },
        terminate: async ({ jobId, reason }) => {
          await jobs.terminate(jobId, reason)
          return {}
        },
        countJobs: () =>
          library.listQueues().map(({ name: queue }) => ({
            queue,
            counts: Object.fromEntries(store.counts(queue).map(({ status, count }) => [status, count])),
          })),
        mapArray: ({ jobId }) => {
          named(jobId)
          return {
            states: store
              .childStates(jobId)
              .map((status) => STATUSES.indexOf(status))
              .join(''),
          }
        },
        listSpans: ({ sinceMs, limit }) => {
          const spans = [...jobs.spans(), ...store.endedSince(sinceMs, limit + 1).flatMap(spansOf)]
            .filter(({ stoppedMs }) => stoppedMs === undefined || stoppedMs >= sinceMs)
            .sort((a, b) => b.startedMs - a.startedMs)
          return { spans: spans.slice(0, limit), more: spans.length > limit }
        },
        interrupt: async ({ environment, jobId }) => ({ attempts: await jobs.interrupt(environment, jobId) }),
        readLog: ({ jobId, attempt, from }) => logOf(jobId, attempt).read(from, LOG_PART_BYTES),
        searchLog: ({ jobId, attempt, text, limit }) => logOf(jobId, attempt).search(text, limit),
        async *pulse(_input, { signal }) {
          for (let told = turn; !signal.aborted; ) {
            if (told === turn) await pulse.wait(signal)
            if (signal.aborted) return
            told = turn
            yield { turn }
            await realTime.sleep(PULSE_MS)
          }
        },
        watch: (_input, { signal }) => changes.watch(signal),
        async *changes({ after }, { signal }) {
          let last = after ?? store.lastChange()
          while (!signal.aborted) {
            const waiting = moved.wait(signal)
            const found = store.changesAfter(last, CHANGES_A_READ)
            // Numbers that were told are not given again, whatever becomes of the machine.
            if (found.length > 0) await store.sync()
            for (const { sequence, timeMs, job } of found) {
              yield { sequence, timeMs, jobArn: jobArn(job.id), detail: { ...detail(job) } }
              last = sequence
            }
            if (found.length === 0) await waiting
          }
        },
      },
      /** Processes go on, and are found again at the next start. */
      async stop() {
        stopping.abort()
        jobs.stop()
        await waiting
        attempts.stop()
        store.close()
      },
    }
  },
})
