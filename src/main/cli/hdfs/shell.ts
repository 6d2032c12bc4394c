import { once } from 'node:events'
import { userInfo } from 'node:os'
import type { Clients } from '../../../engines/contract.ts'
import type { FileStatus } from '../../../engines/hdfs/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import type { WebHdfsAt } from './data.ts'

/** Hadoop's exit code for a command that was not understood. */
export const USAGE = 255

/** What a command of `hdfs` works with. */
export class HdfsShell {
  readonly hdfs: Clients['hdfs']
  readonly user = userInfo().username
  private failures = 0
  private webhdfs: string | undefined

  constructor(clients: Clients) {
    this.hdfs = clients.hdfs
  }

  async web(): Promise<WebHdfsAt> {
    this.webhdfs ??= (await this.hdfs.describe({})).webhdfs
    return { url: this.webhdfs, user: this.user }
  }

  get exitCode(): number {
    return this.failures > 0 ? 1 : 0
  }

  async out(text: string | Uint8Array): Promise<void> {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain')
  }

  line(text = ''): Promise<void> {
    return this.out(`${text}\n`)
  }

  fail(command: string, message: string): void {
    this.failures++
    process.stderr.write(`${command}: ${message}\n`)
  }

  /** Does it for one argument; what goes wrong is told, and the others have their turn. */
  async attempt(command: string, path: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      this.fail(command, failureText(thrown, path))
    }
  }

  /** A path as HDFS has it: relative ones begin in the user's folder, and the scheme and host of a URI are this cluster's. */
  path(given: string): string {
    const bare = given.replace(/^hdfs:\/\/[^/]*/, '') || '/'
    const parts = (bare.startsWith('/') ? bare : `/user/${this.user}/${bare}`).split('/')
    return `/${parts.filter((part) => part !== '' && part !== '.').join('/')}`
  }

  async find(path: string): Promise<FileStatus | undefined> {
    try {
      return await this.hdfs.status({ path })
    } catch (thrown) {
      if (EngineError.from(thrown).code === 'FileNotFoundException') return undefined
      throw thrown
    }
  }

  /** What a pattern stands for; a path that is there stands for itself. Throws Hadoop's words where there is nothing. */
  async expand(given: string): Promise<FileStatus[]> {
    const path = this.path(given)
    const plain = await this.find(path)
    if (plain) return [plain]
    if (!/[*?[{]/.test(path)) throw new NoSuchPath(given)
    let found: FileStatus[] = [await this.hdfs.status({ path: '/' })]
    for (const part of path.split('/').filter(Boolean)) {
      const pattern = globOf(part)
      const folders = found.filter(({ kind }) => kind === 'directory')
      const lists = await Promise.all(folders.map((folder) => this.hdfs.list({ path: folder.path })))
      found = lists.flat().filter(({ name }) => pattern.test(name))
    }
    if (found.length === 0) throw new NoSuchPath(given)
    return found
  }

  /** What the arguments stand for, one after the other; those that stand for nothing are told. */
  async *each(command: string, paths: readonly string[]): AsyncGenerator<FileStatus> {
    for (const given of paths) {
      let found: FileStatus[] = []
      await this.attempt(command, given, async () => {
        found = await this.expand(given)
      })
      yield* found
    }
  }

  /** A file or folder with all that is below it, folders first. */
  async *below(file: FileStatus): AsyncGenerator<FileStatus> {
    yield file
    if (file.kind === 'directory')
      for (const child of await this.hdfs.list({ path: file.path })) yield* this.below(child)
  }
}

class NoSuchPath extends Error {
  constructor(given: string) {
    super(`\`${given}': No such file or directory`)
  }
}

/** The words that Hadoop's shell has for what went wrong with a path. */
export function failureText(thrown: unknown, path: string): string {
  if (thrown instanceof NoSuchPath) return thrown.message
  const { code, message } = EngineError.from(thrown)
  if (code === 'FileNotFoundException' || code === 'ENOENT') return `\`${path}': No such file or directory`
  if (code === 'FileAlreadyExistsException') return `\`${path}': File exists`
  return message.split('\n')[0]
}

/** One part of a pattern: `*`, `?`, `[a-c]`, `[^a]`, `{x,y}`, as Hadoop's `GlobPattern`. */
export function globOf(part: string): RegExp {
  let braces = 0
  let text = ''
  for (let i = 0; i < part.length; i++) {
    const { [i]: letter } = part
    if (letter === '\\' && i + 1 < part.length) text += escapeText(part[++i])
    else if (letter === '*') text += '.*'
    else if (letter === '?') text += '.'
    else if (letter === '{') {
      braces++
      text += '(?:'
    } else if (letter === '}' && braces > 0) {
      braces--
      text += ')'
    } else if (letter === ',' && braces > 0) text += '|'
    else if (letter === '[' && part.indexOf(']', i + 2) > 0) {
      const end = part.indexOf(']', i + 2)
      text += `[${part
        .slice(i + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')}]`
      i = end
    } else text += escapeText(letter)
  }
  return new RegExp(`^${text}$`, 'su')
}

const escapeText = (letter: string): string => letter.replace(/[.*+?^${}()|[\]\\/]/, '\\$&')

export class UsageError extends Error {}

export interface Parsed {
  readonly flags: ReadonlySet<string>
  readonly values: Readonly<Record<string, string>>
  readonly rest: readonly string[]
}

/** Options with one dash before the first other argument. Throws a `UsageError` for one that is not known. */
export function parse(args: readonly string[], flags: readonly string[], values: readonly string[] = []): Parsed {
  const found = new Set<string>()
  const given: Record<string, string> = {}
  let at = 0
  for (; at < args.length && /^-./.test(args[at]); at++) {
    const name = args[at].slice(1)
    if (flags.includes(name)) found.add(name)
    else if (values.includes(name) && at + 1 < args.length) given[name] = args[++at]
    else throw new UsageError(`Illegal option ${args[at]}`)
  }
  return { flags: found, values: given, rest: args.slice(at) }
}

export function requireCount(rest: readonly string[], least: number, most = Number.POSITIVE_INFINITY): void {
  if (rest.length < least) throw new UsageError(`Not enough arguments: expected ${least} but got ${rest.length}`)
  if (rest.length > most) throw new UsageError(`Too many arguments: expected ${most} but got ${rest.length}`)
}

const two = (value: number): string => String(value).padStart(2, '0')

/** "2001-01-14 09:30", where Hadoop's shell tells local time. */
export function minuteText(ms: number): string {
  const date = new Date(ms)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** "1.5 K", "12", "64 M": Hadoop's `StringUtils.TraditionalBinaryPrefix` with one digit. */
export function shortBytes(bytes: number): string {
  const units = ['', ' K', ' M', ' G', ' T', ' P']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  if (unit === 0) return String(bytes)
  return `${Number.isInteger(value) ? value : value.toFixed(1)}${units[unit]}`
}

/** Columns as wide as their widest value, two blanks apart. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map(({ [i]: cell }) => cell.length))) ?? []
  return rows.map((cells) =>
    cells
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  )
}
