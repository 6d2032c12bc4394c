import { defineEngine } from '../define.ts'
import { Trust } from '../kit/node/code-trust.ts'
import { ActivityLog } from './activity.ts'
import { Archives } from './archives.ts'
import { Matcher } from './bus.ts'
import type { Destination, EventInput } from './contract.ts'
import { ApiDestinations } from './deliver/api-destinations.ts'
import { Connections } from './deliver/connections.ts'
import { Deliveries } from './deliver/deliveries.ts'
import { apiDestinationOf, busOf } from './deliver/places.ts'
import { invalid, notFound } from './errors.ts'
import { Followed } from './followed.ts'
import { isObject } from './match/leaf-tests.ts'
import { readPattern } from './match/pattern.ts'
import { busName, Rules } from './rules.ts'
import { Schedules } from './schedules.ts'
import { EventStore } from './store.ts'
import { scheduleTimetable } from './time/expression.ts'
import { ScheduleTimer } from './time/timer.ts'

const DELIVERIES_SHOWN = 500

export const engine = defineEngine({
  name: 'events',
  needs: ['workspace', 'functions', 'stream', 'firehose', 'states', 'batch', 'gate'],
  async start(context) {
    const { clock } = context
    const store = new EventStore(context.directory)
    const trust = new Trust({ clients: context.clients, withheld: 'rules and schedules start nothing' })
    const activity = new ActivityLog()
    const timer = new ScheduleTimer(clock)
    const matcher = new Matcher({
      context,
      store,
      onActivity: (happened) => activity.add(happened),
      onDeliveries: () => deliveries.look(),
    })
    const followed = new Followed({ context, store, matcher })
    const reload = () => {
      matcher.reload()
      if (matcher.listens) followed.begin()
      activity.listsChanged()
    }
    const connections = new Connections(context, store)
    await connections.sealOld()
    const apis = new ApiDestinations(context, store, connections)
    const rules = new Rules({
      context,
      requireApiDestination: (target) => apis.require(target),
      store,
      timer,
      onChange: reload,
      fire: (rule, atMs) => matcher.fire(rule, atMs),
    })
    const deliveries = new Deliveries({
      context,
      store,
      trust,
      forward: (to, payload) => forward(to, payload),
      onChange: (delivery) => activity.add({ events: [], deliveries: [delivery] }),
    })
    const schedules = new Schedules({
      context,
      store,
      timer,
      requireBus: (name) => void rules.bus(name),
      onChange: () => activity.listsChanged(),
      onDelivery: (delivery) => {
        activity.add({ events: [], deliveries: [delivery] })
        deliveries.look()
      },
    })
    const archives = new Archives({
      context,
      store,
      bus: (name) => rules.bus(name),
      put: (events, only) => matcher.putNow(events, only),
      onChange: reload,
    })

    /** To an API, or to a bus: an event of a rule as it is, or one that a schedule makes. */
    async function forward(to: Destination, payload: string): Promise<string | undefined> {
      const { arn, event } = to
      if (apiDestinationOf(arn)) return apis.invoke(to, payload)
      const bus = rules.bus(busOf(arn) ?? arn).name
      if (event) {
        await matcher.put([matcher.eventOf({ bus, ...event, detail: payload, resources: [] })])
        return undefined
      }
      const { id, source, time, 'detail-type': detailType } = JSON.parse(payload)
      await matcher.put([{ id, bus, source, detailType, timeMs: Date.parse(time), text: payload, forwarded: true }])
      return undefined
    }

    async function put(entries: readonly EventInput[]) {
      const checked = entries.map((entry) => ({ entry, wrong: faultOf(entry) }))
      const taken = checked.map(({ entry, wrong }) =>
        wrong ? wrong : matcher.eventOf({ ...entry, bus: busName(entry.bus) }),
      )
      await matcher.put(taken.filter((each) => 'id' in each))
      return { entries: taken.map((each) => ('id' in each ? { eventId: each.id } : each)) }
    }

    function faultOf({ detail, bus }: EventInput) {
      if (!isJsonObject(detail)) return { code: 'MalformedDetail', message: 'Detail is malformed.' }
      if (!matcher.hasBus(busName(bus)))
        return { code: 'ResourceNotFoundException', message: `Event bus ${busName(bus)} does not exist.` }
      return undefined
    }

    const tagged = (arn: string) => {
      for (const kind of ['bus', 'rule', 'group'] as const) {
        const thing = store.things(kind).find((each) => each.arn === arn)
        if (thing) return { kind, thing, key: 'bus' in thing ? `${thing.bus}/${thing.name}` : thing.name }
      }
      throw notFound(`Resource ${arn} does not exist.`)
    }

    reload()
    archives.resume()
    const ending = new AbortController()
    const resuming = clock.task(async (task) => {
      const scheduled = [...store.things('rule').filter(({ schedule }) => schedule), ...store.things('schedule')]
      if (scheduled.length === 0 || !(await trust.wait(task, ending.signal, () => {}))) return
      rules.resume()
      schedules.resume()
    })

    return {
      handlers: {
        put: ({ entries }) => put(entries),
        createBus: (input) => rules.createBus(input),
        updateBus: ({ name, description }) => rules.updateBus(name, description),
        deleteBus: ({ name }) => {
          rules.deleteBus(name)
          return {}
        },
        listBuses: () => store.things('bus'),
        putRule: (input) => rules.put(input),
        enableRule: ({ bus, rule, enabled }) => {
          rules.enable(bus, rule, enabled)
          return {}
        },
        deleteRule: ({ bus, rule }) => {
          rules.delete(bus, rule)
          return {}
        },
        listRules: ({ bus }) => rules.list(bus),
        putTargets: async ({ bus, rule, targets }) => {
          await trust.require()
          await rules.putTargets(bus, rule, targets)
          return {}
        },
        removeTargets: ({ bus, rule, ids }) => ({ unknown: rules.removeTargets(bus, rule, ids) }),
        testPattern: ({ pattern, event }) => {
          if (!isJsonObject(event)) throw invalid('Parameter Event is not valid.', 'Event')
          return { matches: readPattern(pattern)(JSON.parse(event)) }
        },
        tag: ({ arn, add, remove }) => {
          const { kind, thing, key } = tagged(arn)
          const tags = Object.entries({ ...thing.tags, ...add }).filter(([name]) => !remove.includes(name))
          store.save(kind, key, { ...thing, tags: Object.fromEntries(tags) } as never)
          return {}
        },
        tagsOf: ({ arn }) => tagged(arn).thing.tags,
        createConnection: (input) => connections.create(input),
        updateConnection: ({ name, ...change }) => connections.update(name, change),
        deleteConnection: ({ name }) => connections.delete(name),
        listConnections: () => connections.list(),
        createApiDestination: (input) => apis.create(input),
        updateApiDestination: ({ name, ...change }) => apis.update(name, change),
        deleteApiDestination: ({ name }) => {
          apis.delete(name)
          return {}
        },
        listApiDestinations: () => apis.list(),
        createArchive: (input) => archives.create(input),
        updateArchive: (input) => archives.update(input),
        deleteArchive: ({ name }) => {
          archives.delete(name)
          return {}
        },
        listArchives: () => archives.list(),
        startReplay: (input) => archives.start(input),
        cancelReplay: ({ name }) => archives.cancel(name),
        listReplays: () => archives.replays(),
        createSchedule: async (input) => {
          await trust.require()
          return schedules.create(input)
        },
        updateSchedule: async (input) => {
          await trust.require()
          return schedules.update(input)
        },
        deleteSchedule: ({ group, name }) => {
          schedules.delete(group, name)
          return {}
        },
        listSchedules: () => schedules.list(),
        createGroup: ({ name, tags }) => schedules.createGroup(name, tags),
        deleteGroup: ({ name }) => {
          schedules.deleteGroup(name)
          return {}
        },
        listGroups: () => store.things('group'),
        previewSchedule: ({ expression, zone, count }) => {
          const nowMs = clock.now()
          const timetable = scheduleTimetable(expression, { zone, anchorMs: nowMs })
          const timesMs: number[] = []
          for (let at = timetable.next(nowMs); at !== undefined && timesMs.length < count; at = timetable.next(at))
            timesMs.push(at)
          return { timesMs }
        },
        watch: (_input, { signal }) => {
          followed.begin()
          return activity.watch(signal, store.deliveries(DELIVERIES_SHOWN))
        },
      },
      async stop() {
        ending.abort()
        await resuming
        await followed.stop()
        timer.stop()
        await archives.stop()
        await deliveries.stop()
        store.close()
      },
    }
  },
})

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text))
  } catch {
    return false
  }
}
