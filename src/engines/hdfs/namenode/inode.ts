/** A block as a file has it: `stamp` rises whenever its replicas were gathered anew, so that one that missed it is known as old. */
export interface BlockRef {
  readonly id: number
  readonly stamp: number
  readonly bytes: number
}

export interface Attributes {
  readonly owner: string
  readonly group: string
  /** Twelve bits, as of chmod. */
  readonly permission: number
  readonly modifiedMs: number
  readonly accessedMs: number
  /** Values in base64, by name with its namespace, `user.origin`. */
  readonly xattrs: Readonly<Record<string, string>>
}

export interface FileNode extends Attributes {
  readonly kind: 'file'
  readonly id: number
  readonly replication: number
  readonly blockSize: number
  readonly blocks: readonly BlockRef[]
  /** Who has it open for writing; null once it is complete. */
  readonly writer: string | null
  /** Bytes of an open file that its writer was told are safe; null where nothing was, so that the file counts as not there yet. */
  readonly acknowledged: number | null
}

/** What lies below a directory: kept with it, so that quotas and summaries cost nothing to ask for. */
export interface Totals {
  readonly files: number
  readonly directories: number
  readonly bytes: number
  /** Bytes of all replicas that are wanted. */
  readonly space: number
}

export interface DirectoryNode extends Attributes {
  readonly kind: 'directory'
  readonly id: number
  /** Nodes of an earlier generation may be part of a snapshot: they are copied before they change. */
  readonly generation: number
  readonly children: ReadonlyMap<string, INode>
  readonly totals: Totals
  /** Files and directories, itself among them; null has no limit. */
  readonly nameQuota: number | null
  readonly spaceQuota: number | null
  /** Null where snapshots are not allowed. */
  readonly snapshots: ReadonlyMap<string, Snapshot> | null
}

export interface Snapshot {
  readonly id: number
  readonly createdMs: number
  readonly root: DirectoryNode
}

export type INode = FileNode | DirectoryNode

/** The same for who may change it: the namespace alone. */
export type OwnDirectory = { -readonly [K in keyof DirectoryNode]: DirectoryNode[K] } & {
  children: Map<string, INode>
  snapshots: Map<string, Snapshot> | null
}

export const NOTHING: Totals = { files: 0, directories: 0, bytes: 0, space: 0 }

export const fileBytes = (file: FileNode): number => file.blocks.reduce((sum, { bytes }) => sum + bytes, 0)

/** What readers see of it. */
export const visibleBytes = (file: FileNode): number =>
  file.writer === null ? fileBytes(file) : (file.acknowledged ?? 0)

/** What a node adds to the directories above it, itself among it. */
export function totalsOf(node: INode): Totals {
  if (node.kind === 'directory') return { ...node.totals, directories: node.totals.directories + 1 }
  const bytes = fileBytes(node)
  return { files: 1, directories: 0, bytes, space: bytes * node.replication }
}

export const sum = (a: Totals, b: Totals, sign: 1 | -1 = 1): Totals => ({
  files: a.files + sign * b.files,
  directories: a.directories + sign * b.directories,
  bytes: a.bytes + sign * b.bytes,
  space: a.space + sign * b.space,
})

/** Every file of a tree, with its path below `path`. */
export function* filesBelow(node: INode, path: string): Generator<[string, FileNode]> {
  if (node.kind === 'file') yield [path, node]
  else
    for (const [name, child] of node.children) yield* filesBelow(child, path === '/' ? `/${name}` : `${path}/${name}`)
}
