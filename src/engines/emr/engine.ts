import { join } from 'node:path'
import { defineEngine } from '../define.ts'
import { Trust } from '../kit/node/code-trust.ts'
import { EventAnnouncements } from '../kit/node/event-announcements.ts'
import { readPrices } from '../kit/node/prices.ts'
import { Launcher } from '../kit/node/process/launcher.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { Clusters } from './clusters.ts'
import type { Cluster, Step } from './contract.ts'
import { costOf } from './model/cost.ts'
import { hourlyUsd } from './model/instance-types.ts'
import { nextPriceMs, spotUsd } from './model/spot.ts'
import { planOf } from './run/plan.ts'
import { readRuntimes } from './run/runtimes.ts'
import { SecurityConfigurations } from './security.ts'
import { EmrStore } from './store.ts'

export const engine = defineEngine({
  name: 'emr',
  needs: ['workspace', 'gate', 'lake', 'hdfs', 'mapreduce', 'athena', 'cloudwatch', 'events'],
  async start(context) {
    const { directory, resourcesDirectory, workspaceDirectory, clients, clock } = context
    const store = new EmrStore(directory)
    const processes = new Launcher({
      mark: 'MILLRACE_EMR_PROCESS',
      workspace: workspaceDirectory,
      directory: join(directory, 'clusters'),
      scripts: join(resourcesDirectory, 'process'),
      outputs: ['stdout', 'stderr'],
    })
    const trust = new Trust({ clients, withheld: 'steps and bootstrap actions do not run' })
    const changes = new Broadcast<Cluster>(({ id }) => id)
    const stepChanges = new Broadcast<Step>(({ id }) => id)
    const announcements = new EventAnnouncements(context, {
      db: store.db,
      mark: join(directory, 'announcing'),
      isBusy: () => clusters.isBusy(),
    })
    const security = new SecurityConfigurations(store, clock)
    const prices = () => readPrices(context)
    const runtimes = () => readRuntimes(workspaceDirectory, process.env)
    const clusters = new Clusters(
      {
        context,
        store,
        processes,
        prices,
        runtimes,
        plan: (step, cluster) => planOf(step, { runtimes: runtimes(), cluster, workspaceDirectory }),
        keep(events, write) {
          const last = events.at(-1)
          for (const event of events.slice(0, -1)) announcements.announce(event)
          if (last) announcements.announce(last, write)
          else write()
        },
        requireTrust: () => trust.require(),
        onChange: (cluster) => changes.announce(cluster),
        onStep: (step) => stepChanges.announce(step),
      },
      security,
    )
    clusters.resume()

    return {
      handlers: {
        run: async (input) => {
          await trust.require()
          return clusters.run(input)
        },
        describe: ({ cluster }) => {
          const found = clusters.get(cluster)
          const table = prices()
          const sharing = table.reserved?.length ? clusters.list() : [found]
          return { ...found, cost: costOf(found, sharing, clock.now(), table) }
        },
        list: () => clusters.list(),
        watch: (_input, { signal }) => changes.watch(signal, clusters.list()),
        terminate: ({ cluster }) => {
          clusters.terminate(cluster)
          return {}
        },
        modify: ({ cluster, ...change }) => clusters.modify(cluster, change),
        tag: ({ cluster, add, remove }) => {
          clusters.tag(cluster, add, remove)
          return {}
        },
        addGroups: ({ cluster, groups }) => ({ ids: clusters.addGroups(cluster, groups) }),
        resize: ({ cluster, ...change }) => {
          clusters.resize(cluster, change)
          return {}
        },
        addSteps: async ({ cluster, steps }) => {
          await trust.require()
          return { ids: clusters.addSteps(cluster, steps) }
        },
        listSteps: ({ cluster }) => [...clusters.steps(cluster)],
        async *watchSteps({ cluster }, { signal }) {
          for await (const step of stepChanges.watch(signal, clusters.steps(cluster)))
            if (step.cluster === cluster) yield step
        },
        cancelSteps: ({ cluster, steps, kill }) =>
          steps.map((step) => {
            const reason = clusters.live(cluster).steps.cancel(step, kill)
            return { step, submitted: reason === undefined, reason: reason ?? '' }
          }),
        readLog: ({ cluster, step, file, from }) => clusters.logs(cluster, step).read(file, from),
        loseInstance: ({ cluster, instance }) => {
          clusters.loseInstance(cluster, instance)
          return {}
        },
        interruptInstance: ({ cluster, instance }) => {
          clusters.interruptInstance(cluster, instance)
          return {}
        },
        spotPrices: ({ type, zone, startMs, endMs }) => {
          const { ec2: onDemandUsd } = hourlyUsd(type, prices())
          const points = []
          for (let timeMs = startMs; timeMs < endMs; timeMs = nextPriceMs(timeMs))
            points.push({ timeMs, usd: spotUsd(type, zone, timeMs, onDemandUsd) })
          return { onDemandUsd, points }
        },
        createSecurityConfiguration: ({ name, text }) => security.create(name, text),
        deleteSecurityConfiguration: ({ name }) => {
          security.delete(name, clusters.list())
          return {}
        },
        listSecurityConfigurations: () => store.securityConfigurations(),
      },
      /** Processes go on, and are found again at the next start. */
      async stop() {
        await clusters.stop()
        await announcements.stop()
        processes.stop()
        store.close()
      },
    }
  },
})
