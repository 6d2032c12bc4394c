import { mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileStatus } from '../../../engines/hdfs/contract.ts'
import type { Pieces } from './answer.ts'
import { localFile, readFile, writeFile } from './data.ts'
import { type HdfsShell, parse, requireCount, UsageError } from './shell.ts'

/** What `-head` and `-tail` show. */
const END_BYTES = 1024

const piecesOf = (path: string): Pieces => (path === '-' ? process.stdin : localFile(path))

const within = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`)

async function putTree(
  shell: HdfsShell,
  command: string,
  source: string,
  target: string,
  overwrite: boolean,
): Promise<void> {
  await shell.attempt(command, target, async () => {
    if (source !== '-' && (await stat(source)).isDirectory()) {
      await shell.hdfs.mkdirs({ path: target })
      for (const name of (await readdir(source)).sort())
        await putTree(shell, command, join(source, name), within(target, name), overwrite)
    } else {
      const length = source === '-' ? {} : { length: (await stat(source)).size }
      await writeFile(await shell.web(), target, piecesOf(source), { overwrite, ...length })
    }
  })
}

/** `-put [-f] [-p] LOCAL|- … TARGET`, also `-copyFromLocal`, and `-moveFromLocal`, which deletes what it has copied. */
export async function put(shell: HdfsShell, args: readonly string[], move = false): Promise<void> {
  const { flags, rest } = parse(args, ['f', 'd', 'l'])
  requireCount(rest, 1)
  const command = move ? 'moveFromLocal' : 'put'
  const sources = rest.length === 1 ? rest : rest.slice(0, -1)
  const given = rest.length === 1 ? '.' : rest.at(-1)!
  const to = shell.path(given)
  const target = await shell.find(to)
  if (sources.length > 1 && target?.kind !== 'directory')
    return shell.fail(command, `\`${given}': ${target ? 'Is not a directory' : 'No such file or directory'}`)
  for (const source of sources)
    await shell.attempt(command, source, async () => {
      if (source !== '-') await stat(source)
      const into = target?.kind === 'directory' ? within(to, basename(source)) : to
      const parent = into.slice(0, into.lastIndexOf('/')) || '/'
      if (!(await shell.find(parent)))
        return shell.fail(command, `\`${given}': No such file or directory: \`${parent}'`)
      if (!flags.has('f') && (await shell.find(into))) return shell.fail(command, `\`${into}': File exists`)
      const { exitCode } = shell
      await putTree(shell, command, source, into, flags.has('f'))
      if (move && shell.exitCode === exitCode && source !== '-') await rm(source, { recursive: true })
    })
}

/** `-appendToFile LOCAL|- … TARGET` */
export async function appendToFile(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 2)
  const path = shell.path(args.at(-1)!)
  for (const source of args.slice(0, -1))
    await shell.attempt('appendToFile', source, async () => {
      if (source !== '-') await stat(source)
      const append = (await shell.find(path)) !== undefined
      await writeFile(await shell.web(), path, piecesOf(source), { append })
    })
}

/** Writes beside the file, and takes its place once all is on the medium, as Hadoop's shell does. */
async function getFile(shell: HdfsShell, paths: readonly string[], target: string, newline = false): Promise<void> {
  const unfinished = `${target}._COPYING_`
  try {
    await using file = await open(unfinished, 'w')
    for (const path of paths) {
      for await (const piece of await readFile(await shell.web(), path)) await file.writeFile(piece)
      if (newline) await file.write('\n')
    }
    await file.sync()
  } catch (thrown) {
    await unlink(unfinished).catch(() => {})
    throw thrown
  }
  await rename(unfinished, target)
}

async function getTree(shell: HdfsShell, { path, kind }: FileStatus, target: string): Promise<void> {
  await shell.attempt('get', target, async () => {
    if (kind === 'file') return getFile(shell, [path], target)
    await mkdir(target, { recursive: true })
    for (const child of await shell.hdfs.list({ path })) await getTree(shell, child, join(target, child.name))
  })
}

/** `-get [-f] SOURCE … LOCAL`, also `-copyToLocal`. */
export async function get(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['f', 'p', 'crc', 'ignoreCrc'])
  requireCount(rest, 1)
  const sources = rest.length === 1 ? rest : rest.slice(0, -1)
  const target = rest.length === 1 ? '.' : rest.at(-1)!
  if (target === '-') return cat(shell, sources)
  const isFolder = (await stat(target).catch(() => undefined))?.isDirectory() ?? false
  if (sources.length > 1 && !isFolder) return shell.fail('get', `\`${target}': No such file or directory`)
  for await (const file of shell.each('get', sources)) {
    const into = isFolder ? join(target, file.name) : target
    const known = await stat(into).catch(() => undefined)
    if (known && !flags.has('f')) shell.fail('get', `\`${into}': File exists`)
    else await getTree(shell, file, into)
  }
}

