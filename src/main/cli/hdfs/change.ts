import type { FileStatus } from '../../../engines/hdfs/contract.ts'
import { type HdfsShell, parse, requireCount, UsageError } from './shell.ts'

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

/** `-mkdir [-p] PATH …` */
export async function mkdir(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['p'])
  requireCount(rest, 1)
  const parents = flags.has('p')
  for (const given of rest)
    await shell.attempt('mkdir', given, async () => {
      const path = shell.path(given)
      const found = await shell.find(path)
      if (found && !(parents && found.kind === 'directory'))
        return shell.fail('mkdir', `\`${given}': ${parents ? 'Is not a directory' : 'File exists'}`)
      if (!parents && !(await shell.find(parentOf(path))))
        return shell.fail('mkdir', `\`${parentOf(path)}': No such file or directory`)
      await shell.hdfs.mkdirs({ path, parents })
    })
}

/** `-rm [-f] [-r|-R] [-skipTrash] PATH …`: there is no trash, and it says `Deleted` as Hadoop does where that is off. */
export async function rm(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['f', 'r', 'R', 'skipTrash', 'safely'])
  requireCount(rest, 1)
  const recursive = flags.has('r') || flags.has('R')
  const there: string[] = []
  for (const given of rest)
    if (!flags.has('f') || (await shell.expand(given).catch(() => [])).length > 0) there.push(given)
  for await (const { path, kind } of shell.each('rm', there))
    await shell.attempt('rm', path, async () => {
      if (kind === 'directory' && !recursive) return shell.fail('rm', `\`${path}': Is a directory`)
      const { done } = await shell.hdfs.remove({ path, recursive })
      if (done) await shell.line(`Deleted ${path}`)
      else shell.fail('rm', `\`${path}': Input/output error`)
    })
}

/** `-rmdir [--ignore-fail-on-non-empty] DIR …` */
export async function rmdir(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['-ignore-fail-on-non-empty'])
  requireCount(rest, 1)
  for await (const { path, kind, children } of shell.each('rmdir', rest))
    await shell.attempt('rmdir', path, async () => {
      if (kind === 'file') return shell.fail('rmdir', `\`${path}': Is not a directory`)
      if (children === 0) await shell.hdfs.remove({ path })
      else if (!flags.has('-ignore-fail-on-non-empty')) shell.fail('rmdir', `\`${path}': Directory is not empty`)
    })
}

/** `-mv SOURCE … TARGET` */
export async function mv(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 2)
  const given = args.at(-1)!
  const to = shell.path(given)
  const target = await shell.find(to)
  if (args.length > 2 && target?.kind !== 'directory')
    return shell.fail('mv', `\`${given}': ${target ? 'Is not a directory' : 'No such file or directory'}`)
  for await (const { path, name } of shell.each('mv', args.slice(0, -1)))
    await shell.attempt('mv', path, async () => {
      const into = target?.kind === 'directory' ? `${to === '/' ? '' : to}/${name}` : to
      if (await shell.find(into)) return shell.fail('mv', `\`${into}': File exists`)
      if (!(await shell.find(parentOf(into)))) return shell.fail('mv', `\`${given}': No such file or directory`)
      const { done } = await shell.hdfs.rename({ from: path, to: into })
      if (!done) shell.fail('mv', `\`${path}': Input/output error`)
    })
}

/** `-setrep [-R] [-w] N PATH …`: always all that is below, as Hadoop does with or without -R. */
export async function setrep(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['R', 'w'])
  requireCount(rest, 2)
  const replication = Number(rest[0])
  if (!Number.isInteger(replication))
    throw new UsageError(`Illegal replication, a positive integer expected: ${rest[0]}`)
  if (replication < 1) throw new UsageError('replication must be >= 1')
  const set: FileStatus[] = []
  for await (const found of shell.each('setrep', rest.slice(1)))
    for await (const file of shell.below(found))
      if (file.kind === 'file')
        await shell.attempt('setrep', file.path, async () => {
          await shell.hdfs.setReplication({ path: file.path, replication })
          await shell.line(`Replication ${replication} set: ${file.path}`)
          set.push(file)
        })
  if (flags.has('w')) for (const { path } of set) await waitFor(shell, path, replication)
}

async function waitFor(shell: HdfsShell, path: string, replication: number): Promise<void> {
  await shell.out(`Waiting for ${path} ...`)
  for await (const _ of shell.hdfs.watch({})) {
    const blocks = await shell.hdfs.blocks({ path })
    if (blocks.every(({ replicas }) => replicas.filter(({ state }) => state === 'good').length === replication)) break
    await shell.out('.')
  }
  await shell.line(' done')
}

/** `-chmod [-R] MODE PATH …`: an octal mode, or symbols such as `u+x,go-w`. */
export async function chmod(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['R'])
  requireCount(rest, 2)
  const [mode, ...paths] = rest
  await onEach(shell, 'chmod', paths, flags.has('R'), (file) =>
    shell.hdfs.setPermission({ path: file.path, permission: modeOf(mode, file) }),
  )
}

