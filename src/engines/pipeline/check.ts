import type { Problem } from './contract.ts'
import type { PipelineDocument, PipelineNode, Wire } from './document.ts'
import { findCycle, findNode, neighbour, wiresInto, wiresOutOf } from './graph.ts'
import type { Asked, DefinedNode, Neighbour } from './nodes/define.ts'
import { nodeKind, nodeKinds } from './nodes/index.ts'

/** Everything that keeps a pipeline from running, and what may surprise, each with its node, field or wire. Pure: names no resource that must exist. */
export function checkPipeline(document: PipelineDocument): Problem[] {
  const problems = [
    ...duplicateIds(document),
    ...document.nodes.flatMap((node) => checkNode(document, node)),
    ...document.wires.flatMap((wire) => checkWire(document, wire)),
    ...duplicateResources(document),
  ]
  const cycle = findCycle(document)
  if (cycle.length > 0) {
    const titles = [...cycle, cycle[0]].map((id) => titleOf(findNode(document, id)!)).join(' → ')
    problems.push({
      severity: 'error',
      message: `These nodes form a circle: ${titles}. A pipeline flows one way: remove one of the wires.`,
      node: cycle[0],
    })
  }
  if (document.nodes.length === 0)
    problems.push({ severity: 'error', message: 'The pipeline has no nodes yet. Add a source from the palette.' })
  return problems
}

export function titleOf(node: PipelineNode): string {
  return node.title || nodeKind(node.kind)?.title || node.id
}

function duplicateIds(document: PipelineDocument): Problem[] {
  const problems: Problem[] = []
  for (const [what, items] of [
    ['node', document.nodes],
    ['wire', document.wires],
  ] as const) {
    const seen = new Set<string>()
    for (const { id } of items) {
      if (seen.has(id))
        problems.push({
          severity: 'error',
          message: `Two ${what}s have the id "${id}". Give one another id.`,
          [what]: id,
        })
      seen.add(id)
    }
  }
  return problems
}

/** What only the engines can see of nodes that are fine otherwise; an engine that does not answer has nothing to say of the document. */
export async function askEngines(document: PipelineDocument, clients: Asked): Promise<Problem[]> {
  const asked = document.nodes.map(async (node) => {
    const [config, ask] = [configOf(node), nodeKind(node.kind)?.behaviour.ask]
    const found = config && ask ? await ask(config, clients).catch(() => []) : []
    return found.map((problem) => ({ severity: 'error' as const, node: node.id, ...problem }))
  })
  return (await Promise.all(asked)).flat()
}

function checkNode(document: PipelineDocument, node: PipelineNode): Problem[] {
  const kind = nodeKind(node.kind)
  if (!kind) {
    const known = nodeKinds.map((k) => k.kind).join(', ')
    return [
      {
        severity: 'error',
        message: `Millrace has no node kind "${node.kind}". It knows: ${known}. Remove the node, or open the pipeline with the version that made it.`,
        node: node.id,
      },
    ]
  }
  if (node.version > kind.version)
    return [
      {
        severity: 'error',
        message: `"${titleOf(node)}" was saved by a newer Millrace (version ${node.version} of ${kind.title}, this one knows ${kind.version}).`,
        node: node.id,
      },
    ]
  return [...checkConfig(document, node, kind), ...checkPorts(document, node, kind)]
}

function checkConfig(document: PipelineDocument, node: PipelineNode, kind: DefinedNode): Problem[] {
  const parsed = kind.config.strict().safeParse(node.config)
  if (!parsed.success)
    return parsed.error.issues.flatMap((issue) => {
      const fields = issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')]
      return fields.map((field) => ({
        severity: 'error' as const,
        message:
          issue.code === 'unrecognized_keys'
            ? `${kind.title} has no setting "${field}".`
            : issue.input === undefined && issue.code === 'invalid_type'
              ? 'This must be filled in.'
              : issue.message,
        node: node.id,
        field,
      }))
    })
  const beside = (ids: string[]): Neighbour[] =>
    ids.flatMap((id) => {
      const other = findNode(document, id)
      return other ? [neighbour(other, configOf(other) ?? other.config)] : []
    })
  const found = kind.behaviour.check?.(parsed.data, {
    before: beside(wiresInto(document, node.id).map((wire) => wire.from.node)),
    after: beside(wiresOutOf(document, node.id).map((wire) => wire.to.node)),
  })
  return (found ?? []).map((problem) => ({ severity: 'error' as const, node: node.id, ...problem }))
}

