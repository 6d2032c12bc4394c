import { assert } from '../../kit/pure/errors.ts'
import type { Edit } from './edits.ts'
import {
  type Attributes,
  type BlockRef,
  type DirectoryNode,
  type FileNode,
  filesBelow,
  type INode,
  NOTHING,
  type OwnDirectory,
  sum,
  totalsOf,
} from './inode.ts'
import { componentsOf, isWithin, nameOf, parentOf, SNAPSHOT_FOLDER } from './paths.ts'

const FIRST_INODE = 16_385
/** What comes next, above all that was ever given; the first ones are Hadoop's. */
export interface Counters {
  inode: number
  block: number
  stamp: number
  snapshot: number
}

export const FIRST_COUNTERS: Counters = { inode: FIRST_INODE + 1, block: 1_073_741_825, stamp: 1001, snapshot: 0 }

export function emptyRoot(attributes: Attributes): DirectoryNode {
  return {
    ...attributes,
    kind: 'directory',
    id: FIRST_INODE,
    generation: 0,
    children: new Map(),
    totals: NOTHING,
    nameQuota: Number.MAX_SAFE_INTEGER,
    spaceQuota: null,
    snapshots: new Map(),
  }
}

/**
 * Directories and files in memory. Trees are copied where they change after a snapshot (by generation), so that a snapshot costs nothing
 * when it is taken and shares what stays as it was.
 */
export class Namespace {
  root: DirectoryNode
  readonly counters: Counters
  /** Files that are open for writing: their paths by id, since what they lie in may be renamed. */
  readonly open = new Map<number, string>()
  /** Directories of which snapshots may be taken, by path. */
  readonly snapshottable = new Set<string>()
  private generation: number

  constructor(root: DirectoryNode, counters: Counters = { ...FIRST_COUNTERS }, generation = 0) {
    this.root = root
    this.counters = counters
    this.generation = generation
    this.index('/', root)
  }

  /** The node at a path, also within snapshots. */
  find(path: string): INode | undefined {
    let node: INode = this.root
    const parts = componentsOf(path)
    for (let i = 0; i < parts.length; i++) {
      if (node.kind === 'file') return undefined
      const next: INode | undefined =
        parts[i] === SNAPSHOT_FOLDER ? snapshotFolder(node, parts[++i]) : node.children.get(parts[i])
      if (!next) return undefined
      node = next
    }
    return node
  }

  file(path: string): FileNode {
    const node = this.find(path)
    assert(node?.kind === 'file', `${path} is a file`)
    return node
  }

  /** Changes the tree. Answers the blocks that no tree holds any more. */
  apply(edit: Edit): BlockRef[] {
    switch (edit.op) {
      case 'mkdir': {
        const { id, attributes, path } = edit
        this.put(path, { ...emptyRoot(attributes), id, nameQuota: null, snapshots: null, generation: this.generation })
        this.counters.inode = Math.max(this.counters.inode, id + 1)
        return []
      }
      case 'create': {
        const { id, attributes, replication, blockSize, writer, path } = edit
        this.put(path, {
          ...attributes,
          kind: 'file',
          id,
          replication,
          blockSize,
          blocks: [],
          writer,
          acknowledged: null,
        })
        this.counters.inode = Math.max(this.counters.inode, id + 1)
        this.open.set(id, path)
        return []
      }
      case 'blocks': {
        const file = this.file(edit.path)
        const gone = file.blocks.slice(edit.from)
        this.put(edit.path, { ...file, blocks: [...file.blocks.slice(0, edit.from), ...edit.blocks] })
        for (const { id, stamp } of edit.blocks) {
          this.counters.block = Math.max(this.counters.block, id + 1)
          this.counters.stamp = Math.max(this.counters.stamp, stamp + 1)
        }
        const kept = new Set(edit.blocks.map(({ id }) => id))
        return this.unheld(gone.filter(({ id }) => !kept.has(id)))
      }
      case 'open':
        this.put(edit.path, { ...this.file(edit.path), writer: edit.writer, acknowledged: edit.acknowledged })
        this.open.set(this.file(edit.path).id, edit.path)
        return []
      case 'acknowledge':
        this.put(edit.path, { ...this.file(edit.path), acknowledged: edit.bytes })
        return []
      case 'close': {
        const { timeMs: modifiedMs } = edit
        const file = this.file(edit.path)
        this.put(edit.path, { ...file, writer: null, acknowledged: null, modifiedMs, accessedMs: modifiedMs })
        this.open.delete(file.id)
        return []
      }
      case 'rename': {
        const node = this.take(edit.from, edit.timeMs)
        this.put(edit.to, node)
        this.touch(edit.to, edit.timeMs)
        this.moved(edit.from, edit.to)
        return []
      }
      case 'delete': {
        const node = this.take(edit.path, edit.timeMs)
        for (const [id, path] of this.open) if (isWithin(path, edit.path)) this.open.delete(id)
        for (const path of this.snapshottable) if (isWithin(path, edit.path)) this.snapshottable.delete(path)
        return this.unheld(blocksOf(node))
      }
      case 'attributes':
        this.change(edit.path, edit.change)
        return []
      case 'replication':
        this.put(edit.path, { ...this.file(edit.path), replication: edit.replication })
        return []
      case 'quota': {
        const { nameQuota, spaceQuota } = edit
        this.change(edit.path, { nameQuota, spaceQuota })
        return []
      }
      case 'concat': {
        const blocks = edit.sources.flatMap((path) => this.file(path).blocks)
        for (const source of edit.sources) this.take(source, edit.timeMs)
        const file = this.file(edit.path)
        this.put(edit.path, { ...file, blocks: [...file.blocks, ...blocks], modifiedMs: edit.timeMs })
        return []
      }
      case 'snapshottable':
        this.change(edit.path, { snapshots: edit.allowed ? new Map() : null })
        if (edit.allowed) this.snapshottable.add(edit.path)
        else this.snapshottable.delete(edit.path)
        return []
      case 'snapshot': {
        const folder = this.owned(edit.path)
        folder.snapshots!.set(edit.name, {
          id: edit.id,
          createdMs: edit.timeMs,
          root: { ...folder, snapshots: null },
        })
        this.counters.snapshot = Math.max(this.counters.snapshot, edit.id + 1)
        folder.modifiedMs = edit.timeMs
        this.generation++
        return []
      }
      case 'rename-snapshot': {
        const { snapshots } = this.owned(edit.path)
        snapshots!.set(edit.to, snapshots!.get(edit.from)!)
        snapshots!.delete(edit.from)
        return []
      }
      case 'delete-snapshot': {
        const { snapshots } = this.owned(edit.path)
        const { root } = snapshots!.get(edit.name)!
        snapshots!.delete(edit.name)
        return this.unheld(blocksOf(root))
      }
    }
  }

