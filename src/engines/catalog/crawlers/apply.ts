import { createHash } from 'node:crypto'
import type { CatalogTable, Crawl, Crawler } from '../contract.ts'
import type { CatalogParts } from '../handlers.ts'
import { checkTable, createdTable, glueName, updatedTable } from '../model.ts'
import { type CrawlerConfiguration, parseConfiguration } from './configuration.ts'
import type { FoundTable, Problem } from './group.ts'
import { isByPlace, samePlaces } from './similar.ts'
import type { CrawlerStore } from './store.ts'
import { hiveText, type InferredColumn } from './types.ts'

export type Changes = Pick<Crawl, 'tables' | 'partitions'>

/** Properties that count files: that they changed makes no new version of a table. */
const COUNTS = ['objectCount', 'sizeKey', 'recordCount', 'averageRecordSize']
const DEPRECATED = 'DEPRECATED_BY_CRAWLER'
const INDEX = 'crawler_partition_index'

/**
 * Takes what a crawl found into the catalog; within one transaction, so that a crawl that is cut off leaves nothing. `isThere` tells
 * whether any file lies under a location.
 */
export class Taking {
  readonly changes: Changes = {
    tables: { created: [], updated: [], deleted: [] },
    partitions: { created: 0, updated: 0, deleted: 0 },
  }
  readonly problems: Problem[] = []
  private readonly parts: CatalogParts
  private readonly store: CrawlerStore
  private readonly crawler: Crawler
  private readonly configuration: CrawlerConfiguration
  private readonly database: string
  private readonly nowMs: number

  constructor(parts: CatalogParts, store: CrawlerStore, crawler: Crawler) {
    this.parts = parts
    this.store = store
    this.crawler = crawler
    this.configuration = parseConfiguration(crawler.configuration)
    this.database = glueName(crawler.database, 'Database name')
    this.nowMs = parts.clock.now()
  }

  run(found: readonly FoundTable[], isThere: (location: string) => boolean): void {
    const { store } = this.parts
    if (!store.hasDatabase(this.database)) store.putDatabase({ name: this.database, createdMs: this.nowMs })
    const byLocation = new Map(store.tables(this.database).map((table) => [table.location, table]))
    for (const one of found) {
      const old = byLocation.get(one.location)
      const table = old ? this.update(old, one) : this.create(one)
      if (!table) continue
      this.store.addTable(this.crawler.name, table)
      this.takePartitions(table, one)
    }
    // Only new folders were looked at, so nothing is known to be gone.
    if (this.crawler.recrawl === 'CRAWL_EVERYTHING') this.removeGone(isThere)
  }

  private create(found: FoundTable): CatalogTable {
    const { store, partitions } = this.parts
    const table = createdTable(checkTable(this.definition(found, this.nameOf(found))), this.nowMs)
    store.putTable(table)
    if (this.configuration.indexPartitions && table.partitionKeys.length > 0)
      partitions.createIndex(table, { name: INDEX, keys: table.partitionKeys.map(({ name }) => name) })
    this.changes.tables.created.push(table.name)
    return table
  }

