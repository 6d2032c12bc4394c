import type { EngineContext } from '../kit/node/engine.ts'
import { ACCOUNT_ID, DEFAULT_REGION, uuid } from '../kit/pure/ids.ts'
import { DEFAULT_GROUP, type Delivery, type Schedule, type ScheduleInput } from './contract.ts'
import { scheduleInputOf, timeOf } from './deliver/input.ts'
import { busOf, checkPlace, type TargetClients } from './deliver/places.ts'
import { alreadyExists, groupArn, invalid, notFound, scheduleArn } from './errors.ts'
import type { EventStore, Kept } from './store.ts'
import { isOneTime, scheduleTimetable, within } from './time/expression.ts'
import type { ScheduleTimer } from './time/timer.ts'

const keyOf = (group: string, name: string): string => `${group}/${name}`
const MINUTE_MS = 60_000

export interface ScheduleTools {
  readonly context: Pick<EngineContext<TargetClients>, 'clock' | 'random' | 'clients'>
  readonly store: EventStore
  readonly timer: ScheduleTimer
  /** Refuses a bus that is not there. */
  readonly requireBus: (name: string) => void
  readonly onDelivery: (delivery: Delivery) => void
  readonly onChange: () => void
}

/** EventBridge Scheduler: groups, and schedules that hand their input to a target at their times. */
export class Schedules {
  private readonly tools: ScheduleTools

  constructor(tools: ScheduleTools) {
    this.tools = tools
    if (tools.store.things('group').length === 0) this.createGroup(DEFAULT_GROUP, {})
  }

  /** Schedules go on where they were. */
  resume(): void {
    for (const schedule of this.tools.store.things('schedule')) this.arm(schedule)
  }

  list(): Schedule[] {
    const { store, timer } = this.tools
    return store.things('schedule').map((schedule) => ({ ...schedule, nextMs: timer.nextOf(schedule.arn) }))
  }

  find(group: string, name: string): Kept<'schedule'> {
    const found = this.tools.store.things('schedule').find((each) => each.group === group && each.name === name)
    if (!found) throw notFound(`Schedule ${name} does not exist.`)
    return found
  }

  async create(input: ScheduleInput): Promise<Schedule> {
    const { store, context } = this.tools
    this.group(input.group)
    if (store.things('schedule').some(({ group, name }) => group === input.group && name === input.name))
      throw alreadyExists(`Schedule ${input.name} already exists.`)
    const nowMs = context.clock.now()
    return this.keep(input, nowMs, nowMs - 1)
  }

  /** All of it is given anew (UpdateSchedule): what is left out has its default. */
  async update(input: ScheduleInput): Promise<Schedule> {
    const { createdMs } = this.find(input.group, input.name)
    return this.keep(input, createdMs, this.tools.context.clock.now())
  }

  delete(group: string, name: string): void {
    this.remove(this.find(group, name))
    this.tools.onChange()
  }

  group(name: string): Kept<'group'> {
    const found = this.tools.store.things('group').find((group) => group.name === name)
    if (!found) throw notFound(`Schedule group ${name} does not exist.`)
    return found
  }

  createGroup(name: string, tags: Record<string, string>): Kept<'group'> {
    const { store, context } = this.tools
    if (store.things('group').some((group) => group.name === name))
      throw alreadyExists(`Schedule group ${name} already exists.`)
    const nowMs = context.clock.now()
    const group = { name, arn: groupArn(name), tags, createdMs: nowMs, modifiedMs: nowMs }
    store.save('group', name, group)
    return group
  }

  /** Its schedules go with it. */
  deleteGroup(name: string): void {
    if (name === DEFAULT_GROUP) throw invalid('The default schedule group cannot be deleted.')
    this.group(name)
    for (const schedule of this.tools.store.things('schedule')) if (schedule.group === name) this.remove(schedule)
    this.tools.store.delete('group', name)
    this.tools.onChange()
  }

  private async keep(input: ScheduleInput, createdMs: number, beginsMs: number): Promise<Schedule> {
    const { store, timer, context, onChange } = this.tools
    const arn = scheduleArn(input.group, input.name)
    const schedule: Kept<'schedule'> = { ...input, arn, createdMs, modifiedMs: context.clock.now() }
    await this.check(schedule)
    store.together(() => {
      store.save('schedule', keyOf(input.group, input.name), schedule)
      store.saveTick(arn, beginsMs)
    })
    this.arm(schedule)
    onChange()
    return { ...schedule, nextMs: timer.nextOf(arn) }
  }

  private async check(schedule: Kept<'schedule'>): Promise<void> {
    const { startMs, endMs, target } = schedule
    timetableOf(schedule)
    if (startMs !== undefined && endMs !== undefined && endMs <= startMs)
      throw invalid('The EndDate must come after the StartDate.', 'EndDate')
    const bus = busOf(target.arn)
    if (bus !== undefined) {
      if (!target.event) throw invalid('EventBridgeParameters are required for an event bus target.', 'Target')
      requireJson(target.input ?? '{}')
      this.tools.requireBus(bus)
    } else await checkPlace(this.tools.context.clients, target, 'schedule')
    if (target.arn.includes(':aws-sdk:')) requireJson(target.input ?? '')
  }

  private arm(schedule: Kept<'schedule'>): void {
    const { store, timer } = this.tools
    const { group, name, arn, enabled } = schedule
    const lastMs = store.lastTick(arn)
    if (!enabled || lastMs === undefined) timer.delete(arn)
    else
      timer.set({
        id: arn,
        timetable: timetableOf(schedule),
        lastMs,
        fire: (atMs) => this.fire(this.find(group, name), atMs),
        done: () => {
          if (schedule.afterCompletion !== 'DELETE') return
          this.remove(schedule)
          this.tools.onChange()
        },
      })
  }

  private fire({ arn, target, windowMinutes }: Kept<'schedule'>, atMs: number): void {
    const { store, context, onDelivery } = this.tools
    const { input, ...to } = target
    const id = uuid(context.random)
    const payload = scheduleInputOf(input ?? eventOfSchedule(arn, atMs, id), { arn, atMs, id })
    const lateMs = windowMinutes === 0 ? 0 : context.random.int(windowMinutes * MINUTE_MS)
    const delivery = store.together(() => {
      store.saveTick(arn, atMs)
      return store.addDelivery({ from: arn, createdMs: atMs, atMs: atMs + lateMs, to, payload })
    })
    onDelivery(delivery)
  }

  private remove({ group, name, arn }: Kept<'schedule'>): void {
    const { store, timer } = this.tools
    store.together(() => {
      store.delete('schedule', keyOf(group, name))
      store.deleteTick(arn)
    })
    timer.delete(arn)
  }
}

/** StartDate and EndDate mean nothing to one time. */
function timetableOf({ expression, zone, startMs, endMs, createdMs }: Kept<'schedule'>) {
  const timetable = scheduleTimetable(expression, { zone, anchorMs: startMs ?? createdMs })
  return isOneTime(expression) ? timetable : within(timetable, { startMs, endMs })
}

/** What a target gets of a schedule that has no input. */
function eventOfSchedule(arn: string, atMs: number, id: string): string {
  return JSON.stringify({
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: ACCOUNT_ID,
    time: timeOf(atMs),
    region: DEFAULT_REGION,
    resources: [arn],
    detail: '{}',
  })
}

function requireJson(text: string): void {
  try {
    JSON.parse(text)
  } catch {
    throw invalid('The Input of this target must be JSON.', 'Target.Input')
  }
}
