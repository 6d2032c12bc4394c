import type { Classified } from './classifiers.ts'
import type { CrawlerConfiguration } from './configuration.ts'
import { unusedName } from './csv.ts'
import { clashesByPlace, grouped, isByPlace, type SchemaGroup, signatureOf } from './similar.ts'
import type { InferredColumn } from './types.ts'

export interface CrawledFile {
  readonly uri: string
  /** Folders between the crawler's path and the file. */
  readonly folders: readonly string[]
  readonly size: number
  /** Absent where the file was not among those that are read. */
  readonly found?: Classified
}

/** A table as the files show it. */
export interface FoundTable {
  readonly location: string
  /** The folder's name. */
  readonly name: string
  readonly first: Classified
  readonly columns: readonly InferredColumn[]
  readonly keys: readonly string[]
  readonly partitions: readonly { values: string[]; location: string }[]
  /** Folders that are no partitions, since their files would be read with values in the places of others. */
  readonly apart: ReadonlySet<string>
  readonly files: number
  readonly bytes: number
  /** Where every file says how many rows it has. */
  readonly rows?: number
}

export interface Problem {
  readonly uri: string
  readonly message: string
}

interface Folder {
  readonly path: readonly string[]
  readonly folders: Map<string, Folder>
  readonly files: CrawledFile[]
}

interface Options extends Pick<CrawlerConfiguration, 'combine' | 'level'> {
  /** The crawler's path, with its slash. */
  readonly root: string
  /** Folders, as paths from the root, that are tables already. */
  readonly known: ReadonlySet<string>
}

/**
 * Sorts files into tables as Glue does (AWS Glue Developer Guide, "How does a crawler determine when to create partitions?"): where all
 * files below a folder are alike it is a table and the folders in it are partitions; else each folder is looked at by itself.
 */
export function tablesOf(
  files: readonly CrawledFile[],
  options: Options,
): { tables: FoundTable[]; problems: Problem[] } {
  const root: Folder = { path: [], folders: new Map(), files: [] }
  for (const file of files) {
    let folder = root
    for (const name of file.folders) {
      let next = folder.folders.get(name)
      if (!next) {
        next = { path: [...folder.path, name], folders: new Map(), files: [] }
        folder.folders.set(name, next)
      }
      folder = next
    }
    folder.files.push(file)
  }
  const grouping = new Grouping(options)
  grouping.visit(root)
  return { tables: grouping.tables, problems: grouping.problems }
}

const MAJORITY = 0.5
const isHive = (name: string) => /^[^=]+=/.test(name)

class Grouping {
  readonly tables: FoundTable[] = []
  readonly problems: Problem[] = []
  private readonly options: Options
  private readonly depth: number

  constructor(options: Options) {
    this.options = options
    this.depth = options.root.split('/').length - 3
  }

  visit(folder: Folder): void {
    const { known, level, combine } = this.options
    const path = folder.path.join('/')
    const within = path === '' ? '' : `${path}/`
    if (known.has(path)) this.table(folder)
    else if ([...known].some((one) => one.startsWith(within))) this.inside(folder)
    else if (level !== undefined) {
      if (this.depth + folder.path.length < level) this.inside(folder)
      else this.table(folder)
    } else {
      const groups = this.groups(folder)
      const names = [...folder.folders.keys()]
      if (groups.length <= 1) this.table(combine ? folder : narrowed(folder), groups)
      else if (names.every(isHive)) this.table(folder, groups)
      else this.inside(folder)
    }
  }

  /** Each folder by itself; files beside folders that are tables can be none. */
  private inside(folder: Folder): void {
    for (const next of folder.folders.values()) this.visit(next)
    for (const { uri } of folder.files)
      this.problems.push({ uri, message: 'it lies beside folders that are tables: give it a folder of its own' })
  }

  private groups(folder: Folder): SchemaGroup[] {
    const schemas = new Map<string, { found: Classified; files: number }>()
    for (const { found } of filesBelow(folder)) {
      if (!found) continue
      const signature = signatureOf(found)
      const known = schemas.get(signature)
      if (known) known.files++
      else schemas.set(signature, { found, files: 1 })
    }
    return grouped(schemas, this.options.combine)
  }