/** A node's configuration with its defaults, or undefined where it does not stand. */
export function configOf(node: PipelineNode): Record<string, unknown> | undefined {
  const parsed = nodeKind(node.kind)?.config.safeParse(node.config)
  return parsed?.success ? (parsed.data as Record<string, unknown>) : undefined
}

function checkPorts(document: PipelineDocument, node: PipelineNode, kind: DefinedNode): Problem[] {
  const problems: Problem[] = []
  for (const port of kind.inputs) {
    const wires = wiresInto(document, node.id, port.name)
    if (port.required && wires.length === 0)
      problems.push({
        severity: 'error',
        message: `"${titleOf(node)}" needs an input. Wire a node that gives ${carries(port.type)} to it.`,
        node: node.id,
      })
    if (!port.many && wires.length > 1)
      problems.push({
        severity: 'error',
        message: `"${titleOf(node)}" takes one wire here, and this is another. Remove one of them.`,
        node: node.id,
        wire: wires[1].id,
      })
  }
  if (kind.inputs.length > 0 && kind.outputs.length > 0 && kind.inputs.every((p) => !p.required)) return problems
  if (kind.outputs.length > 0 && wiresOutOf(document, node.id).length === 0 && kind.inputs.length === 0)
    problems.push({
      severity: 'error',
      message: `"${titleOf(node)}" leads nowhere. Wire it to the node that shall take its records.`,
      node: node.id,
    })
  return problems
}

function carries(type: string): string {
  return type === 'records' ? 'records' : type === 'relation' ? 'a table' : 'a data set'
}

function checkWire(document: PipelineDocument, wire: Wire): Problem[] {
  const problem = (message: string): Problem[] => [{ severity: 'error', message, wire: wire.id }]
  const [from, to] = [findNode(document, wire.from.node), findNode(document, wire.to.node)]
  if (!from)
    return problem(`The wire "${wire.id}" begins at "${wire.from.node}", which does not exist. Remove the wire.`)
  if (!to) return problem(`The wire "${wire.id}" ends at "${wire.to.node}", which does not exist. Remove the wire.`)
  const [source, target] = [nodeKind(from.kind), nodeKind(to.kind)]
  if (!source || !target) return []
  const out = source.outputs.find((port) => port.name === wire.from.port)
  const into = target.inputs.find((port) => port.name === wire.to.port)
  if (!out) return problem(`"${titleOf(from)}" has no output "${wire.from.port}". Wire it anew.`)
  if (!into) return problem(`"${titleOf(to)}" has no input "${wire.to.port}". Wire it anew.`)
  if (out.type !== into.type)
    return problem(
      `"${titleOf(from)}" gives ${carries(out.type)}, but "${titleOf(to)}" takes ${carries(into.type)}.${between(out.type, into.type)}`,
    )
  return []
}

function between(out: string, into: string): string {
  if (out === 'records' && into === 'relation') return ' Put a delivery stream and a lake table between them.'
  if (out === 'relation' && into === 'dataset') return ' Put a SPICE data set between them.'
  if (out === 'records' && into === 'dataset') return ' Land the records in a lake table, and take it into SPICE first.'
  return ' Data do not flow back that way.'
}

function duplicateResources(document: PipelineDocument): Problem[] {
  const owners = new Map<string, PipelineNode>()
  const problems: Problem[] = []
  for (const node of document.nodes) {
    const config = configOf(node)
    const owned = config ? nodeKind(node.kind)?.behaviour.owns?.(config) : undefined
    for (const resource of owned ?? []) {
      const owner = owners.get(resource)
      if (owner)
        problems.push({
          severity: 'error',
          message: `"${titleOf(owner)}" already owns the ${resource}. Give this node another name, or wire both to one node.`,
          node: node.id,
        })
      else owners.set(resource, node)
    }
  }
  return problems
}
