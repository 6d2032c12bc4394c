import type { z } from 'zod'
import type { EngineContext } from '../kit/node/engine.ts'
import { type BusInput, DEFAULT_BUS, type Rule, type RuleInput, type Target } from './contract.ts'
import { checkInput } from './deliver/input.ts'
import { apiDestinationOf, busOf, checkPlace, type TargetClients } from './deliver/places.ts'
import { alreadyExists, busArn, invalid, limitExceeded, notFound, ruleArn } from './errors.ts'
import { readPattern } from './match/pattern.ts'
import type { EventStore, Kept } from './store.ts'
import { ruleTimetable } from './time/expression.ts'
import type { ScheduleTimer } from './time/timer.ts'

/** EventBridge quotas. */
const BUSES_MAX = 100
const RULES_MAX = 300
const TARGETS_MAX = 5

const keyOf = (bus: string, rule: string): string => `${bus}/${rule}`
/** A bus is named by its name or its ARN. */
export const busName = (text: string): string => busOf(text) ?? text

export interface RuleTools {
  readonly context: Pick<EngineContext<TargetClients>, 'clock' | 'clients'>
  readonly store: EventStore
  readonly timer: ScheduleTimer
  /** Buses or rules have changed: what matches events reads them again. */
  readonly onChange: () => void
  /** Refuses a target whose API destination is not there, or that does not fill its path. */
  readonly requireApiDestination: (target: Target) => void
  /** A rule is due by its own schedule, within a transaction; what it gives back follows it. */
  readonly fire: (rule: Kept<'rule'>, atMs: number) => () => void
}

/** Event buses, rules and their targets. */
export class Rules {
  private readonly tools: RuleTools

  constructor(tools: RuleTools) {
    this.tools = tools
    const { store, context } = tools
    if (store.things('bus').length === 0) {
      const nowMs = context.clock.now()
      const bus = { name: DEFAULT_BUS, arn: busArn(DEFAULT_BUS), tags: {}, createdMs: nowMs, modifiedMs: nowMs }
      store.save('bus', DEFAULT_BUS, bus)
    }
  }

  /** Schedules go on where they were. */
  resume(): void {
    for (const rule of this.tools.store.things('rule')) this.arm(rule)
  }

  bus(text: string): Kept<'bus'> {
    const found = this.tools.store.things('bus').find(({ name }) => name === busName(text))
    if (!found) throw notFound(`Event bus ${busName(text)} does not exist.`)
    return found
  }

  createBus(input: z.infer<typeof BusInput>): Kept<'bus'> {
    const { store, context, onChange } = this.tools
    const buses = store.things('bus')
    if (buses.some(({ name }) => name === input.name)) throw alreadyExists(`Event bus ${input.name} already exists.`)
    if (buses.length >= BUSES_MAX) throw limitExceeded('The requested resource exceeds the maximum number allowed.')
    const nowMs = context.clock.now()
    const bus = { ...input, arn: busArn(input.name), createdMs: nowMs, modifiedMs: nowMs }
    store.save('bus', bus.name, bus)
    onChange()
    return bus
  }

  updateBus(name: string, description: string | undefined): Kept<'bus'> {
    const bus = { ...this.bus(name), description, modifiedMs: this.tools.context.clock.now() }
    this.tools.store.save('bus', bus.name, bus)
    return bus
  }

  deleteBus(text: string): void {
    const name = busName(text)
    const { store, onChange } = this.tools
    if (name === DEFAULT_BUS) throw invalid('Cannot delete event bus default.')
    if (store.things('rule').some(({ bus }) => bus === name))
      throw invalid('Event bus can not be deleted as it has attached rules. All rules must be deleted first.')
    if (store.things('archive').some(({ bus }) => bus === name))
      throw invalid(`Event bus ${name} has archives. They must be deleted first.`)
    // Of a bus that is not there, the service says nothing.
    store.delete('bus', name)
    onChange()
  }

  list(bus: string | undefined): Rule[] {
    const { store, timer } = this.tools
    const name = bus === undefined ? undefined : this.bus(bus).name
    return store
      .things('rule')
      .filter((rule) => name === undefined || rule.bus === name)
      .map((rule) => ({ ...rule, nextMs: timer.nextOf(rule.arn) }))
  }

