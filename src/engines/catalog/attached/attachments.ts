import { pathToFileURL } from 'node:url'
import type { Clients } from '../../contract.ts'
import {
  type Attachment,
  attachableFile,
  isInLake,
  readAttachments,
  writeAttachments,
} from '../../kit/node/attached-files.ts'
import { Trust } from '../../kit/node/code-trust.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { Recent } from '../../kit/pure/recent.ts'
import { ATTACHED, type CatalogDatabase, type CatalogTable } from '../contract.ts'
import type { FileReach } from '../files.ts'
import { alreadyExists, notFound } from '../model.ts'
import { columnNames } from './detect.ts'
import { notesOf } from './notes.ts'
import { sourceFiles } from './source.ts'

/** Tables whose notes are kept. */
const NOTED = 64

export const refuse = (field: string, message: string) =>
  new EngineError('InvalidInputException', message, { at: { field } })

export type AttachedReach = FileReach & { readonly clients: Pick<Clients, 'lake' | 'workspace'> }

/** Files and folders outside of the workspace as tables of the database `attached`: read where they lie, never written. */
export class Attachments {
  private readonly reach: AttachedReach
  private readonly trust: Trust
  private readonly ownName: () => boolean
  private readonly noted = new Recent<{ state: string; notes: string[] }>(NOTED)

  /** `ownName`: whether the catalog has a database of its own by the name. */
  constructor(reach: AttachedReach, ownName: () => boolean) {
    this.reach = reach
    this.ownName = ownName
    this.trust = new Trust({ clients: reach.clients, withheld: 'files outside of it are not read', field: 'source' })
  }

  /** Whether this is the database of what is attached; it is there once something is. */
  has(database: string): boolean {
    return database === ATTACHED && this.list().length > 0
  }

  database(): CatalogDatabase[] {
    const [first] = this.list()
    const description = 'Files and folders that are read where they lie'
    return first ? [{ name: ATTACHED, description, createdMs: first.attachedMs }] : []
  }

  private list(): Attachment[] {
    return this.ownName() ? [] : readAttachments(this.reach.workspaceDirectory)
  }

  tables(): CatalogTable[] {
    return this.list().map(tableOf)
  }

  table(name: string): CatalogTable | undefined {
    return this.tables().find((table) => table.name === name)
  }

  async allow(source: string): Promise<void> {
    if (!isInLake(source)) await this.trust.require()
  }

  /** Keeps an attachment once its name and its source have been looked at. */
  async add(attachment: Attachment): Promise<void> {
    const { readOnly } = await this.reach.clients.workspace.describe({})
    if (readOnly)
      throw new EngineError('ReadOnly', 'This workspace was written by a newer Millrace: it is not changed.')
    writeAttachments(this.reach.workspaceDirectory, [...this.list(), attachment])
  }

  /** The name, with a number where another table has it. */
  freeName(name: string): string {
    let free = name
    for (let n = 2; this.table(free); n++) free = `${name}_${n}`
    return free
  }

  checkName(name: string): void {
    if (!/^[a-z][a-z0-9_]{0,127}$/.test(name))
      throw refuse('name', 'A name begins with a letter and goes on with letters, digits and _, all small.')
    if (this.ownName()) throw alreadyExists(`A database of the catalog's own by the name ${ATTACHED}`)
    if (this.table(name))
      throw new EngineError('AlreadyExistsException', `There is a table ${name} already.`, { at: { field: 'name' } })
  }

  remove(name: string): void {
    const rest = this.list().filter((attachment) => attachment.name !== name)
    writeAttachments(this.reach.workspaceDirectory, rest)
  }

  /** `notesOf` a table, looked for once for each state of its files. */
  async notes(name: string, signal: AbortSignal): Promise<string[]> {
    const files = await this.files(name)
    const attachment = this.find(name)
    const state = JSON.stringify([attachment, files])
    const known = this.noted.get(name)
    if (known?.state === state) return known.notes
    const notes = await notesOf(attachment, this.reach, signal)
    this.noted.set(name, { state, notes })
    return notes
  }

  private find(name: string): Attachment {
    const attachment = this.list().find((candidate) => candidate.name === name)
    if (!attachment) throw notFound(`Table ${name} not found in database ${ATTACHED}.`)
    return attachment
  }

  /** Files of a table as DuckDB may read them now. */
  async files(name: string) {
    const attachment = this.find(name)
    await this.allow(attachment.source)
    const { files } = await sourceFiles(this.unmoved(attachment), this.reach)
    const readable: { key: string; file: string; size: number; modifiedMs: number }[] = []
    for (const { path, size, modifiedMs } of files)
      if (size > 0) readable.push({ key: path, file: await this.reach.duck.readable(path), size, modifiedMs })
    return readable
  }

  /** A path that has become a link since leads to what nobody attached. */
  private unmoved({ name, source }: Attachment): string {
    if (isInLake(source)) return source
    try {
      if (attachableFile(source, this.reach.workspaceDirectory) === source) return source
    } catch (thrown) {
      if (EngineError.from(thrown).code !== 'FileNotFound') throw thrown
      throw new EngineError(
        'FileNotFound',
        `${source} is not there, which ${ATTACHED}.${name} reads. Put it back, or detach the table.`,
        { at: { file: source } },
      )
    }
    throw new EngineError(
      'AccessDeniedException',
      `${source} leads elsewhere by a link since it was attached. Detach ${ATTACHED}.${name} and attach it again.`,
      { at: { file: source } },
    )
  }
}

export function tableOf({ name, source, reading, attachedMs }: Attachment): CatalogTable {
  const names = columnNames(
    reading.columns.map((column) => column.name),
    reading.columns.length,
  )
  return {
    database: ATTACHED,
    name,
    columns: reading.columns.map(({ type }, i) => ({ name: names[i], type })),
    partitionKeys: [],
    location: isInLake(source) ? source : pathToFileURL(source).href,
    format: reading.format === 'json-array' ? 'json' : reading.format,
    parameters: {},
    attached: { source, reading },
    createdMs: attachedMs,
    updatedMs: attachedMs,
    versionId: 0,
  }
}
