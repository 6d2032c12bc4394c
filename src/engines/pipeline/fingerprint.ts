import type { PipelineDocument } from './document.ts'
import { nodeKind } from './nodes/index.ts'
import { addText, digestText, emptyDigest } from './nodes/kit/digest.ts'

/**
 * What each node's result depends on, as a short text: its kind and settings, the run's seed, and the same of all that comes before
 * it. Two documents give a node the same text exactly when a run would give it the same rows; titles, places and notes do not count.
 */
export function fingerprints(document: PipelineDocument): Map<string, string> {
  const known = new Map<string, string>()
  const of = (id: string, path: readonly string[]): string => {
    const before = known.get(id)
    if (before !== undefined) return before
    const node = document.nodes.find((other) => other.id === id)
    if (!node || path.includes(id)) return ''
    const inputs = document.wires
      .filter((wire) => wire.to.node === id)
      .map(({ from, to }) => [to.port, from.node, from.port, of(from.node, [...path, id])])
      .sort((a, b) => (a.join() < b.join() ? -1 : 1))
    const made = hash([node.kind, settingsOf(node), document.run.seed, inputs])
    known.set(id, made)
    return made
  }
  return new Map(document.nodes.map(({ id }) => [id, of(id, [])]))
}

const settled = new WeakMap<object, string>()

/** The settings with what is left to its default filled in. Documents share the settings that an edit left alone. */
function settingsOf({ kind, config }: PipelineDocument['nodes'][number]): string {
  const known = settled.get(config)
  if (known !== undefined) return known
  const read = nodeKind(kind)?.config.safeParse(config)
  const made = JSON.stringify(inOrder(read?.success ? read.data : config))
  settled.set(config, made)
  return made
}

/** One text for all nodes: runs with the same one ran the same pipeline. */
export function fingerprintOf(all: ReadonlyMap<string, string>): string {
  return hash([...all].map(([id, text]) => `${id} ${text}`).sort())
}

function hash(value: unknown): string {
  const digest = emptyDigest()
  addText(digest, JSON.stringify(value))
  return digestText(digest)
}

/** The same value with the keys of its objects sorted: a setting written in another order is no other setting. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, inOrder(each)]),
  )
}
