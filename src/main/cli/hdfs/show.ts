import { type FileStatus, permissionText } from '../../../engines/hdfs/contract.ts'
import { columns, type HdfsShell, minuteText, parse, requireCount, shortBytes } from './shell.ts'

/** `-ls [-C] [-d] [-h] [-R] [-S] [-t] [-r] [PATH …]` */
export async function ls(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['C', 'd', 'h', 'R', 'S', 't', 'r'])
  const order = (files: FileStatus[]): FileStatus[] => {
    if (flags.has('t')) files.sort((a, b) => b.modifiedMs - a.modifiedMs)
    else if (flags.has('S')) files.sort((a, b) => b.bytes - a.bytes)
    return flags.has('r') ? files.reverse() : files
  }
  const size = (file: FileStatus) => (flags.has('h') ? shortBytes(file.bytes) : String(file.bytes))
  const print = async (files: readonly FileStatus[], counted: boolean) => {
    if (flags.has('C')) {
      for (const { path } of files) await shell.line(path)
      return
    }
    if (counted && files.length > 0) await shell.line(`Found ${files.length} items`)
    const widest = (of: (file: FileStatus) => string, least: number) =>
      files.reduce((most, file) => Math.max(most, of(file).length), least)
    const [replication, owner, group, bytes] = [
      widest((file) => String(file.replication), 3),
      widest((file) => file.owner, 0),
      widest((file) => file.group, 0),
      widest(size, 10),
    ]
    for (const file of files)
      await shell.line(
        [
          `${permissionText(file)} ${(file.kind === 'file' ? String(file.replication) : '-').padStart(replication)}`,
          file.owner.padEnd(owner),
          file.group.padEnd(group),
          size(file).padStart(bytes),
          minuteText(file.modifiedMs),
          file.path,
        ].join(' '),
      )
  }
  const open = async (folder: FileStatus): Promise<void> => {
    const children = order(await shell.hdfs.list({ path: folder.path }))
    await print(children, !flags.has('R'))
    if (flags.has('R')) for (const child of children) if (child.kind === 'directory') await open(child)
  }
  for await (const file of shell.each('ls', rest.length > 0 ? rest : ['.']))
    await shell.attempt('ls', file.path, () =>
      file.kind === 'directory' && !flags.has('d') ? open(file) : print([file], false),
    )
}

/** `-du [-s] [-h] [-v] PATH …`: what it holds, what that takes on all disks, and the path. */
export async function du(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['s', 'h', 'v', 'x'])
  const bytes = (value: number) => (flags.has('h') ? shortBytes(value) : String(value))
  for await (const file of shell.each('du', rest.length > 0 ? rest : ['.'])) {
    const parts = file.kind === 'file' || flags.has('s') ? [file] : await shell.hdfs.list({ path: file.path })
    const rows: string[][] = flags.has('v') ? [['SIZE', 'DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS', 'FULL_PATH_NAME']] : []
    for (const { path } of parts) {
      const summary = await shell.hdfs.summary({ path })
      rows.push([bytes(summary.bytes), bytes(summary.spaceBytes), path])
    }
    for (const line of columns(rows)) await shell.line(line)
  }
}

/** `-count [-q] [-h] [-v] PATH …` */
export async function count(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['q', 'h', 'v', 'u'])
  requireCount(rest, 1)
  const bytes = (value: number) => (flags.has('h') ? shortBytes(value) : String(value))
  const quotas = flags.has('q') || flags.has('u')
  const right = (cells: readonly (readonly [text: string, width: number])[]) =>
    cells.map(([text, width]) => text.padStart(width)).join(' ')
  if (flags.has('v'))
    await shell.line(
      right([
        ...(quotas
          ? ([
              ['QUOTA', 12],
              ['REM_QUOTA', 15],
              ['SPACE_QUOTA', 15],
              ['REM_SPACE_QUOTA', 15],
            ] as const)
          : []),
        ...(flags.has('u')
          ? []
          : ([
              ['DIR_COUNT', 12],
              ['FILE_COUNT', 12],
              ['CONTENT_SIZE', 18],
            ] as const)),
        ['PATHNAME', 0],
      ]),
    )
  for await (const { path } of shell.each('count', rest)) {
    const { files, directories, nameQuota, spaceQuota, bytes: size, spaceBytes } = await shell.hdfs.summary({ path })
    const quota = (limit: number | null, used: number, say: (value: number) => string) =>
      [
        [limit === null ? 'none' : say(limit), 15],
        [limit === null ? 'inf' : say(limit - used), 15],
      ] as const
    const [names, left] = quota(nameQuota, files + directories, String)
    await shell.line(
      right([
        ...(quotas ? [[names[0], 12] as const, left, ...quota(spaceQuota, spaceBytes, bytes)] : []),
        ...(flags.has('u')
          ? []
          : ([
              [String(directories), 12],
              [String(files), 12],
              [bytes(size), 18],
            ] as const)),
        [path, 0],
      ]),
    )
  }
}

const second = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19)

/** `-stat [FORMAT] PATH …`: by default `%y`, when it was changed, in UTC. */
export async function stat(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const [first, ...others] = args
  const format = first?.includes('%') ? first : '%y'
  const paths = first?.includes('%') ? others : args
  requireCount(paths, 1)
  for await (const file of shell.each('stat', paths)) {
    const values: Record<string, () => string> = {
      a: () => (file.permission & 0o777).toString(8),
      A: () => permissionText(file).slice(1),
      b: () => String(file.bytes),
      F: () => (file.kind === 'file' ? 'regular file' : 'directory'),
      g: () => file.group,
      n: () => file.name,
      o: () => String(file.blockBytes),
      r: () => String(file.replication),
      u: () => file.owner,
      x: () => second(file.accessedMs),
      X: () => String(file.accessedMs),
      y: () => second(file.modifiedMs),
      Y: () => String(file.modifiedMs),
    }
    await shell.line(format.replaceAll(/%(.)/g, (whole, letter: string) => values[letter]?.() ?? whole))
  }
}

/** `-df [-h] [PATH …]` */
export async function df(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags } = parse(args, ['h'])
  const { nodes, webhdfs } = await shell.hdfs.describe({})
  const live = nodes.filter(({ state }) => state !== 'dead')
  const sum = (of: (node: (typeof nodes)[number]) => number) => live.reduce((total, node) => total + of(node), 0)
  const [size, used] = [sum((node) => node.capacityBytes), sum((node) => node.usedBytes)]
  const bytes = (value: number) => (flags.has('h') ? shortBytes(value) : String(value))
  const share = size === 0 ? 0 : Math.round((100 * used) / size)
  const rows = [
    ['Filesystem', 'Size', 'Used', 'Available', 'Use%'],
    [`hdfs://${new URL(webhdfs).host}`, bytes(size), bytes(used), bytes(size - used), `${share}%`],
  ]
  for (const line of columns(rows, [1, 2, 3, 4])) await shell.line(line)
}

/** `-checksum PATH …` */
export async function checksum(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 1)
  for await (const { path } of shell.each('checksum', args))
    await shell.attempt('checksum', path, async () => {
      const { algorithm, bytes } = await shell.hdfs.checksum({ path })
      await shell.line(`${path}\t${algorithm}\t${bytes}`)
    })
}
