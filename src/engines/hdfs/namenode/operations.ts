import { hadoop, noSuchFile } from '../errors.ts'
import {
  type Caller,
  EXECUTE,
  READ,
  requireAccess,
  requireLive,
  requireOwner,
  requireRemoval,
  requireSuperuser,
  WRITE,
  walk,
  walkTo,
  walkToFile,
} from './access.ts'
import type { Edit } from './edits.ts'
import { type Attributes, type DirectoryNode, type INode, totalsOf } from './inode.ts'
import type { NameNode } from './namenode.ts'
import { componentsOf, isWithin, nameOf, parentOf, pathOf } from './paths.ts'
import { oneDirectory, requireQuota, space } from './quota.ts'

/** dfs.namenode.replication.min and dfs.replication.max. */
export const REPLICATION_MAX = 512
const MASK = 0o7777

export async function mkdirs(
  node: NameNode,
  caller: Caller,
  given: string,
  options: { permission?: number | undefined; parents?: boolean } = {},
): Promise<boolean> {
  node.requireWritable(`create directory ${given}`)
  requireLive(given)
  const { permission = 0o755, parents = true } = options
  const parts = componentsOf(given)
  const edits: Edit[] = []
  let above: DirectoryNode = node.namespace.root
  for (let depth = 1; depth <= parts.length; depth++) {
    const path = pathOf(parts.slice(0, depth))
    const found: INode | undefined = edits.length > 0 ? undefined : node.namespace.find(path)
    if (found?.kind === 'file')
      throw depth === parts.length
        ? hadoop('FileAlreadyExistsException', `Path is not a directory: ${path}`)
        : hadoop('ParentNotDirectoryException', `Parent path is not a directory: ${path}`)
    if (edits.length === 0) requireAccess(above, parentOf(path), caller, found ? EXECUTE : WRITE | EXECUTE)
    if (found) {
      above = found
      continue
    }
    if (!parents && depth < parts.length)
      throw hadoop('FileNotFoundException', `Parent directory doesn't exist: ${path}`)
    // Directories on the way must let their owner go on (FSDirMkdirOp, "implicit permission").
    const bits = depth < parts.length ? permission | 0o300 : permission
    edits.push({
      op: 'mkdir',
      path,
      id: node.namespace.counters.inode + edits.length,
      attributes: node.attributes(caller.user, above.group, bits & MASK),
    })
  }
  if (edits.length === 0) return true
  const first = parentOf((edits[0] as { path: string }).path)
  requireQuota(node.namespace, first, { ...oneDirectory, directories: edits.length })
  await node.commit(...edits)
  return true
}

/** `rename` of FileSystem's first form: false where it cannot be, and into a directory that is there. */
export async function rename(node: NameNode, caller: Caller, from: string, to: string): Promise<boolean> {
  node.requireWritable(`rename ${from}`)
  requireLive(from)
  requireLive(to)
  const source = walk(node.namespace, from, caller)
  if (!source.node || source.path === '/') return false
  let target = walk(node.namespace, to, caller)
  if (target.path === source.path) return source.node.kind === 'file'
  if (target.node?.kind === 'directory')
    target = walk(node.namespace, `${target.path === '/' ? '' : target.path}/${nameOf(source.path)}`, caller)
  if (target.node || !target.parent || isWithin(target.path, source.path)) return false
  await move(node, caller, source.path, target.path)
  return true
}

