import type { Clients } from '../contract.ts'
import type { RecordBatch } from '../kit/pure/batch.ts'
import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import type { Random } from '../kit/pure/random.ts'
import type { PipelineDocument, PipelineNode } from './document.ts'
import { findNode, neighbour, wiresInto, wiresOutOf } from './graph.ts'
import { Barrier, type Inbox } from './inbox.ts'
import type { NodeMeter } from './meters.ts'
import type { DefinedNode, Neighbour, NodeContext, RecordsInput } from './nodes/define.ts'
import { batchBytes, copyBatch } from './nodes/kit/rows.ts'
import { patient, type RealTime, sleepHeld, sleepReal } from './waits.ts'
import { type RecordsWire, type VersionsJoin, type VersionsWire, versionsOutput } from './wires.ts'

/** A node of a run with its ends of the wires. */
export interface Part {
  readonly node: PipelineNode
  readonly kind: DefinedNode
  readonly config: Record<string, unknown>
  readonly meter: NodeMeter
  readonly inboxes: Map<string, Inbox>
  readonly joins: Map<string, VersionsJoin>
  readonly records: Map<string, RecordsWire[]>
  readonly relations: Map<string, VersionsWire[]>
  state: unknown
  /** Left out of a run from a later node: its rows come from pins, its tables are taken as they are. */
  readonly skipped: boolean
}

/** What the nodes of a run share. */
export interface RunScope {
  readonly runId: string
  readonly document: PipelineDocument
  readonly clients: Clients
  readonly clock: Clock
  readonly random: Random
  readonly real: RealTime
  readonly scale: number
  readonly parts: ReadonlyMap<string, Part>
  /** The run is given up. */
  readonly abandon: AbortSignal
  /** Sources shall end. */
  readonly stopping: AbortSignal
}

/** What a node gets to see and do, bound to one loop's hold on the clock. */
export function contextOf(scope: RunScope, part: Part, task: ClockTask): NodeContext<Record<string, unknown>> {
  const { clients, clock, random, scale, real } = scope
  const { meter } = part
  const context: NodeContext<Record<string, unknown>> = {
    id: part.node.id,
    config: part.config,
    pipeline: scope.document.name,
    runId: scope.runId,
    clients,
    clock,
    random: random.fork(part.node.id),
    scale,
    meter,
    signal: scope.abandon,
    stopping: scope.stopping,
    records: (port) => recordsInput(part, port, task),
    out: (port) => {
      const wires = part.records.get(port)
      if (!wires) return null
      return {
        push: async (batch) => {
          meter.out(batch.count, batchBytes(batch))
          await pushAll(wires, task, batch)
        },
        mark: async () => {
          const barrier = new Barrier()
          barrier.split(wires.length)
          for (const wire of wires) await wire.follow(task, barrier)
          barrier.pass()
          return { settled: barrier.passed }
        },
      }
    },
    versions: (port) => part.joins.get(port)?.reader(task) ?? null,
    relation: (port) => {
      const wires = part.relations.get(port)
      return wires ? versionsOutput(wires) : null
    },
    neighbours: (port) => neighboursAt(scope, part, port),
    branch: (work) => clock.task((own) => work(contextOf(scope, part, own))),
    patient: (answer) => patient(answer, task, real),
    holdFor: (caughtUp) => sleepHeld(caughtUp, scope.abandon, real),
    sleepUntil: async (timeMs) => {
      if (scope.stopping.aborted) return
      await task.sleepUntil(timeMs, scope.stopping).catch(() => {})
      if (scope.abandon.aborted) throw scope.abandon.reason
    },
    sleepReal: (ms, wake) => task.idle(sleepReal(ms, wake, scope.abandon, real)),
    idle: (wait) => task.idle(wait),
  }
  return context
}

function recordsInput(part: Part, port: string, task: ClockTask): RecordsInput | null {
  const inbox = part.inboxes.get(port)
  if (!inbox) return null
  const waiting: Barrier[] = []
  const counted = (batch: RecordBatch): RecordBatch => {
    part.meter.in(batch.count, batchBytes(batch))
    return batch
  }
  const settle = async () => {
    if (!input.unsettled) for (const barrier of waiting.splice(0)) await forward(part, task, barrier)
  }
  const take = async (untilMs?: number): Promise<RecordBatch | null | 'due'> => {
    for (;;) {
      await settle()
      const item = await inbox.take(task, untilMs)
      if (item instanceof Barrier) waiting.push(item)
      else return item === null || item === 'due' ? item : counted(item)
    }
  }
  const input: RecordsInput = {
    unsettled: false,
    take: async () => (await take()) as RecordBatch | null,
    takeUntil: take,
    takeReady: () => {
      const item = waiting.length > 0 ? undefined : inbox.takeReady()
      if (item instanceof Barrier) waiting.push(item)
      return item && !(item instanceof Barrier) ? counted(item) : null
    },
  }
  return input
}

/** A stream keeps what it has taken; the others have dealt with it once their own sinks have. */
async function forward(part: Part, task: ClockTask, barrier: Barrier): Promise<void> {
  const wires = part.kind.group === 'Streams' ? [] : [...part.records.values()].flat()
  barrier.split(wires.length)
  for (const wire of wires) await wire.follow(task, barrier)
  barrier.pass()
}

function neighboursAt(scope: RunScope, part: Part, port: string): Neighbour[] {
  const id = part.node.id
  const ids = [
    ...wiresInto(scope.document, id, port).map((wire) => wire.from.node),
    ...wiresOutOf(scope.document, id, port).map((wire) => wire.to.node),
  ]
  return ids.map((other) => neighbour(findNode(scope.document, other)!, scope.parts.get(other)!.config))
}

/** A batch changes hands with each push, so every wire but one gets a copy. */
export async function pushAll(wires: readonly RecordsWire[], task: ClockTask, batch: RecordBatch): Promise<void> {
  if (batch.count === 0) return
  for (let i = 0; i < wires.length; i++) await wires[i].push(task, i === wires.length - 1 ? batch : copyBatch(batch))
}