/** What `mode` makes of a file's permission. */
export function modeOf(mode: string, { permission, kind }: Pick<FileStatus, 'permission' | 'kind'>): number {
  if (/^[01]?[0-7]{3}$/.test(mode)) return Number.parseInt(mode, 8)
  let bits = permission
  for (const part of mode.split(',')) {
    const match = /^([ugoa]*)([+=-])([rwxXt]*)$/.exec(part)
    if (!match) throw new UsageError(`chmod : mode '${mode}' does not match the expected pattern.`)
    const [, who, how, what] = match
    const people = who === '' || who.includes('a') ? 'ugo' : who
    let rights = 0
    if (what.includes('r')) rights |= 4
    if (what.includes('w')) rights |= 2
    if (what.includes('x') || (what.includes('X') && (kind === 'directory' || permission & 0o111))) rights |= 1
    for (const person of people) {
      const shift = { u: 6, g: 3, o: 0 }[person as 'u' | 'g' | 'o']
      if (how === '=') bits &= ~(7 << shift)
      bits = how === '-' ? bits & ~(rights << shift) : bits | (rights << shift)
    }
    if (what.includes('t')) bits = how === '-' ? bits & ~0o1000 : bits | 0o1000
  }
  return bits
}

/** `-chown [-R] [OWNER][:[GROUP]] PATH …` */
export async function chown(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['R'])
  requireCount(rest, 2)
  const [owner, group] = rest[0].split(':')
  await onEach(shell, 'chown', rest.slice(1), flags.has('R'), ({ path }) =>
    shell.hdfs.setOwner({ path, ...(owner !== '' && { owner }), ...(group && { group }) }),
  )
}

/** `-chgrp [-R] GROUP PATH …` */
export async function chgrp(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['R'])
  requireCount(rest, 2)
  const [group] = rest
  await onEach(shell, 'chgrp', rest.slice(1), flags.has('R'), ({ path }) => shell.hdfs.setOwner({ path, group }))
}

async function onEach(
  shell: HdfsShell,
  command: string,
  paths: readonly string[],
  recursive: boolean,
  act: (file: FileStatus) => Promise<unknown>,
): Promise<void> {
  for await (const found of shell.each(command, paths))
    for await (const file of recursive ? shell.below(found) : [found])
      await shell.attempt(command, file.path, () => act(file))
}

/** `-truncate [-w] LENGTH PATH …` */
export async function truncate(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { rest } = parse(args, ['w'])
  requireCount(rest, 2)
  const bytes = Number(rest[0])
  if (!Number.isInteger(bytes) || bytes < 0) throw new UsageError(`Illegal length: ${rest[0]}`)
  for await (const { path } of shell.each('truncate', rest.slice(1)))
    await shell.attempt('truncate', path, async () => {
      await shell.hdfs.truncate({ path, bytes })
      await shell.line(`Truncated ${path} to length: ${bytes}`)
    })
}

/** `-createSnapshot DIR [NAME]` */
export async function createSnapshot(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 1, 2)
  const [given, name] = args
  await shell.attempt('createSnapshot', given, async () => {
    const { path } = await shell.hdfs.createSnapshot({ path: shell.path(given), ...(name !== undefined && { name }) })
    await shell.line(`Created snapshot ${path}`)
  })
}

/** `-renameSnapshot DIR OLD NEW` */
export async function renameSnapshot(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 3, 3)
  const [given, from, to] = args
  await shell.attempt('renameSnapshot', given, async () => {
    await shell.hdfs.renameSnapshot({ path: shell.path(given), from, to })
    await shell.line(`Renamed snapshot ${from} to ${to} under ${given}`)
  })
}

/** `-deleteSnapshot DIR NAME` */
export async function deleteSnapshot(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 2, 2)
  const [given, name] = args
  await shell.attempt('deleteSnapshot', given, async () => {
    await shell.hdfs.deleteSnapshot({ path: shell.path(given), name })
    await shell.line(`Deleted snapshot ${name} under ${given}`)
  })
}

/** `-test -[defswrz] PATH`: only the exit code says. */
export async function test(shell: HdfsShell, args: readonly string[]): Promise<number> {
  const { flags, rest } = parse(args, ['d', 'e', 'f', 's', 'w', 'r', 'z'])
  requireCount(rest, 1, 1)
  const [flag] = flags
  if (flags.size !== 1) throw new UsageError('No test flag given')
  const file = await shell.find(shell.path(rest[0]))
  const holds: Record<string, (file: FileStatus) => boolean | Promise<boolean>> = {
    d: ({ kind }) => kind === 'directory',
    e: () => true,
    f: ({ kind }) => kind === 'file',
    s: async ({ path, bytes, kind }) => (kind === 'file' ? bytes : (await shell.hdfs.summary({ path })).bytes) > 0,
    w: () => true,
    r: () => true,
    z: ({ bytes, kind }) => kind === 'file' && bytes === 0,
  }
  return file && (await holds[flag](file)) ? 0 : 1
}
