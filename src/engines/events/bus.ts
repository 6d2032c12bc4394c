import type { EngineContext } from '../kit/node/engine.ts'
import { ACCOUNT_ID, DEFAULT_REGION, uuid } from '../kit/pure/ids.ts'
import type { Activity, Delivery, EventInput, SeenEvent } from './contract.ts'
import { inputOf, readPath, timeOf } from './deliver/input.ts'
import { busOf } from './deliver/places.ts'
import { ruleArn } from './errors.ts'
import { type Pattern, readPattern } from './match/pattern.ts'
import type { EventStore, Kept } from './store.ts'

const DAY_MS = 86_400_000

/** An event as it goes to targets: JSON text, in which `detail` is as it was put. */
export interface BusEvent {
  readonly id: string
  readonly bus: string
  readonly source: string
  readonly detailType: string
  readonly timeMs: number
  readonly text: string
  /** It came from another bus: it goes no further ("Sending and receiving events between buses"). */
  readonly forwarded?: boolean
}

export interface BusTools {
  readonly context: Pick<EngineContext<unknown>, 'clock' | 'random'>
  readonly store: EventStore
  readonly onActivity: (activity: Omit<Activity, 'listsChanged'>) => void
  /** Deliveries were added. */
  readonly onDeliveries: () => void
}

type Rule = Kept<'rule'> & { readonly matches?: Pattern | undefined }
type Archive = Kept<'archive'> & { readonly matches: Pattern }

/** Matches events with the rules and archives of their bus, and keeps what is to be delivered. */
export class Matcher {
  private readonly tools: BusTools
  private buses: ReadonlySet<string> = new Set()
  private rules: Rule[] = []
  private archives: Archive[] = []

  constructor(tools: BusTools) {
    this.tools = tools
    this.reload()
  }

  /** Buses, rules or archives have changed. */
  reload(): void {
    const { store } = this.tools
    this.buses = new Set(store.things('bus').map(({ name }) => name))
    const compile = (pattern: string | undefined) => (pattern === undefined ? undefined : readPattern(pattern))
    this.rules = store
      .things('rule')
      .filter(({ enabled, pattern }) => enabled && pattern !== undefined)
      .map((rule) => ({ ...rule, matches: compile(rule.pattern) }))
    this.archives = store
      .things('archive')
      .map((archive) => ({ ...archive, matches: compile(archive.pattern) ?? (() => true) }))
  }

  hasBus(name: string): boolean {
    return this.buses.has(name)
  }

  eventOf({ bus, source, detailType, detail, resources, timeMs }: EventInput): BusEvent {
    const { clock, random } = this.tools.context
    const [id, atMs] = [uuid(random), timeMs ?? clock.now()]
    const head = { version: '0', id, 'detail-type': detailType, source, account: ACCOUNT_ID, time: timeOf(atMs) }
    const text = `${JSON.stringify({ ...head, region: DEFAULT_REGION, resources }).slice(0, -1)},"detail":${detail}}`
    return { id, bus, source, detailType, timeMs: atMs, text }
  }

  /** Whether any event would be kept. */
  get listens(): boolean {
    return this.rules.length > 0 || this.archives.length > 0
  }

  /** Answers once everything that follows from the events is on disk, with what `also` writes where there is anything. */
  async put(events: readonly BusEvent[], also = () => {}): Promise<void> {
    const found = events.map((event) => this.match(event))
    if (found.every(({ rules, archives }) => rules.length === 0 && archives.length === 0)) return this.tell(found, [])
    const deliveries = await this.tools.store.later(() => {
      also()
      return found.flatMap((each) => this.keep(each))
    })
    this.tell(found, deliveries)
  }

  /** The same as a part of another transaction; what it gives back is told after it. */
  putNow(events: readonly BusEvent[], only: readonly string[] = []): () => void {
    const found = events.map((event) => this.match(event, only))
    const deliveries = found.flatMap((each) => this.keep(each))
    return () => this.tell(found, deliveries)
  }

  private match(event: BusEvent, only: readonly string[] = []) {
    const parsed: unknown = JSON.parse(event.text)
    const on = ({ bus, matches }: { bus: string; matches?: Pattern | undefined }) =>
      bus === event.bus && matches!(parsed)
    const rules = this.rules.filter((rule) => (only.length === 0 || only.includes(rule.name)) && on(rule))
    // What is replayed is not archived again.
    const archives = 'replay-name' in (parsed as object) ? [] : this.archives.filter(on)
    return { event, rules, archives }
  }

  private keep({ event, rules, archives }: ReturnType<Matcher['match']>): Delivery[] {
    const { store, context } = this.tools
    const nowMs = context.clock.now()
    for (const { name, retentionDays } of archives) {
      store.archive(name, event.timeMs, event.text)
      if (retentionDays > 0) store.forgetArchived(name, nowMs - retentionDays * DAY_MS)
    }
    return rules.flatMap((rule) =>
      rule.targets
        .filter(({ arn }) => !(event.forwarded && busOf(arn) !== undefined))
        .map((target) => this.keepDelivery(rule, target, event)),
    )
  }

  /** What a target of a rule gets for an event, kept for delivery. */
  private keepDelivery(rule: Kept<'rule'>, target: Rule['targets'][number], event: BusEvent): Delivery {
    const nowMs = this.tools.context.clock.now()
    const { id: _, input: __, inputPath: ___, transformer: ____, partitionKeyPath, ...to } = target
    const key = partitionKeyPath === undefined ? undefined : readPath(partitionKeyPath)(JSON.parse(event.text))
    const reserved = { ruleArn: rule.arn, ruleName: rule.name, ingestionMs: nowMs }
    const payload = inputOf(target, event.text, reserved)
    return this.tools.store.addDelivery({
      from: rule.arn,
      eventId: event.id,
      createdMs: nowMs,
      atMs: nowMs,
      to: { ...to, ...(key !== undefined && key !== null && { partitionKey: String(key) }) },
      payload,
    })
  }

  /** The event of a rule's own schedule goes to its targets, whatever other rules say. */
  fire(rule: Kept<'rule'>, atMs: number): () => void {
    const event = this.eventOf({
      bus: rule.bus,
      source: 'aws.events',
      detailType: 'Scheduled Event',
      detail: '{}',
      resources: [rule.arn],
      timeMs: atMs,
    })
    const deliveries = rule.targets.map((target) => this.keepDelivery(rule, target, event))
    return () => this.tell([{ event, rules: [rule] }], deliveries)
  }

  private tell(found: readonly { event: BusEvent; rules: readonly Kept<'rule'>[] }[], deliveries: Delivery[]): void {
    const events = found.map(({ event, rules }): SeenEvent => {
      const { id, bus, timeMs, source, detailType, text } = event
      return { id, bus, timeMs, source, detailType, event: text, rules: rules.map(({ name }) => ruleArn(bus, name)) }
    })
    this.tools.onActivity({ events, deliveries })
    if (deliveries.length > 0) this.tools.onDeliveries()
  }
}
