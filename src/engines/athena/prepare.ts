import { createHash } from 'node:crypto'
import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import { type Duck, DuckError, type DuckSession } from '../kit/node/duck.ts'
import { trinoType } from '../kit/node/sql/types.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Recent } from '../kit/pure/recent.ts'
import type { Column } from '../kit/pure/table.ts'
import type { SqlDialect } from './contract.ts'
import { fileFailure, inTheLake } from './file-failures.ts'
import { checkInjected } from './injected.ts'
import { type LookupReach, Lookups } from './lookups.ts'
import { bytesScanned, readPlan } from './scanned.ts'
import type { Query } from './statements/statement.ts'
import type { TableSource } from './tables.ts'
import { haveCommonType } from './translate/common-type.ts'
import { failed } from './translate/failures.ts'
import type { Side } from './translate/set-operations.ts'
import type { TableReference } from './translate/table-reference.ts'
import { parseQuery, type TranslatedQuery, type TranslateOptions } from './translate/translate.ts'
import { viewQuery } from './views.ts'

export interface Reach extends LookupReach {
  readonly duck: Duck
  readonly recent: RecentQueries
}

/**
 * What was worked out for the last queries. The workbench asks for the price before a run, so that the run finds its translation here and
 * the bytes that it scans, whose plan would take its share of the cores from the run itself.
 */
export interface RecentQueries {
  readonly translated: Recent<Translation>
  /** Bytes by text and state of the files. */
  readonly scanned: Recent<number>
}

/** A translation by text, and the columns that it was made for. */
export interface Translation {
  readonly tables: readonly TableReference[]
  readonly columns: string
  readonly translated: TranslatedQuery
}

/** A query whose tables are resolved: what DuckDB runs, and what tells the bytes that it scans. */
export interface PreparedQuery {
  readonly sql: string
  /** The query with its tables' columns marked, by which a plan tells its scans apart, and the tables by their marks. */
  readonly marked: { readonly sql: string; readonly tables: ReadonlyMap<string, TableSource> }
  /** Names of its columns, where they and types that a table can keep are sure without asking DuckDB. */
  readonly names?: readonly string[]
  readonly files: number
  /** Zones of its columns that are timestamps in another zone than UTC, by name: DuckDB gives those as texts. */
  readonly zones: ReadonlyMap<string, string>
  /** What a reader of its rows should know of the tables that it reads. */
  notes(): Promise<readonly string[]>
  /** Fails where the sides of a UNION, INTERSECT or EXCEPT have no common type. */
  agrees(session: DuckSession, signal?: AbortSignal): Promise<void>
  /** Changes when a file of its tables does. */
  fingerprint(): string
  /** DuckDB's failure in Athena's words. */
  explainFailure(thrown: unknown): unknown
  /** Bytes by row T2, from DuckDB's own plan and the files' footers, without running the query. */
  bytesScanned(session: DuckSession, signal?: AbortSignal): Promise<number>
}

interface Part {
  render(marked: boolean): string
}

/** A view within a view within … ends somewhere. */
const VIEW_DEPTH_MAX = 16