/** `-getmerge [-nl] SOURCE … LOCAL`: the files of folders one after the other, by name. */
export async function getmerge(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['nl', 'skip-empty-file'])
  requireCount(rest, 2)
  const paths: string[] = []
  for await (const file of shell.each('getmerge', rest.slice(0, -1))) {
    const files = file.kind === 'file' ? [file] : await shell.hdfs.list({ path: file.path })
    for (const { path, kind, bytes } of files)
      if (kind === 'file' && !(flags.has('skip-empty-file') && bytes === 0)) paths.push(path)
  }
  const target = rest.at(-1)!
  await shell.attempt('getmerge', target, () => getFile(shell, paths, target, flags.has('nl')))
}

async function print(shell: HdfsShell, path: string, offset = 0, length?: number): Promise<void> {
  const range = { offset, ...(length !== undefined && { length }) }
  for await (const bytes of await readFile(await shell.web(), path, range)) await shell.out(Buffer.from(bytes))
}

async function eachFile(
  shell: HdfsShell,
  command: string,
  paths: readonly string[],
  act: (file: FileStatus) => Promise<void>,
): Promise<void> {
  for await (const file of shell.each(command, paths))
    await shell.attempt(command, file.path, async () =>
      file.kind === 'directory' ? shell.fail(command, `\`${file.path}': Is a directory`) : act(file),
    )
}

/** `-cat PATH …` */
export async function cat(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { rest } = parse(args, ['ignoreCrc'])
  requireCount(rest, 1)
  await eachFile(shell, 'cat', rest, ({ path }) => print(shell, path))
}

/** `-head PATH`: the first KiB. */
export async function head(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 1, 1)
  await eachFile(shell, 'head', args, ({ path }) => print(shell, path, 0, END_BYTES))
}

/** `-tail [-f] PATH`: the last KiB; with -f what is flushed after it too, until it is interrupted. */
export async function tail(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['f'])
  requireCount(rest, 1, 1)
  await eachFile(shell, 'tail', rest, async ({ path, bytes }) => {
    await print(shell, path, Math.max(0, bytes - END_BYTES))
    if (!flags.has('f')) return
    let shown = bytes
    for await (const _ of shell.hdfs.watch({})) {
      const { bytes: now } = await shell.hdfs.status({ path })
      if (now > shown) await print(shell, path, shown, now - shown)
      shown = now
    }
  })
}

/** `-cp [-f] SOURCE … TARGET` */
export async function cp(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const { flags, rest } = parse(args, ['f'])
  requireCount(rest, 2)
  const given = rest.at(-1)!
  const to = shell.path(given)
  const target = await shell.find(to)
  const copy = async (file: FileStatus, into: string): Promise<void> => {
    if (into === file.path || into.startsWith(`${file.path}/`))
      return shell.fail('cp', `\`${given}': is a subdirectory of itself`)
    if (file.kind === 'directory') {
      const children = await shell.hdfs.list({ path: file.path })
      await shell.hdfs.mkdirs({ path: into })
      for (const child of children) await copy(child, within(into, child.name))
      return
    }
    if (!flags.has('f') && (await shell.find(into))) return shell.fail('cp', `\`${into}': File exists`)
    const web = await shell.web()
    await writeFile(web, into, await readFile(web, file.path), { overwrite: flags.has('f'), length: file.bytes })
  }
  if (rest.length > 2 && target?.kind !== 'directory')
    return shell.fail('cp', `\`${given}': ${target ? 'Is not a directory' : 'No such file or directory'}`)
  for await (const file of shell.each('cp', rest.slice(0, -1)))
    await shell.attempt('cp', file.path, () => copy(file, target?.kind === 'directory' ? within(to, file.name) : to))
}

/** `-touchz PATH …`: makes a file of no bytes; one that has some is refused. */
export async function touchz(shell: HdfsShell, args: readonly string[]): Promise<void> {
  requireCount(args, 1)
  for (const given of args)
    await shell.attempt('touchz', given, async () => {
      const path = shell.path(given)
      const found = await shell.find(path)
      if (found && (found.kind === 'directory' || found.bytes > 0))
        return shell.fail(
          'touchz',
          `\`${given}': ${found.kind === 'directory' ? 'Is a directory' : 'Not a zero-length file'}`,
        )
      const { handle } = await shell.hdfs.create({ path, overwrite: true })
      await shell.hdfs.close({ handle })
    })
}

/** `-concat TARGET SOURCE …` */
export async function concat(shell: HdfsShell, args: readonly string[]): Promise<void> {
  if (args.length < 2) throw new UsageError(`Not enough arguments: expected 2 but got ${args.length}`)
  const [path, ...sources] = args.map((each) => shell.path(each))
  await shell.attempt('concat', path, () => shell.hdfs.concat({ path, sources }))
}