/** The second form: it says why not, and may replace a file or an empty directory. */
export async function renameOver(
  node: NameNode,
  caller: Caller,
  from: string,
  to: string,
  overwrite: boolean,
): Promise<void> {
  node.requireWritable(`rename ${from}`)
  requireLive(from)
  requireLive(to)
  const source = walk(node.namespace, from, caller)
  const target = walk(node.namespace, to, caller)
  if (!source.node) throw hadoop('FileNotFoundException', `rename source ${source.path} is not found.`)
  if (source.path === target.path)
    throw hadoop('FileAlreadyExistsException', `The source ${source.path} and destination ${target.path} are the same`)
  if (isWithin(target.path, source.path))
    throw hadoop('IOException', `Rename destination ${target.path} is a directory or file under source ${source.path}`)
  if (!target.parent) throw hadoop('FileNotFoundException', `rename destination parent ${target.path} not found.`)
  const before: Edit[] = []
  if (target.node) {
    if (target.node.kind !== source.node.kind)
      throw hadoop(
        'IOException',
        `Source ${source.path} and destination ${target.path} must both be directories or files`,
      )
    if (!overwrite) throw hadoop('FileAlreadyExistsException', `rename destination ${target.path} already exists`)
    if (target.node.kind === 'directory' && target.node.children.size > 0)
      throw hadoop('IOException', `rename destination directory is not empty: ${target.path}`)
    requireNoSnapshots(node, target.path)
    requireRemoval(target.node, target.parent, target.path, caller)
    before.push({ op: 'delete', path: target.path, timeMs: node.clock.now() })
  }
  await move(node, caller, source.path, target.path, before)
}

async function move(node: NameNode, caller: Caller, from: string, to: string, before: Edit[] = []): Promise<void> {
  const source = walkTo(node.namespace, from, caller).node
  requireRemoval(source, walk(node.namespace, from, caller).parent!, from, caller)
  requireAccess(walk(node.namespace, to, caller).parent!, parentOf(to), caller, WRITE)
  if (source.kind === 'directory' && source.snapshots)
    throw hadoop(
      'SnapshotException',
      `The directory ${from} cannot be renamed since it is snapshottable: disallow its snapshots first.`,
    )
  requireQuota(node.namespace, parentOf(to), totalsOf(source), from)
  await node.commit(...before, { op: 'rename', from, to, timeMs: node.clock.now() })
}

export async function remove(node: NameNode, caller: Caller, given: string, recursive: boolean): Promise<boolean> {
  node.requireWritable(`delete ${given}`)
  requireLive(given)
  const { path, node: found, parent } = walk(node.namespace, given, caller)
  if (!found || !parent || path === '/') return false
  if (found.kind === 'directory' && found.children.size > 0 && !recursive)
    throw hadoop('PathIsNotEmptyDirectoryException', `\`${path} is non empty': Directory is not empty`)
  requireRemoval(found, parent, path, caller)
  requireNoSnapshots(node, path)
  await node.commit({ op: 'delete', path, timeMs: node.clock.now() })
  return true
}

function requireNoSnapshots({ namespace }: NameNode, path: string): void {
  for (const folder of namespace.snapshottable) {
    const found = isWithin(folder, path) && namespace.find(folder)
    if (found && found.kind === 'directory' && found.snapshots!.size > 0)
      throw hadoop(
        'SnapshotException',
        `The directory ${path} cannot be deleted since ${folder} is snapshottable and already has snapshots`,
      )
  }
}

export async function setReplication(
  node: NameNode,
  caller: Caller,
  given: string,
  replication: number,
): Promise<boolean> {
  node.requireWritable(`set replication for ${given}`)
  requireLive(given)
  requireReplication(given, replication)
  const { path, node: found } = walkTo(node.namespace, given, caller)
  if (found.kind === 'directory') return false
  requireAccess(found, path, caller, WRITE)
  const { bytes } = totalsOf(found)
  requireQuota(node.namespace, parentOf(path), space(bytes * (replication - found.replication)))
  await node.commit({ op: 'replication', path, replication })
  return true
}

export function requireReplication(path: string, replication: number): void {
  if (replication >= 1 && replication <= REPLICATION_MAX) return
  throw hadoop(
    'IOException',
    replication < 1
      ? `Requested replication factor of ${replication} is less than the required minimum of 1 for ${path}`
      : `Requested replication factor of ${replication} exceeds maximum of ${REPLICATION_MAX} for ${path}`,
  )
}

async function changeAttributes(
  node: NameNode,
  caller: Caller,
  given: string,
  what: string,
  change: (found: INode, path: string) => Partial<Attributes>,
): Promise<void> {
  node.requireWritable(`${what} for ${given}`)
  requireLive(given)
  const { path, node: found } = walkTo(node.namespace, given, caller)
  const changed = change(found, path)
  await node.commit({ op: 'attributes', path, change: changed })
}