  /** Undefined where the table cannot be what the files are. */
  private update(old: CatalogTable, found: FoundTable): CatalogTable | undefined {
    const keys = old.partitionKeys.map(({ name }) => name)
    if (keys.join() !== found.keys.join()) {
      const message = `table ${old.name} has the partition keys [${keys.join(', ')}] and the folders show [${found.keys.join(', ')}]: it was left as it is`
      this.problems.push({ uri: found.location, message })
      return undefined
    }
    const { mergeNewColumns } = this.configuration
    const logs = this.crawler.updateBehavior === 'LOG'
    if ((logs || mergeNewColumns) && isMoved(old, found)) {
      const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name).join(', ')
      const why = logs ? 'since UpdateBehavior is LOG' : 'since MergeNewColumns keeps the places of its columns'
      const message = `table ${old.name} has the columns ${names(old.columns)} and the files ${names(found.columns)}, and ${found.first.classification} is read by place; it was left as it is and got no partitions, ${why}`
      this.problems.push({ uri: found.location, message })
      return undefined
    }
    const wanted = checkTable(this.definition(found, old.name, old))
    if (sameButCounts(old, wanted)) return old
    if (logs) {
      const message = `the files are no longer as table ${old.name} says; it was left as it is, since UpdateBehavior is LOG`
      this.problems.push({ uri: found.location, message })
      return old
    }
    const table = updatedTable(old, wanted, this.nowMs)
    this.parts.store.putTable(table)
    this.changes.tables.updated.push(table.name)
    return table
  }

  private definition(found: FoundTable, name: string, old?: CatalogTable) {
    const { classification, format, parameters, compression } = found.first
    const comments = new Map(old?.columns.map((column) => [column.name, column.comment]))
    const seen = found.columns.map((column) => {
      const comment = comments.get(column.name)
      return { name: column.name, type: hiveText(column.type), ...(comment !== undefined && { comment }) }
    })
    const known = new Set(old?.columns.map((column) => column.name))
    const columns =
      old && this.configuration.mergeNewColumns
        ? [...old.columns, ...seen.filter((column) => !known.has(column.name))]
        : seen
    const { [DEPRECATED]: _, ...kept } = old?.parameters ?? {}
    return {
      database: this.database,
      name,
      columns,
      partitionKeys: old?.partitionKeys ?? found.keys.map((key) => ({ name: key, type: 'string' })),
      location: found.location,
      format,
      ...(old?.description !== undefined && { description: old.description }),
      parameters: {
        ...kept,
        ...parameters,
        ...(format === 'json' && { paths: pathsOf(columns, found.columns, old) }),
        classification,
        compressionType: compression,
        typeOfData: 'file',
        CrawlerSchemaSerializerVersion: '1.0',
        CrawlerSchemaDeserializerVersion: '1.0',
        UPDATED_BY_CRAWLER: this.crawler.name,
        objectCount: String(found.files),
        sizeKey: String(found.bytes),
        ...(found.rows !== undefined && {
          recordCount: String(found.rows),
          averageRecordSize: String(found.rows > 0 ? Math.round(found.bytes / found.rows) : 0),
        }),
      },
    }
  }

  /** "If duplicate table names are encountered, the crawler adds a hash string suffix to the name." */
  private nameOf({ name, location }: FoundTable): string {
    const folder = name.toLowerCase().replace(/[^\p{L}\p{N}_]/gu, '_')
    const plain = `${this.crawler.tablePrefix.toLowerCase()}${folder}`.slice(0, 200)
    if (!this.parts.store.table(this.database, plain)) return plain
    return `${plain}_${createHash('md5').update(location).digest('hex')}`
  }

  private takePartitions(table: CatalogTable, found: FoundTable): void {
    if (found.keys.length === 0) return
    const { partitions } = this.parts
    const { database, name } = table
    for (const { values, location } of found.partitions)
      if (partitions.add(database, name, { values, location, createdMs: this.nowMs })) this.changes.partitions.created++
    if (found.apart.size > 0) this.removeApart(table, found.apart)
  }

  /** Partitions that were there before their files, or most files of the table, had other columns. */
  private removeApart(table: CatalogTable, apart: ReadonlySet<string>): void {
    const { database, name } = table
    for (const { values, location } of this.parts.partitions.all(database, name)) {
      if (!apart.has(location.endsWith('/') ? location : `${location}/`)) continue
      const what = `partition [${values.join(', ')}] of ${name} would be read with values in the wrong columns`
      const logs = this.crawler.updateBehavior === 'LOG'
      const message = logs ? `${what}; it was left as it is, since UpdateBehavior is LOG` : `${what}; it was removed`
      this.problems.push({ uri: location, message })
      if (logs) continue
      this.parts.partitions.delete(database, name, values)
      this.changes.partitions.deleted++
    }
  }

  private removeGone(isThere: (location: string) => boolean): void {
    for (const { database, name } of this.store.tables(this.crawler.name)) {
      const table = this.parts.store.table(database, name)
      if (!table) continue
      if (!isThere(table.location)) this.removeTable(table)
      else this.removePartitions(table, isThere)
    }
  }

  private removeTable(table: CatalogTable): void {
    if (DEPRECATED in table.parameters) return
    if (this.told(table.location, `table ${table.name} has no files any more`)) return
    if (this.crawler.deleteBehavior === 'DELETE_FROM_DATABASE') {
      this.parts.removeTable(table)
      this.changes.tables.deleted.push(table.name)
      return
    }
    const parameters = { ...table.parameters, [DEPRECATED]: String(this.nowMs) }
    this.parts.store.putTable({ ...table, parameters, updatedMs: this.nowMs, versionId: table.versionId + 1 })
    this.changes.tables.updated.push(table.name)
  }

  private removePartitions(table: CatalogTable, isThere: (location: string) => boolean): void {
    const { database, name } = table
    for (const partition of this.parts.partitions.all(database, name)) {
      const location = partition.location.endsWith('/') ? partition.location : `${partition.location}/`
      const glue = JSON.parse(partition.glue ?? '{}') as { Parameters?: Record<string, string> }
      if (isThere(location) || glue.Parameters?.[DEPRECATED]) continue
      if (this.told(location, `partition [${partition.values.join(', ')}] of ${name} has no files any more`)) continue
      if (this.crawler.deleteBehavior === 'DELETE_FROM_DATABASE') {
        this.parts.partitions.delete(database, name, partition.values)
        this.changes.partitions.deleted++
        continue
      }
      const Parameters = { ...glue.Parameters, [DEPRECATED]: String(this.nowMs) }
      const document = JSON.stringify({ ...glue, Parameters })
      this.parts.partitions.update(database, name, partition.values, { ...partition, glue: document })
      this.changes.partitions.updated++
    }
  }

  private told(uri: string, message: string): boolean {
    if (this.crawler.deleteBehavior !== 'LOG') return false
    this.problems.push({ uri, message: `${message}; it was left as it is, since DeleteBehavior is LOG` })
    return true
  }
}

/** The keys of a JSON table's columns, as Glue's crawler lists them for the SerDe: there alone their capitals are kept. */
function pathsOf(
  columns: readonly { name: string }[],
  seen: readonly InferredColumn[],
  old: CatalogTable | undefined,
): string {
  const before = (old?.parameters.paths ?? '').split(',')
  const keys = new Map(before.map((key) => [key.toLowerCase(), key]))
  for (const { name, key } of seen) if (key !== undefined) keys.set(name, key)
  return columns.map(({ name }) => keys.get(name) ?? name).join(',')
}

/** Whether a value of the files would be read as that of another column of the table. */
function isMoved(old: CatalogTable, { first, columns }: FoundTable): boolean {
  return isByPlace(first) && isByPlace(old) && !samePlaces(old.columns, columns)
}

function sameButCounts(old: CatalogTable, wanted: Pick<CatalogTable, 'columns' | 'format' | 'parameters'>): boolean {
  const said = ({ columns, format, parameters }: typeof wanted) => {
    const own = Object.entries(parameters).filter(([name]) => !COUNTS.includes(name))
    return JSON.stringify([columns.map(({ name, type }) => [name, type]), format, own.sort()])
  }
  return said(old) === said(wanted)
}
