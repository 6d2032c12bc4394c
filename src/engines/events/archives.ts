import type { z } from 'zod'
import type { EngineContext } from '../kit/node/engine.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { BusEvent } from './bus.ts'
import type { Archive, ArchiveInput, Replay, ReplayInput } from './contract.ts'
import { alreadyExists, archiveArn, invalid, notFound, replayArn } from './errors.ts'
import { readPattern } from './match/pattern.ts'
import type { ArchivePlace, EventStore, Kept } from './store.ts'

const EVENTS_A_STEP = 100
const FIRST: ArchivePlace = { timeMs: Number.MIN_SAFE_INTEGER, ordinal: 0 }

export interface ArchiveTools {
  readonly context: Pick<EngineContext<unknown>, 'clock' | 'log'>
  readonly store: EventStore
  readonly bus: (name: string) => Kept<'bus'>
  /** Puts events within a transaction; what it gives back follows it. */
  readonly put: (events: readonly BusEvent[], rules: readonly string[]) => () => void
  readonly onChange: () => void
}

/** Archives of buses, and replays of what is in them. */
export class Archives {
  private readonly tools: ArchiveTools
  private readonly running = new Map<string, Promise<void>>()
  private closed = false

  constructor(tools: ArchiveTools) {
    this.tools = tools
  }

  /** Replays that a stop has interrupted go on behind the last event that was handed over. */
  resume(): void {
    for (const replay of this.tools.store.things('replay')) if (isUnderWay(replay)) this.begin(replay)
  }

  list(): Archive[] {
    return this.tools.store.things('archive').map((archive) => this.shown(archive))
  }

  create(input: z.infer<typeof ArchiveInput>): Archive {
    const { store, context, bus } = this.tools
    if (input.pattern !== undefined) readPattern(input.pattern)
    const on = bus(input.bus).name
    if (store.things('archive').some(({ name }) => name === input.name))
      throw alreadyExists(`Archive ${input.name} already exists.`)
    return this.keep({ ...input, bus: on, arn: archiveArn(input.name), createdMs: context.clock.now() })
  }

  update({ name, ...change }: Partial<z.infer<typeof ArchiveInput>> & { name: string }): Archive {
    if (change.pattern !== undefined) readPattern(change.pattern)
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
    return this.keep({ ...this.find(name), ...given })
  }

  delete(name: string): void {
    const { store, onChange } = this.tools
    this.find(name)
    store.together(() => {
      store.delete('archive', name)
      store.forgetArchived(name)
    })
    onChange()
  }

  replays(): Replay[] {
    return this.tools.store.things('replay').map(({ place: _, ...replay }) => replay)
  }

  start(input: z.infer<typeof ReplayInput>): Replay {
    const { store, context, onChange } = this.tools
    const archive = this.find(input.archive)
    if (store.things('replay').some(({ name }) => name === input.name))
      throw alreadyExists(`Replay ${input.name} already exists.`)
    if (input.endMs <= input.startMs) throw invalid('EventEndTime must be after EventStartTime.', 'EventEndTime')
    const startedMs = context.clock.now()
    const { bus } = archive
    const replay: Replay = { ...input, bus, arn: replayArn(input.name), state: 'RUNNING', startedMs, replayed: 0 }
    store.save('replay', replay.name, replay)
    onChange()
    this.begin(replay)
    return { ...replay, state: 'STARTING' }
  }

  cancel(name: string): Replay {
    const { store, context, onChange } = this.tools
    const replay = store.things('replay').find((each) => each.name === name)
    if (!replay) throw notFound(`Replay ${name} does not exist.`)
    if (!isUnderWay(replay))
      throw new EngineError('IllegalStatusException', `Replay ${name} is not in a valid state for this operation.`)
    const cancelled: Replay = { ...replay, state: 'CANCELLED', endedMs: context.clock.now() }
    store.save('replay', name, cancelled)
    onChange()
    return { ...cancelled, state: 'CANCELLING' }
  }

  async stop(): Promise<void> {
    this.closed = true
    await Promise.all(this.running.values())
  }

  private begin({ name }: Replay): void {
    const { clock, log } = this.tools.context
    const run = clock
      .task(() => this.run(name))
      .catch((thrown) => log.error(`the replay ${name} failed`, thrown))
      .finally(() => this.running.delete(name))
    this.running.set(name, run)
  }

  /** Steps, each of which hands over events and says so in one transaction: no event is handed over twice. */
  private async run(name: string): Promise<void> {
    const { store, context, put, onChange } = this.tools
    while (!this.closed) {
      const after = await store.later(() => {
        const replay = store.things('replay').find((each) => each.name === name)
        if (!replay || !isUnderWay(replay)) return undefined
        const { archive, startMs, endMs, rules, bus } = replay
        const found = store.archived(archive, {
          startMs,
          endMs,
          after: replay.place ?? FIRST,
          limit: EVENTS_A_STEP,
        })
        const tell = put(
          found.map(({ event }) => replayed(event, bus, name)),
          rules,
        )
        const last = found.at(-1)
        store.save('replay', name, {
          ...replay,
          ...(last
            ? {
                lastEventMs: last.timeMs,
                replayed: replay.replayed + found.length,
                place: { timeMs: last.timeMs, ordinal: last.ordinal },
              }
            : { state: 'COMPLETED', endedMs: context.clock.now() }),
        })
        return { tell, more: last !== undefined }
      })
      after?.tell()
      if (!after?.more) break
    }
    onChange()
  }

  private find(name: string): Kept<'archive'> {
    const found = this.tools.store.things('archive').find((archive) => archive.name === name)
    if (!found) throw notFound(`Archive ${name} does not exist.`)
    return found
  }

  private keep(archive: Kept<'archive'>): Archive {
    this.tools.store.save('archive', archive.name, archive)
    this.tools.onChange()
    return this.shown(archive)
  }

  private shown(archive: Kept<'archive'>): Archive {
    return { ...archive, ...this.tools.store.archivedSize(archive.name) }
  }
}

const isUnderWay = ({ state }: Kept<'replay'>): boolean => state === 'RUNNING'

/** The event as it was, with the name of the replay. */
function replayed(event: string, bus: string, name: string): BusEvent {
  const { id, source, time, 'detail-type': detailType } = JSON.parse(event)
  const text = `${event.slice(0, -1)},"replay-name":${JSON.stringify(name)}}`
  return { id, bus, source, detailType, timeMs: Date.parse(time), text }
}