/** `whole` is the user's statement, in which the query begins at `offset`. */
export async function prepareQuery(
  query: Query,
  whole: string,
  database: string,
  reach: Reach,
  options: { nameColumns?: boolean } = {},
): Promise<PreparedQuery> {
  const sources: { mark: string; source: TableSource }[] = []

  const open = async (
    text: string,
    place: { text: string; offset: number },
    from: string,
    depth: number,
    nameColumns: boolean,
    dialect: SqlDialect = 'trino',
  ): Promise<{ part: Part; rendered: (stand: string, marked: boolean) => string; translated: TranslatedQuery }> => {
    if (depth > VIEW_DEPTH_MAX) throw new EngineError('NOT_SUPPORTED', 'Views are nested too deeply.')
    const lookups = new Lookups(from, place, reach)
    const settings = { nowMs: reach.nowMs(), whole: place, nameColumns, dialect }
    const translated = await translate(text, settings, lookups, reach.recent)
    const found = await lookups.open(translated.references)
    for (const { table } of found) checkInjected(table, text)
    const parts = new Map<string, Part>()
    for (const { stand, path, table, source } of found) {
      if (table.viewText !== undefined) {
        const view = { text: table.viewText, offset: 0 }
        const { dialect, database, columns } = viewQuery(table)
        const inner = await open(table.viewText, view, database, depth + 1, true, dialect)
        const shown = columns === undefined ? '' : `SELECT ${columns} FROM `
        const render = (marked: boolean) => `(${inner.part.render(marked)})`
        parts.set(stand, { render: (marked) => (shown ? `(${shown}${render(marked)})` : render(marked)) })
      } else {
        const mark = `t${sources.length}`
        sources.push({ mark, source: source! })
        parts.set(stand, { render: (marked) => source!.sql(marked ? mark : undefined, path) })
      }
    }
    const rendered = (stand: string, marked: boolean) => parts.get(stand)!.render(marked)
    const render = (marked: boolean) => translated.render((stand) => rendered(stand, marked))
    return { part: { render }, rendered, translated }
  }

  const place = { text: whole, offset: query.offset }
  const { part, rendered, translated } = await open(
    query.text,
    place,
    database,
    0,
    options.nameColumns ?? true,
    query.dialect,
  )
  const sql = part.render(false)
  // A NULL by itself has a type of its own, which becomes another one in a table.
  const names = /\bnull\b/i.test(sql) ? undefined : translated.names
  return {
    sql,
    get marked() {
      return { sql: part.render(true), tables: new Map(sources.map(({ mark, source }) => [mark, source])) }
    },
    ...(names && { names }),
    zones: translated.zones,
    files: sources.reduce((sum, { source }) => sum + source.fileCount, 0),
    agrees: async (session, signal) => {
      for (const { operator, sides } of translated.setOperations) {
        const shapes: Shape[] = []
        const texts = sides.map(({ sql }) => translated.render((stand) => rendered(stand, false), sql))
        for (const text of texts) {
          // A side that takes a column from around it cannot be asked for alone.
          const shape = await shapeOfText(session, text, signal).catch(onlyFailures)
          if (!shape) break
          shapes.push(shape)
        }
        const isNull = (side: number, column: number) => isUntyped(session, texts[side], shapes[side], column)
        await checkSides(operator, sides, shapes, place, isNull)
      }
    },
    notes: async () => [...new Set((await Promise.all(sources.map(({ source }) => source.notes ?? []))).flat())],
    fingerprint: () => fingerprint('', sources),
    explainFailure: (thrown) => {
      if (!(thrown instanceof DuckError)) return thrown
      const places = sources.map(({ source }) => source.places)
      const explained = () => translated.explainFailure(thrown.failure, (stand) => rendered(stand, false))
      return fileFailure(thrown.failure, places) ?? inTheLake(explained(), places)
    },
    bytesScanned: async (session, signal) => {
      if (sources.length === 0) return 0
      const key = fingerprint(sql, sources)
      const known = reach.recent.scanned.get(key)
      if (known !== undefined) return known
      const explained = await session.query(`EXPLAIN (FORMAT json) ${part.render(true)}`, { ...(signal && { signal }) })
      const plan = readPlan(JSON.parse(String(explained.values[1][0])))
      const bytes = sources.reduce((sum, { mark, source }) => sum + bytesScanned(source, plan, mark), 0)
      reach.recent.scanned.set(key, bytes)
      return bytes
    },
  }
}

/** Undefined for what DuckDB says no to: the whole query says it better. */
function onlyFailures(thrown: unknown): undefined {
  if (!(thrown instanceof DuckError)) throw thrown
}