  /** A table of the files that are like most of those in a folder; the others are told. */
  private table(folder: Folder, groups = this.groups(folder)): void {
    const [main, ...others] = groups
    if (!main) return
    const location = this.location(folder)
    const read = groups.reduce((sum, { files }) => sum + files, 0)
    if (main.files < read * MAJORITY) {
      const message = `its files have ${groups.length} schemas that are not alike, and none of them is most files': give each kind a folder of its own`
      this.problems.push({ uri: location, message })
      return
    }
    const unlike = new Set(others.flatMap(({ signatures }) => [...signatures]))
    const isStrange = ({ found }: CrawledFile) => found !== undefined && unlike.has(signatureOf(found))
    const { strange = [], files = [] } = Object.groupBy(filesBelow(folder), (file) =>
      isStrange(file) ? 'strange' : 'files',
    )
    const levels = levelsOf(files, folder.path.length)
    const keys = levels.map(keyOf)
    const partitions = keys.length > 0 ? this.partitions(files, folder, keys) : []
    const places = keys.length > 0 ? partitions.map((partition) => partition.location) : [location]
    const apart = new Set<string>()
    for (const { uri, found } of strange) {
      const isRead = places.some((place) => uri.startsWith(place))
      this.problems.push({ uri, message: strangeness(main, found!, location, isRead) })
      if (!isRead && clashesByPlace(main, found!)) apart.add(uri.slice(0, uri.lastIndexOf('/') + 1))
    }
    const rows = files.every(({ found }) => found?.rows !== undefined)
      ? files.reduce((sum, { found }) => sum + found!.rows!, 0)
      : undefined
    this.tables.push({
      location,
      name: folder.path.at(-1) ?? location.split('/').at(-2)!,
      first: main.first,
      columns: this.columnsBeside(keys, main, location),
      keys,
      partitions,
      apart,
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      ...(rows !== undefined && { rows }),
    })
  }

  /**
   * A value in the path stands for that of a column of the same name. Where columns are known by their place, such a column stays, since those
   * behind it would be read wrongly, and has another name.
   */
  private columnsBeside(keys: readonly string[], { first, columns }: SchemaGroup, location: string): InferredColumn[] {
    if (!isByPlace(first)) return columns.filter(({ name }) => !keys.includes(name))
    const taken = new Set([...keys, ...columns.map(({ name }) => name)])
    return columns.map((column) => {
      if (!keys.includes(column.name)) return column
      const name = unusedName(column.name, taken)
      taken.add(name)
      const message = `its folders and its columns have the name ${column.name}: that is the folders' value, and the files' own column is ${name}`
      this.problems.push({ uri: location, message })
      return { ...column, name }
    })
  }

  private partitions(files: readonly CrawledFile[], folder: Folder, keys: readonly string[]) {
    const found = new Map<string, { values: string[]; location: string }>()
    for (const { folders } of files) {
      const path = folders.join('/')
      if (found.has(path)) continue
      const values = folders.slice(folder.path.length).map((name, i) => partitionValue(name, keys[i]))
      found.set(path, { values, location: `${this.options.root}${path}/` })
    }
    return [...found.values()]
  }

  private location(folder: Folder): string {
    return `${this.options.root}${folder.path.map((name) => `${name}/`).join('')}`
  }
}

/** Why a file is no part of a table, and what becomes of its rows. */
function strangeness(main: SchemaGroup, found: Classified, location: string, isRead: boolean): string {
  const names = (columns: readonly InferredColumn[]) => columns.map(({ name }) => name).join(', ')
  const why = clashesByPlace(main, found)
    ? `its columns are ${names(found.columns)}, and those of most files in ${location} are ${names(main.columns)}: ${found.classification} is read by place, so write them in that order, or give it a place of its own`
    : `its schema is unlike that of most files in ${location}: give it a place of its own`
  return isRead ? `${why}; until then queries of the table read its rows too` : why
}

/** A folder that only holds one other is not the table, unless its name is a partition's. */
function narrowed(folder: Folder): Folder {
  const [only, ...others] = folder.folders.values()
  if (!only || others.length > 0 || folder.files.length > 0) return folder
  const name = only.path[only.path.length - 1]
  return isHive(name) || /^\d+$/.test(name) ? folder : narrowed(only)
}

function* filesBelow(folder: Folder): Generator<CrawledFile> {
  yield* folder.files
  for (const next of folder.folders.values()) yield* filesBelow(next)
}

/** The folders' names at each level below a table; none where files lie at different depths, since they cannot be partitions. */
function levelsOf(files: readonly CrawledFile[], from: number): Set<string>[] {
  const depth = files[0].folders.length
  if (files.some(({ folders }) => folders.length !== depth)) return []
  return Array.from({ length: depth - from }, (_, i) => new Set(files.map(({ folders }) => folders[from + i])))
}

/** `year=2024` names its key; other folders' keys are named by their place. */
function keyOf(names: ReadonlySet<string>, place: number): string {
  const keys = new Set([...names].map((name) => (isHive(name) ? name.slice(0, name.indexOf('=')).toLowerCase() : '')))
  const [key] = keys
  return keys.size === 1 && key !== '' ? key : `partition_${place}`
}

function partitionValue(name: string, key: string): string {
  if (!name.toLowerCase().startsWith(`${key}=`)) return name
  const value = name.slice(key.length + 1)
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