  find(bus: string, name: string): Kept<'rule'> {
    const on = this.bus(bus).name
    const found = this.tools.store.things('rule').find((rule) => rule.bus === on && rule.name === name)
    if (!found) throw notFound(`Rule ${name} does not exist on EventBus ${on}.`)
    return found
  }

  put(input: z.infer<typeof RuleInput>): Rule {
    const { store, context, timer } = this.tools
    const bus = this.bus(input.bus).name
    const { name, pattern, schedule } = input
    if (pattern === undefined && schedule === undefined)
      throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
    if (schedule !== undefined && bus !== DEFAULT_BUS)
      throw invalid('ScheduleExpression is supported only on the default event bus.', 'ScheduleExpression')
    if (pattern !== undefined) readPattern(pattern)
    const nowMs = context.clock.now()
    if (schedule !== undefined) ruleTimetable(schedule, nowMs)
    const rules = store.things('rule').filter((rule) => rule.bus === bus)
    const old = rules.find((rule) => rule.name === name)
    if (!old && rules.length >= RULES_MAX)
      throw limitExceeded('The requested resource exceeds the maximum number allowed.')
    const rule: Kept<'rule'> = {
      ...input,
      bus,
      arn: ruleArn(bus, name),
      createdMs: old?.createdMs ?? nowMs,
      targets: old?.targets ?? [],
      // Tags of a rule that is there already are left as they are (PutRule, "Tags").
      tags: old?.tags ?? input.tags,
    }
    // A rate counts from when it was last given.
    const counts = old?.enabled === rule.enabled && old.schedule === schedule
    this.keep(rule, counts ? undefined : nowMs)
    return { ...rule, nextMs: timer.nextOf(rule.arn) }
  }

  enable(bus: string, name: string, enabled: boolean): void {
    const rule = this.find(bus, name)
    if (rule.enabled !== enabled) this.keep({ ...rule, enabled }, this.tools.context.clock.now())
  }

  delete(bus: string, name: string): void {
    const { store, timer, onChange } = this.tools
    const on = this.bus(bus).name
    const rule = store.things('rule').find((each) => each.bus === on && each.name === name)
    if (!rule) return
    if (rule.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.")
    store.together(() => {
      store.delete('rule', keyOf(on, name))
      store.deleteTick(rule.arn)
    })
    timer.delete(rule.arn)
    onChange()
  }

  async putTargets(bus: string, name: string, targets: readonly Target[]): Promise<void> {
    for (const target of targets) await this.check(target)
    const rule = this.find(bus, name)
    const ids = targets.map(({ id }) => id)
    const all = [...rule.targets.filter(({ id }) => !ids.includes(id)), ...targets]
    if (all.length > TARGETS_MAX) throw limitExceeded('The requested resource exceeds the maximum number allowed.')
    this.keep({ ...rule, targets: all })
  }

  /** Gives back the ids that are not among them. */
  removeTargets(bus: string, name: string, ids: readonly string[]): string[] {
    const rule = this.find(bus, name)
    this.keep({ ...rule, targets: rule.targets.filter(({ id }) => !ids.includes(id)) })
    return ids.filter((id) => !rule.targets.some((target) => target.id === id))
  }

  private async check(target: Target): Promise<void> {
    checkInput(target)
    const bus = busOf(target.arn)
    if (bus !== undefined) this.bus(bus)
    else if (apiDestinationOf(target.arn)) this.tools.requireApiDestination(target)
    else await checkPlace(this.tools.context.clients, target, 'rule')
  }

  private keep(rule: Kept<'rule'>, beginsMs?: number): void {
    const { store, onChange } = this.tools
    store.together(() => {
      store.save('rule', keyOf(rule.bus, rule.name), rule)
      if (beginsMs !== undefined) store.saveTick(rule.arn, beginsMs)
    })
    this.arm(rule, beginsMs)
    onChange()
  }

  private arm({ bus, name, arn, schedule, enabled }: Kept<'rule'>, beginsMs?: number): void {
    const { store, timer, fire } = this.tools
    const lastMs = beginsMs ?? store.lastTick(arn)
    if (schedule === undefined || !enabled || lastMs === undefined) timer.delete(arn)
    else
      timer.set({
        id: arn,
        timetable: ruleTimetable(schedule, lastMs),
        lastMs,
        fire: (atMs) => {
          const after = store.together(() => {
            store.saveTick(arn, atMs)
            return fire(this.find(bus, name), atMs)
          })
          after()
        },
      })
  }
}
