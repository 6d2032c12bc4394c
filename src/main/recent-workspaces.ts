import { existsSync, readFileSync, realpathSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../engines/kit/node/files.ts'
import { realTime } from '../engines/kit/node/real-time.ts'
import { userDirectory } from '../engines/kit/node/trust.ts'
import { readWorkspaceFile } from '../engines/kit/node/workspace-file.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'
import type { RecentWorkspace } from '../engines/system/contract.ts'
import { ownerAlive } from './ownership.ts'

const Entry = z.object({ directory: z.string(), name: z.string(), openedMs: z.number() })
type Entry = z.infer<typeof Entry>

const FORMAT = 1
const RecentFile = z.object({ format: z.literal(FORMAT), workspaces: z.array(Entry) })
const KEPT = 20

/**
 * The workspaces that this user opened, latest first, in a file of the user's own folder. Nothing depends on it: a list that is damaged
 * is set aside and begun anew, one that cannot be written stays as it was, and both are said beside the list.
 */
export class RecentWorkspaces {
  private readonly file = join(userDirectory(), 'recent.json')
  private trouble: string | null = null

  /** What is wrong with the list, in a sentence. */
  get problem(): string | null {
    return this.trouble
  }

  /** All but one: the one that is open here is known. */
  list(besides: string): RecentWorkspace[] {
    const own = realpathSync(besides)
    return this.read()
      .filter(({ directory }) => directory !== own)
      .map((entry) => described(entry))
  }

  /** Puts a workspace that was opened at the top. */
  record(workspaceDirectory: string): void {
    const directory = realpathSync(workspaceDirectory)
    const entry = { directory, name: nameOf(directory, basename(directory)), openedMs: realTime.now() }
    this.change((entries) => [entry, ...entries.filter((other) => other.directory !== directory)].slice(0, KEPT))
  }

  forget(directory: string): void {
    this.change((entries) => entries.filter((entry) => entry.directory !== directory))
  }

  has(directory: string): boolean {
    return this.read().some((entry) => entry.directory === directory)
  }

  private change(edit: (entries: Entry[]) => Entry[]): void {
    const entries = this.read()
    if (this.isNewer()) return
    try {
      writeFileAtomic(this.file, JSON.stringify({ format: FORMAT, workspaces: edit(entries) }, null, 2), {
        mode: 0o600,
      })
    } catch (thrown) {
      this.trouble = `${this.file} cannot be written: ${EngineError.from(thrown).message}`
    }
  }

  private read(): Entry[] {
    if (!existsSync(this.file)) return []
    if (this.isNewer()) {
      this.trouble = `${this.file} is of a newer Millrace, so it is neither shown nor changed.`
      return []
    }
    try {
      return RecentFile.parse(JSON.parse(readFileSync(this.file, 'utf8'))).workspaces
    } catch {
      this.setAside()
      return []
    }
  }

  private setAside(): void {
    const aside = `${this.file}.damaged`
    try {
      renameSync(this.file, aside)
      this.trouble = `The list was damaged and begins anew. What was there is in ${aside}.`
    } catch (thrown) {
      this.trouble = `${this.file} cannot be read: ${EngineError.from(thrown).message}`
    }
  }

  private isNewer(): boolean {
    try {
      const { format } = JSON.parse(readFileSync(this.file, 'utf8'))
      return Number.isInteger(format) && format > FORMAT
    } catch {
      return false
    }
  }
}

function described({ directory, name, openedMs }: Entry): RecentWorkspace {
  const missing = !existsSync(directory)
  const owner = missing ? null : ownerAlive(directory)
  return {
    directory,
    name: missing ? name : nameOf(directory, name),
    openedMs,
    missing,
    address: owner && `${owner.url}#token=${owner.token}`,
  }
}

/** As its own file has it, which may have changed since. What that file cannot say is told when the workspace is opened. */
function nameOf(directory: string, otherwise: string): string {
  try {
    return readWorkspaceFile(directory)?.name ?? otherwise
  } catch {
    return otherwise
  }
}
