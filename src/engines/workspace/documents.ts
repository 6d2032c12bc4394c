import { createHash, randomUUID } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, extname, join, sep } from 'node:path'
import { syncFolder, writeFileAtomic } from '../kit/node/files.ts'
import { storageError } from '../kit/node/journal.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { DocumentEntry } from './contract.ts'

const FOLDERS = ['pipelines', 'queries', 'dashboards', 'jobs'] as const
const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
const SEGMENT = /^[^\0-\x1f<>:"|?*\\/]{1,200}$/

export interface StoredDocument {
  path: string
  text: string
  revision: string
}

/** The workspace's documents: plain files that git and other editors see too, so every write checks what it overwrites. */
export class DocumentStore {
  private readonly root: string
  private readonly trash: string

  constructor(root: string, trash: string) {
    this.root = realpathSync(root)
    this.trash = trash
  }

  list(folder: (typeof FOLDERS)[number]): DocumentEntry[] {
    const directory = join(this.root, folder)
    if (!existsSync(directory)) return []
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => this.entry(join(entry.parentPath, entry.name)))
      .sort((a, b) => a.title.localeCompare(b.title))
  }

  read(path: string): StoredDocument {
    const file = this.resolve(path)
    if (!existsSync(file))
      throw new EngineError('DocumentNotFound', `There is no document ${path}.`, { at: { file: path } })
    if (statSync(file).size > DOCUMENT_BYTES_MAX)
      throw new EngineError('DocumentTooLarge', `${path} is larger than ${DOCUMENT_BYTES_MAX / 1024 / 1024} MiB.`, {
        at: { file: path },
      })
    const text = readFileSync(file, 'utf8')
    return { path, text, revision: revisionOf(text) }
  }

  /** Writes the whole text. With a `revision` it fails when the file is no longer what its editor read. */
  write(path: string, text: string, revision?: string): StoredDocument {
    const file = this.resolve(path)
    if (revision !== undefined) {
      const current = existsSync(file) ? revisionOf(readFileSync(file, 'utf8')) : ''
      if (current !== revision) {
        throw new EngineError('Conflict', `${path} was changed outside. Reload it, or save under another name.`, {
          at: { file: path },
        })
      }
    }
    try {
      writeFileAtomic(file, text)
    } catch (thrown) {
      throw storageError(thrown, path)
    }
    return { path, text, revision: revisionOf(text) }
  }

  rename(path: string, to: string): StoredDocument {
    const [from, target] = [this.resolve(path), this.resolve(to)]
    if (!existsSync(from))
      throw new EngineError('DocumentNotFound', `There is no document ${path}.`, { at: { file: path } })
    if (existsSync(target))
      throw new EngineError('Conflict', `There is a document ${to} already.`, { at: { file: to } })
    mkdirSync(dirname(target), { recursive: true })
    renameSync(from, target)
    syncFolder(dirname(target))
    return this.read(to)
  }

  remove(path: string): string {
    const file = this.resolve(path)
    if (!existsSync(file))
      throw new EngineError('DocumentNotFound', `There is no document ${path}.`, { at: { file: path } })
    const trashId = randomUUID()
    const place = join(this.trash, trashId)
    mkdirSync(place, { recursive: true })
    writeFileAtomic(join(place, 'path.json'), JSON.stringify({ path }))
    renameSync(file, join(place, 'content'))
    return trashId
  }

  restore(trashId: string): StoredDocument {
    const place = join(this.trash, basename(trashId))
    if (!existsSync(join(place, 'content')))
      throw new EngineError('DocumentNotFound', 'This document is no longer in the trash.')
    const { path } = JSON.parse(readFileSync(join(place, 'path.json'), 'utf8')) as { path: string }
    const file = this.resolve(path)
    if (existsSync(file))
      throw new EngineError('Conflict', `There is a document ${path} already.`, { at: { file: path } })
    mkdirSync(dirname(file), { recursive: true })
    renameSync(join(place, 'content'), file)
    rmSync(place, { recursive: true, force: true })
    return this.read(path)
  }

  /** The file of a document's path. A path that leaves the four document folders, also by a link, is refused. */
  private resolve(path: string): string {
    const segments = path.split('/')
    const known = FOLDERS.some((folder) => folder === segments[0])
    const safe = segments.every(
      (segment) => SEGMENT.test(segment) && !segment.startsWith('.') && !/[. ]$/.test(segment),
    )
    if (!known || segments.length < 2 || !safe) {
      throw new EngineError(
        'InvalidPath',
        `${JSON.stringify(path)} is not the path of a document: it begins with one of ${FOLDERS.join(', ')}.`,
        { at: { field: 'path' } },
      )
    }
    let walked = this.root
    for (const segment of segments) {
      walked = join(walked, segment)
      if (existsSync(walked) && lstatSync(walked).isSymbolicLink() && !this.isInside(realpathSync(walked))) {
        throw new EngineError('InvalidPath', `${path} leads out of the workspace’s documents by a link.`, {
          at: { file: path },
        })
      }
    }
    return walked
  }

  private isInside(real: string): boolean {
    return FOLDERS.some((folder) => `${real}${sep}`.startsWith(join(this.root, folder) + sep))
  }

  private entry(file: string): DocumentEntry {
    const stat = statSync(file)
    const path = file
      .slice(this.root.length + 1)
      .split(sep)
      .join('/')
    const entry: DocumentEntry = {
      path,
      title: basename(file, extname(file)),
      modifiedMs: stat.mtimeMs,
      sizeBytes: stat.size,
    }
    if (extname(file) !== '.json' || stat.size > DOCUMENT_BYTES_MAX) return entry
    try {
      const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }
      return typeof name === 'string' && name ? { ...entry, title: name } : entry
    } catch (thrown) {
      return { ...entry, problem: `Not readable as JSON: ${(thrown as Error).message}` }
    }
  }
}

function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
