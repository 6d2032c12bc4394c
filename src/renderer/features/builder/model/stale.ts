import type { RunState } from '../../../../engines/pipeline/contract.ts'
import { fingerprints } from '../../../../engines/pipeline/fingerprint.ts'
import type { Document } from './items.ts'

/** How the document differs from the one that ran, as far as its rows go. */
export interface Staleness {
  /** Nodes whose shown result the document as it is now would not give: changed themselves, or behind a change. */
  readonly nodes: ReadonlySet<string>
  /** Where the differences begin: nodes that were changed, added, removed or wired anew. */
  readonly changes: number
}

export const FRESH: Staleness = { nodes: new Set(), changes: 0 }

/** Compares by what each node's rows depend on, so that undoing a change makes its result fresh again. */
export function staleness(run: Pick<RunState, 'nodes'> | null, document: Document | null): Staleness {
  if (!run || !document || run.nodes.every((node) => node.fingerprint === undefined)) return FRESH
  const now = fingerprints(document)
  const ran = new Map(run.nodes.map((node) => [node.node, node.fingerprint]))
  const nodes = new Set([...ran].filter(([id, then]) => now.has(id) && now.get(id) !== then).map(([id]) => id))
  const isNew = (id: string) => !ran.has(id)
  const before = (id: string) => document.wires.filter((wire) => wire.to.node === id).map((wire) => wire.from.node)
  const roots = [...nodes].filter((id) => !before(id).some((other) => nodes.has(other) || isNew(other)))
  const added = [...now.keys()].filter(isNew)
  const removed = [...ran.keys()].filter((id) => !now.has(id))
  return { nodes, changes: roots.length + added.length + removed.length }
}