export const setPermission = (node: NameNode, caller: Caller, given: string, permission: number) =>
  changeAttributes(node, caller, given, 'set permission', (found, path) => {
    requireOwner(found, path, caller)
    return { permission: permission & MASK }
  })

export const setOwner = (node: NameNode, caller: Caller, given: string, owner?: string, group?: string) =>
  changeAttributes(node, caller, given, 'set owner', (found, path) => {
    requireOwner(found, path, caller)
    if (!caller.superuser && owner !== undefined && owner !== caller.user)
      throw hadoop(
        'AccessControlException',
        `User ${caller.user} is not a super user (non-super user cannot change owner).`,
      )
    if (!caller.superuser && group !== undefined && group !== caller.user)
      throw hadoop('AccessControlException', `User ${caller.user} does not belong to ${group}`)
    return { ...(owner && { owner }), ...(group && { group }) }
  })

/** -1 leaves a time as it is. */
export const setTimes = (node: NameNode, caller: Caller, given: string, modifiedMs: number, accessedMs: number) =>
  changeAttributes(node, caller, given, 'set times', (found, path) => {
    requireAccess(found, path, caller, WRITE)
    return { ...(modifiedMs >= 0 && { modifiedMs }), ...(accessedMs >= 0 && { accessedMs }) }
  })

/** dfs.namenode.fs-limits.max-xattrs-per-inode and max-xattr-size. */
const XATTRS_MAX = 32
const XATTR_BYTES_MAX = 16_384
const XATTR_NAME = /^(user|trusted|system|security|raw)\..+$/i

export const setXattr = (
  node: NameNode,
  caller: Caller,
  given: string,
  name: string,
  value: Uint8Array,
  flags: readonly ('CREATE' | 'REPLACE')[],
) =>
  changeAttributes(node, caller, given, 'set XAttr', (found, path) => {
    requireXattr(found, path, caller, name, WRITE)
    const exists = name in found.xattrs
    if (exists && !flags.includes('REPLACE'))
      throw hadoop('IOException', `XAttr: ${name} already exists. The REPLACE flag must be specified.`)
    if (!exists && !flags.includes('CREATE'))
      throw hadoop('IOException', `XAttr: ${name} does not exist. The CREATE flag must be specified.`)
    if (Buffer.byteLength(name) + value.length > XATTR_BYTES_MAX)
      throw hadoop(
        'HadoopIllegalArgumentException',
        `The XAttr is too big. The maximum combined size of the name and value is ${XATTR_BYTES_MAX}, but the total size is ${Buffer.byteLength(name) + value.length}`,
      )
    if (!exists && Object.keys(found.xattrs).length >= XATTRS_MAX)
      throw hadoop('IOException', `Cannot add additional XAttr to inode, would exceed limit of ${XATTRS_MAX}`)
    return { xattrs: { ...found.xattrs, [name]: Buffer.from(value).toString('base64') } }
  })

export const removeXattr = (node: NameNode, caller: Caller, given: string, name: string) =>
  changeAttributes(node, caller, given, 'remove XAttr', (found, path) => {
    requireXattr(found, path, caller, name, WRITE)
    if (!(name in found.xattrs)) throw hadoop('IOException', `No matching attributes found for remove operation`)
    const { [name]: _, ...xattrs } = found.xattrs
    return { xattrs }
  })

/** Names of the attributes that the caller may know of. */
export const visibleXattrs = ({ xattrs }: INode, { superuser }: Caller): string[] =>
  Object.keys(xattrs).filter((name) => superuser || /^user\./i.test(name))

/** Users may have attributes in the user namespace; trusted ones are the superuser's. */
export function requireXattr(found: INode, path: string, caller: Caller, name: string, wanted: number): void {
  const space = XATTR_NAME.exec(name)?.[1].toLowerCase()
  if (space === undefined)
    throw hadoop(
      'HadoopIllegalArgumentException',
      `An XAttr name must be prefixed with user/trusted/security/system/raw, followed by a '.': ${name}`,
    )
  if (space !== 'user' && !(space === 'trusted' && caller.superuser))
    throw hadoop('AccessControlException', `User doesn't have permission for xattr: ${name}`)
  requireAccess(found, path, caller, wanted)
}