/** Each side is held against the first that says what a column is: a NULL is of any type. */
async function checkSides(
  operator: string,
  sides: readonly Side[],
  shapes: readonly Shape[],
  place: { text: string; offset: number },
  isNull: (side: number, column: number) => Promise<boolean>,
): Promise<void> {
  const [first] = shapes
  for (const i of first?.types.keys() ?? []) {
    let held = 0
    for (let s = 1; s < shapes.length; s++) {
      if (haveCommonType(shapes[held].types[i], shapes[s].types[i])) continue
      if (await isNull(s, i)) continue
      if (await isNull(held, i)) {
        held = s
        continue
      }
      const declared = [held, s].map((side) => shapes[side].columns[i].declared).join(', ')
      const words = `column ${i + 1} in ${operator} query has incompatible types: ${declared}. Use CAST to make them agree`
      const start = sides[s].starts[i]
      throw failed('TYPE_MISMATCH', words, place, start === undefined ? undefined : start + place.offset)
    }
  }
}

/** Whether a column is nothing but NULL, which DuckDB calls an integer once a query is whole. */
export async function isUntyped(session: DuckSession, sql: string, shape: Shape, column: number): Promise<boolean> {
  if (shape.types[column].typeId !== DuckDBTypeId.INTEGER) return false
  const names = shape.types.map((_, i) => `c${i}`).join(', ')
  const { values } = await session.query(
    `SELECT typeof(list_value(c${column})) FROM (SELECT 1) LEFT JOIN (SELECT * FROM (${sql}) AS q(${names}) WHERE false) ON true`,
  )
  return values[0][0] !== 'INTEGER[]'
}

function fingerprint(sql: string, sources: readonly { source: TableSource }[]): string {
  const hash = createHash('sha256').update(sql)
  for (const { reads, beside } of sources.map(({ source }) => source)) {
    if (beside) hash.update(beside.stamp)
    for (const { slices } of reads)
      for (const { files } of slices)
        for (const { file, size, modifiedMs } of files) hash.update(`${file}:${size}:${modifiedMs}\n`)
  }
  return hash.digest('base64url')
}

/** The translation of a text for the columns that its tables have now. */
async function translate(
  text: string,
  options: TranslateOptions,
  lookups: Lookups,
  recent: RecentQueries,
): Promise<TranslatedQuery> {
  const { whole, nameColumns, dialect } = options
  const key = JSON.stringify([text, whole, nameColumns, dialect])
  const known = recent.translated.get(key)
  const parsed = known ? undefined : parseQuery(text, options)
  const { tables } = known ?? parsed!
  const columns = await lookups.columns(tables)
  const told = JSON.stringify(columns ?? [])
  if (known?.columns === told) return known.translated
  const translated = (parsed ?? parseQuery(text, options)).translate(columns)
  if (!translated.timed) recent.translated.set(key, { tables, columns: told, translated })
  return translated
}

export interface Shape {
  /** Names are folded as Trino folds them. */
  readonly columns: Column[]
  readonly types: readonly DuckDBType[]
}

export async function shapeOf(prepared: PreparedQuery, session: DuckSession, signal?: AbortSignal): Promise<Shape> {
  try {
    await prepared.agrees(session, signal)
    const shape = await shapeOfText(session, prepared.sql, signal)
    return named(
      shape,
      prepared,
      shape.columns.map(({ name }) => name),
    )
  } catch (thrown) {
    throw prepared.explainFailure(thrown)
  }
}

function shapeOfText(session: DuckSession, sql: string, signal?: AbortSignal): Promise<Shape> {
  return session.describe(sql, { declare: trinoType, ...(signal && { signal }) })
}

/** The shape of a table that holds a query's rows, as the shape of the query. */
export function named({ columns, types }: Shape, { zones }: PreparedQuery, names: readonly string[]): Shape {
  const folded = columns.map((column, i) => {
    const name = names[i].toLowerCase()
    return zones.has(name) ? { ...column, name, declared: 'timestamp(3) with time zone' } : { ...column, name }
  })
  return { columns: folded, types }
}

export async function columnsOf(
  prepared: PreparedQuery,
  session: DuckSession,
  signal?: AbortSignal,
): Promise<Column[]> {
  return (await shapeOf(prepared, session, signal)).columns
}
