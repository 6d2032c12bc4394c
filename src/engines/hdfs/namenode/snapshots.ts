import { hadoop } from '../errors.ts'
import { type Caller, requireOwner, requireSuperuser, walkTo } from './access.ts'
import type { DirectoryNode } from './inode.ts'
import type { NameNode } from './namenode.ts'
import { componentsOf, isWithin, SNAPSHOT_FOLDER } from './paths.ts'

const SNAPSHOTS_MAX = 65_536

export async function setSnapshottable(node: NameNode, caller: Caller, given: string, allowed: boolean): Promise<void> {
  node.requireWritable(`${allowed ? 'allow' : 'disallow'} snapshot for ${given}`)
  requireSuperuser(caller)
  const { path, folder } = directory(node, caller, given)
  if (allowed) {
    const nested = [...node.namespace.snapshottable].find(
      (other) => other !== path && other !== '/' && path !== '/' && (isWithin(other, path) || isWithin(path, other)),
    )
    if (nested !== undefined)
      throw hadoop(
        'SnapshotException',
        `Nested snapshottable directories not allowed: path=${path}, the other directory ${nested} is already a snapshottable directory.`,
      )
    if (folder.snapshots) return
  } else {
    if (!folder.snapshots) return
    if (folder.snapshots.size > 0)
      throw hadoop(
        'SnapshotException',
        `The directory ${path} has snapshot(s). Please redo the operation after removing all the snapshots.`,
      )
  }
  await node.commit({ op: 'snapshottable', path, allowed })
}

/** Answers the snapshot's path; a name is made from the time where none is given, as Hadoop does. */
export async function createSnapshot(node: NameNode, caller: Caller, given: string, name?: string): Promise<string> {
  node.requireWritable(`create snapshot for ${given}`)
  const { path, snapshots } = ofSnapshots(node, caller, given)
  const nowMs = node.clock.now()
  const chosen = name ?? `s${new Date(nowMs).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').replace('Z', '')}`
  requireName(chosen)
  if (snapshots.has(chosen))
    throw hadoop(
      'SnapshotException',
      `Failed to add snapshot: there is already a snapshot with the same name "${chosen}".`,
    )
  if (snapshots.size >= SNAPSHOTS_MAX)
    throw hadoop('SnapshotException', `Failed to add snapshot: there are already ${snapshots.size} snapshot(s).`)
  await node.commit({ op: 'snapshot', path, name: chosen, id: node.namespace.counters.snapshot, timeMs: nowMs })
  return `${path === '/' ? '' : path}/${SNAPSHOT_FOLDER}/${chosen}`
}

export async function renameSnapshot(
  node: NameNode,
  caller: Caller,
  given: string,
  from: string,
  to: string,
): Promise<void> {
  node.requireWritable(`rename snapshot for ${given}`)
  const { path, snapshots } = ofSnapshots(node, caller, given)
  requireName(to)
  requireSnapshot(snapshots, path, from)
  if (from === to) return
  if (snapshots.has(to)) throw hadoop('SnapshotException', `The snapshot ${to} already exists for directory ${path}`)
  await node.commit({ op: 'rename-snapshot', path, from, to })
}

export async function deleteSnapshot(node: NameNode, caller: Caller, given: string, name: string): Promise<void> {
  node.requireWritable(`delete snapshot for ${given}`)
  const { path, snapshots } = ofSnapshots(node, caller, given)
  requireSnapshot(snapshots, path, name)
  await node.commit({ op: 'delete-snapshot', path, name })
}

/** Directories of the caller whose snapshots may be taken (all of them, for the superuser). */
export function snapshottable(node: NameNode, caller: Caller): { path: string; folder: DirectoryNode }[] {
  return [...node.namespace.snapshottable]
    .sort()
    .map((path) => ({ path, folder: node.namespace.find(path) as DirectoryNode }))
    .filter(({ folder }) => caller.superuser || folder.owner === caller.user)
}

function directory(node: NameNode, caller: Caller, given: string): { path: string; folder: DirectoryNode } {
  const { path, node: folder } = walkTo(node.namespace, given, caller)
  if (folder.kind === 'file') throw hadoop('FileNotFoundException', `Directory does not exist: ${path}`)
  return { path, folder }
}

function ofSnapshots(node: NameNode, caller: Caller, given: string) {
  const { path, folder } = directory(node, caller, given)
  requireOwner(folder, path, caller)
  if (!folder.snapshots) throw hadoop('SnapshotException', `Directory is not a snapshottable directory: ${path}`)
  return { path, snapshots: folder.snapshots }
}

function requireSnapshot(snapshots: ReadonlyMap<string, unknown>, path: string, name: string): void {
  if (!snapshots.has(name))
    throw hadoop('SnapshotException', `Cannot find snapshot ${name} of ${path}: the snapshot does not exist.`)
}

function requireName(name: string): void {
  if (name === SNAPSHOT_FOLDER || componentsOf(`/${name}`).length !== 1 || name.includes('/'))
    throw hadoop('HadoopIllegalArgumentException', `"${name}" is a reserved or invalid name of a snapshot.`)
}