  /** All files of the tree and of its snapshots. */
  *everyFile(): Generator<FileNode> {
    for (const [, file] of filesBelow(this.root, '/')) yield file
    for (const file of this.snapshotFiles()) yield file
  }

  private *snapshotFiles(): Generator<FileNode> {
    for (const path of this.snapshottable) {
      const node = this.find(path)
      if (node?.kind === 'directory')
        for (const { root } of node.snapshots?.values() ?? []) for (const [, file] of filesBelow(root, '/')) yield file
    }
  }

  /** Blocks that were let go of and that no file or snapshot has any more. */
  private unheld(blocks: readonly BlockRef[]): BlockRef[] {
    if (blocks.length === 0 || this.snapshottable.size === 0) return [...blocks]
    const gone = new Map(blocks.map((block) => [block.id, block]))
    for (const file of this.everyFile()) for (const { id } of file.blocks) gone.delete(id)
    return [...gone.values()]
  }

  /** The directory at a path, with all above it, as ones that may be changed. */
  private owned(path: string): OwnDirectory {
    return this.chain(path).at(-1)!
  }

  private chain(path: string): OwnDirectory[] {
    let folder = this.fresh(this.root)
    this.root = folder
    const chain = [folder]
    for (const part of componentsOf(path)) {
      const child = folder.children.get(part)
      assert(child?.kind === 'directory', `${path} is a directory`)
      const own = this.fresh(child)
      folder.children.set(part, own)
      chain.push(own)
      folder = own
    }
    return chain
  }

  private fresh(node: DirectoryNode): OwnDirectory {
    if (node.generation === this.generation) return node as OwnDirectory
    const { snapshots } = node
    return {
      ...node,
      generation: this.generation,
      children: new Map(node.children),
      snapshots: snapshots && new Map(snapshots),
    }
  }

  /** Puts a node in a directory, in place of what had its name. */
  private put(path: string, node: INode): void {
    const chain = this.chain(parentOf(path))
    const folder = chain.at(-1)!
    const before = folder.children.get(nameOf(path))
    folder.children.set(nameOf(path), node)
    if (!before) folder.modifiedMs = Math.max(folder.modifiedMs, node.modifiedMs)
    const change = sum(totalsOf(node), before ? totalsOf(before) : NOTHING, -1)
    for (const above of chain) above.totals = sum(above.totals, change)
  }

  private take(path: string, timeMs: number): INode {
    const chain = this.chain(parentOf(path))
    const folder = chain.at(-1)!
    const node = folder.children.get(nameOf(path))
    assert(node, `${path} is there`)
    folder.children.delete(nameOf(path))
    folder.modifiedMs = timeMs
    for (const above of chain) above.totals = sum(above.totals, totalsOf(node), -1)
    return node
  }

  private touch(path: string, timeMs: number): void {
    this.owned(parentOf(path)).modifiedMs = timeMs
  }

  private change(path: string, change: Partial<DirectoryNode>): void {
    const node = this.find(path)
    if (node?.kind === 'file') this.put(path, { ...node, ...(change as Partial<Attributes>) })
    else Object.assign(this.owned(path), change)
  }

  private moved(from: string, to: string): void {
    for (const [id, path] of this.open) if (isWithin(path, from)) this.open.set(id, to + path.slice(from.length))
    for (const path of [...this.snapshottable])
      if (isWithin(path, from)) {
        this.snapshottable.delete(path)
        this.snapshottable.add(to + path.slice(from.length))
      }
  }

  private index(path: string, node: INode): void {
    if (node.kind === 'file') {
      if (node.writer !== null) this.open.set(node.id, path)
      return
    }
    if (node.snapshots) this.snapshottable.add(path)
    for (const [name, child] of node.children) this.index(path === '/' ? `/${name}` : `${path}/${name}`, child)
  }

  /** For the image. */
  get age(): number {
    return this.generation
  }
}

function blocksOf(node: INode): BlockRef[] {
  return [...filesBelow(node, '/')].flatMap(([, file]) => file.blocks)
}

/** `/folder/.snapshot` is a directory of the snapshots, and `/folder/.snapshot/name` the tree as it was. */
function snapshotFolder(folder: DirectoryNode, name: string | undefined): DirectoryNode | undefined {
  if (!folder.snapshots) return undefined
  if (name !== undefined) return folder.snapshots.get(name)?.root
  const children = new Map([...folder.snapshots].map(([of, { root }]) => [of, root]))
  return { ...folder, children, snapshots: null, nameQuota: null, spaceQuota: null }
}
