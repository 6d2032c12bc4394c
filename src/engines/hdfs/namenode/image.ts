import { createHash } from 'node:crypto'
import { EngineError } from '../../kit/pure/errors.ts'
import type { DirectoryNode, FileNode, INode, Snapshot } from './inode.ts'
import { type Counters, Namespace } from './namespace.ts'

const FORMAT = 1

type SavedDirectory = Omit<DirectoryNode, 'children' | 'snapshots'> & {
  children: [string, number][]
  snapshots: [string, Omit<Snapshot, 'root'> & { root: number }][] | null
}

interface Header {
  readonly format: number
  readonly next: number
  readonly generation: number
  readonly counters: Counters
  readonly nodes: number
  readonly sha256: string
}

/**
 * The namespace as text: a header with the number of the first edit that is not in it and a digest of what follows, then a node a line,
 * children before their directory. A node that a snapshot shares is written once and named by its line.
 */
export function writeImage(namespace: Namespace, next: number): string {
  const lines: string[] = []
  const places = new Map<INode, number>()
  const place = (node: INode): number => {
    const known = places.get(node)
    if (known !== undefined) return known
    const saved: FileNode | SavedDirectory =
      node.kind === 'file'
        ? node
        : {
            ...node,
            children: [...node.children].map(([name, child]) => [name, place(child)]),
            snapshots:
              node.snapshots && [...node.snapshots].map(([name, one]) => [name, { ...one, root: place(one.root) }]),
          }
    lines.push(JSON.stringify(saved))
    places.set(node, lines.length - 1)
    return lines.length - 1
  }
  place(namespace.root)
  const body = `${lines.join('\n')}\n`
  const header: Header = {
    format: FORMAT,
    next,
    generation: namespace.age,
    counters: namespace.counters,
    nodes: lines.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  }
  return `${JSON.stringify(header)}\n${body}`
}

/** Throws `DamagedImage` where the text is not what was written. */
export function readImage(text: string): { namespace: Namespace; next: number } {
  const end = text.indexOf('\n')
  const body = text.slice(end + 1)
  let header: Header
  try {
    header = JSON.parse(text.slice(0, end)) as Header
  } catch (cause) {
    throw new EngineError('DamagedImage', 'The image has no header.', { domain: 'external', cause })
  }
  if (header.format !== FORMAT)
    throw new EngineError('DamagedImage', `The image is of format ${header.format}, not ${FORMAT}.`)
  if (createHash('sha256').update(body).digest('hex') !== header.sha256)
    throw new EngineError('DamagedImage', 'The image does not have its digest.', { domain: 'external' })
  const nodes: INode[] = []
  for (const line of body.trimEnd().split('\n')) {
    const saved = JSON.parse(line) as FileNode | SavedDirectory
    nodes.push(
      saved.kind === 'file'
        ? saved
        : {
            ...saved,
            children: new Map(saved.children.map(([name, at]) => [name, nodes[at]])),
            snapshots:
              saved.snapshots &&
              new Map(saved.snapshots.map(([name, one]) => [name, { ...one, root: nodes[one.root] as DirectoryNode }])),
          },
    )
  }
  const namespace = new Namespace(nodes.at(-1) as DirectoryNode, header.counters, header.generation)
  return { namespace, next: header.next }
}
