import { hadoop, noSuchFile } from '../errors.ts'
import type { Attributes, DirectoryNode, FileNode, INode } from './inode.ts'
import type { Namespace } from './namespace.ts'
import { componentsOf, pathOf, SNAPSHOT_FOLDER } from './paths.ts'

export const READ = 4
export const WRITE = 2
export const EXECUTE = 1
const STICKY = 0o1000

/** Who asks. As in Hadoop without a group service, a user's one group has the user's name. */
export interface Caller {
  readonly user: string
  /** Who started the NameNode: no permission is asked of them. */
  readonly superuser: boolean
}

const ACCESS = ['NONE', 'EXECUTE', 'WRITE', 'WRITE_EXECUTE', 'READ', 'READ_EXECUTE', 'READ_WRITE', 'ALL']

export function permissionText({ permission }: Attributes, kind: INode['kind']): string {
  const bits = [...'rwxrwxrwx'].map((letter, i) => (permission & (1 << (8 - i)) ? letter : '-'))
  if (permission & STICKY) bits[8] = bits[8] === 'x' ? 't' : 'T'
  return (kind === 'directory' ? 'd' : '-') + bits.join('')
}

function allows({ owner, group, permission }: Attributes, { user }: Caller, wanted: number): boolean {
  const shift = user === owner ? 6 : user === group ? 3 : 0
  return ((permission >> shift) & wanted) === wanted
}

export function requireAccess(node: INode, path: string, caller: Caller, wanted: number): void {
  if (caller.superuser || allows(node, caller, wanted)) return
  throw hadoop(
    'AccessControlException',
    `Permission denied: user=${caller.user}, access=${ACCESS[wanted]}, inode="${path}":${node.owner}:${node.group}:${permissionText(node, node.kind)}`,
  )
}

export function requireOwner(node: INode, path: string, caller: Caller): void {
  if (caller.superuser || node.owner === caller.user) return
  throw hadoop('AccessControlException', `Permission denied. user=${caller.user} is not the owner of inode=${path}`)
}

export function requireSuperuser(caller: Caller): void {
  if (!caller.superuser)
    throw hadoop('AccessControlException', `Access denied for user ${caller.user}. Superuser privilege is required`)
}

export interface Found {
  /** Without double and trailing slashes. */
  readonly path: string
  readonly node: INode | undefined
  /** The directory that it is or would be in; the root is its own. Undefined where that is missing. */
  readonly parent: DirectoryNode | undefined
}

/** The node at a path, which the caller may walk to. */
export function walk(namespace: Namespace, given: string, caller: Caller): Found {
  const parts = componentsOf(given)
  const path = pathOf(parts)
  let folder: DirectoryNode | undefined = namespace.root
  for (let depth = 0; depth < parts.length; depth++) {
    const here = pathOf(parts.slice(0, depth))
    if (parts[depth - 1] !== SNAPSHOT_FOLDER) requireAccess(folder, here, caller, EXECUTE)
    if (depth === parts.length - 1) break
    const next: INode | undefined = namespace.find(pathOf(parts.slice(0, depth + 1)))
    if (!next) {
      folder = undefined
      break
    }
    if (next.kind === 'file')
      throw hadoop('ParentNotDirectoryException', `${pathOf(parts.slice(0, depth + 1))} (is not a directory)`)
    folder = next
  }
  return { path, parent: folder, node: folder && namespace.find(path) }
}

export function walkTo(namespace: Namespace, given: string, caller: Caller): { path: string; node: INode } {
  const { path, node } = walk(namespace, given, caller)
  if (!node) throw noSuchFile(path)
  return { path, node }
}

export function walkToFile(namespace: Namespace, given: string, caller: Caller): { path: string; node: FileNode } {
  const { path, node } = walkTo(namespace, given, caller)
  if (node.kind === 'directory') throw hadoop('FileNotFoundException', `Path is not a file: ${path}`)
  return { path, node }
}

/** What is in a sticky directory is removed by its owner or the directory's alone. */
export function requireRemoval(node: INode, parent: DirectoryNode, path: string, caller: Caller): void {
  requireAccess(parent, path.slice(0, path.lastIndexOf('/')) || '/', caller, WRITE)
  if (caller.superuser || !(parent.permission & STICKY) || [node.owner, parent.owner].includes(caller.user)) return
  throw hadoop('AccessControlException', `Permission denied by sticky bit: user=${caller.user}, path="${path}"`)
}

/** A snapshot is never changed. */
export function requireLive(path: string): void {
  if (componentsOf(path).includes(SNAPSHOT_FOLDER))
    throw hadoop('SnapshotAccessControlException', `Modification on a read-only snapshot is disallowed: ${path}`)
}