export async function setQuota(
  node: NameNode,
  caller: Caller,
  given: string,
  quota: { nameQuota?: number | null; spaceQuota?: number | null },
): Promise<void> {
  node.requireWritable(`set quota on ${given}`)
  requireLive(given)
  requireSuperuser(caller)
  const { path, node: found } = walkTo(node.namespace, given, caller)
  if (found.kind === 'file') throw hadoop('FileNotFoundException', `Directory does not exist: ${path}`)
  const { nameQuota = found.nameQuota, spaceQuota = found.spaceQuota } = quota
  if (path === '/' && nameQuota === null)
    throw hadoop('IllegalArgumentException', 'Cannot clear namespace quota on root.')
  await node.commit({ op: 'quota', path, nameQuota, spaceQuota })
}

/** Appends the blocks of files to one, and takes those files away. No byte moves. */
export async function concat(node: NameNode, caller: Caller, given: string, from: readonly string[]): Promise<void> {
  node.requireWritable(`concat ${given}`)
  requireLive(given)
  const target = walkToFile(node.namespace, given, caller)
  requireAccess(target.node, target.path, caller, WRITE)
  const refuse = (why: string) => hadoop('HadoopIllegalArgumentException', `concat: ${why}`)
  if (from.length === 0) throw refuse(`no source for ${target.path}`)
  if (target.node.writer !== null) throw refuse(`target file ${target.path} is under construction`)
  const sources = from.map((each) => {
    requireLive(each)
    const { path, node: file } = walkToFile(node.namespace, each, caller)
    requireAccess(file, path, caller, READ)
    requireRemoval(file, walk(node.namespace, path, caller).parent!, path, caller)
    if (path === target.path) throw refuse(`the src file ${path} is the same with the target`)
    if (file.blocks.length === 0) throw refuse(`source file ${path} is invalid or empty`)
    if (file.writer !== null) throw refuse(`source file ${path} is invalid or underConstruction`)
    if (file.blockSize > target.node.blockSize)
      throw refuse(`source file ${path} has preferred block size ${file.blockSize}, greater than the target's`)
    return path
  })
  if (new Set(sources).size < sources.length) throw refuse('at least two of the source files are the same')
  if (node.namespace.snapshottable.size > 0 && sources.some((path) => isInSnapshot(node, path)))
    throw hadoop('SnapshotException', `Concat: a source file is in snapshot`)
  await node.commit({ op: 'concat', path: target.path, sources, timeMs: node.clock.now() })
}

export function isInSnapshot({ namespace }: NameNode, path: string): boolean {
  return [...namespace.snapshottable].some((folder) => {
    const found = isWithin(path, folder) && namespace.find(folder)
    return found && found.kind === 'directory' && found.snapshots!.size > 0
  })
}

/** A file or directory as the caller may see it. */
export function stat(node: NameNode, caller: Caller, given: string): { path: string; node: INode } {
  return walkTo(node.namespace, given, caller)
}

/** What is in a directory by name; a file is its own list, under an empty name. */
export function list(node: NameNode, caller: Caller, given: string): [string, INode][] {
  const { path, node: found } = walk(node.namespace, given, caller)
  if (!found) throw hadoop('FileNotFoundException', `File ${path} does not exist.`)
  if (found.kind === 'file') return [['', found]]
  requireAccess(found, path, caller, READ | EXECUTE)
  return [...found.children].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

export function checkAccess(node: NameNode, caller: Caller, given: string, action: string): void {
  if (!/^[r-][w-][x-]$/.test(action))
    throw hadoop('IllegalArgumentException', `Invalid value for webhdfs parameter "fsaction": ${action}`)
  const { path, node: found } = walk(node.namespace, given, caller)
  if (!found) throw noSuchFile(path)
  requireAccess(
    found,
    path,
    caller,
    [...action].reduce((bits, letter, i) => bits | (letter === '-' ? 0 : 4 >> i), 0),
  )
}
