import type { Clock } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { configOf } from './check.ts'
import type { Part } from './context.ts'
import type { PipelineDocument, PipelineNode, Wire } from './document.ts'
import { wiresInto } from './graph.ts'
import { Inbox } from './inbox.ts'
import { NodeMeter } from './meters.ts'
import { nodeKind } from './nodes/index.ts'
import { RecordsWire, VersionsJoin, type VersionsWire, type WireOptions } from './wires.ts'

export interface Assembly {
  readonly parts: ReadonlyMap<string, Part>
  readonly wires: ReadonlyMap<string, RecordsWire | VersionsWire>
}

/** Makes a part of every node, and joins them by wires. */
export function assemble(
  document: PipelineDocument,
  clock: Clock,
  isSkipped: (nodeId: string) => boolean,
  options: Omit<WireOptions, 'gated'>,
): Assembly {
  const parts = new Map(document.nodes.map((node) => [node.id, partOf(document, clock, node, isSkipped(node.id))]))
  const wires = new Map(document.wires.map((wire) => [wire.id, connect(wire, parts, options)]))
  return { parts, wires }
}

function partOf(document: PipelineDocument, clock: Clock, node: PipelineNode, skipped: boolean): Part {
  const kind = nodeKind(node.kind)
  const config = configOf(node)
  if (!kind || !config)
    throw new EngineError('InvalidPipeline', `The node ${node.id} cannot run.`, { at: { node: node.id } })
  const part: Part = {
    node,
    kind,
    config,
    meter: new NodeMeter(node.id),
    inboxes: new Map(),
    joins: new Map(),
    records: new Map(),
    relations: new Map(),
    state: undefined,
    skipped,
  }
  for (const port of kind.inputs) {
    const wires = wiresInto(document, node.id, port.name)
    if (wires.length === 0) continue
    if (port.type === 'records') part.inboxes.set(port.name, new Inbox(clock, wires.length))
    else part.joins.set(port.name, new VersionsJoin(clock))
  }
  return part
}

function connect(
  wire: Wire,
  parts: ReadonlyMap<string, Part>,
  options: Omit<WireOptions, 'gated'>,
): RecordsWire | VersionsWire {
  const from = parts.get(wire.from.node)!
  const to = parts.get(wire.to.node)!
  const inbox = to.inboxes.get(wire.to.port)
  if (inbox) {
    const gated = from.kind.group === 'Sources' || from.kind.group === 'Streams'
    const records = new RecordsWire(wire.id, inbox, { ...options, gated })
    from.records.set(wire.from.port, [...(from.records.get(wire.from.port) ?? []), records])
    return records
  }
  const relation = to.joins.get(wire.to.port)!.add(wire.id)
  from.relations.set(wire.from.port, [...(from.relations.get(wire.from.port) ?? []), relation])
  return relation
}
