import { useEffect } from 'react'
import { create } from 'zustand'
import { STREAM_COLUMNS } from '../../../engines/athena/contract.ts'
import type { Clients } from '../../../engines/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import { useClients } from '../../lib/index.ts'
import type { Engine } from './model/header.ts'

export interface SchemaColumn {
  readonly name: string
  readonly type: string
  readonly comment?: string | undefined
  /** A partition key: conditions on it save bytes. */
  readonly partition?: boolean
}

export interface SchemaTable {
  readonly database: string
  readonly name: string
  readonly columns: readonly SchemaColumn[]
  /** Format of the files, `view`, or rows of a warehouse table. */
  readonly detail: string
  readonly rows?: number
  readonly tooltip?: string
}

export interface SchemaDatabase {
  readonly name: string
  readonly tables: readonly SchemaTable[]
}

/** What can be named in a query, of one engine. */
export interface Schema {
  readonly databases: readonly SchemaDatabase[]
  /** Beside Athena's own catalog: `"warehouse"."schema"."table"`, `"streams"."default"."name"`. */
  readonly catalogs?: readonly { readonly name: string; readonly databases: readonly SchemaDatabase[] }[]
  readonly error?: EngineError
  readonly loaded: boolean
}

const EMPTY: Schema = { databases: [], loaded: false }

/** Known to every tab and to completion alike, so that a key press never waits for an engine. */
export const useSchemas = create<Readonly<Record<Engine, Schema>>>(() => ({ athena: EMPTY, warehouse: EMPTY }))

/** Tables by database and name, and where one is the first that is called so, by its name alone; all in small letters. */
type Index = ReadonlyMap<string, SchemaTable>
const indexes = new WeakMap<Schema, { tables: Index; names: ReadonlySet<string> }>()

function indexOf(schema: Schema) {
  const known = indexes.get(schema)
  if (known) return known
  const tables = new Map<string, SchemaTable>()
  for (const { name: database, tables: list } of schema.databases)
    for (const table of list) {
      const name = table.name.toLowerCase()
      for (const key of [`${database.toLowerCase()}\0${name}`, name]) if (!tables.has(key)) tables.set(key, table)
    }
  for (const catalog of schema.catalogs ?? [])
    for (const { name: database, tables: list } of catalog.databases)
      for (const table of list) tables.set([catalog.name, database, table.name].join('\0').toLowerCase(), table)
  const made = { tables, names: new Set(schema.databases.map(({ name }) => name)) }
  indexes.set(schema, made)
  return made
}

/** Found by its name in one step: a key press asks for several, among a hundred thousand columns. */
export function findTable(
  schema: Schema,
  name: readonly string[],
  database: string | undefined,
): SchemaTable | undefined {
  const { tables, names } = indexOf(schema)
  if (name.length === 3 && name[0].toLowerCase() !== 'awsdatacatalog') return tables.get(name.join('\0').toLowerCase())
  const table = name.at(-1)?.toLowerCase() ?? ''
  // The warehouse has no database of that kind: a bare name is found in whichever schema has it.
  const owner = name.at(-2) ?? (database !== undefined && names.has(database) ? database : undefined)
  return tables.get(owner === undefined ? table : `${owner.toLowerCase()}\0${table}`)
}

/** The schema with tables that a text makes itself. */
export function withTables(schema: Schema, database: string, made: readonly SchemaTable[]): Schema {
  if (made.length === 0) return schema
  const own = schema.databases.find(({ name }) => name === database) ?? { name: database, tables: [] }
  const others = schema.databases.filter((each) => each !== own)
  return { ...schema, databases: [{ ...own, tables: [...made, ...own.tables] }, ...others] }
}

async function readAthena(clients: Clients, signal: AbortSignal): Promise<Schema> {
  const names = await clients.catalog.listDatabases({}, { signal })
  const databases = await Promise.all(
    names.map(async ({ name }) => {
      const tables = await clients.catalog.listTables({ database: name }, { signal })
      return {
        name,
        tables: tables.map(
          (table): SchemaTable => ({
            database: name,
            name: table.name,
            detail: table.viewText === undefined ? table.format : 'view',
            ...(table.description && { tooltip: table.description }),
            columns: [...table.columns, ...table.partitionKeys.map((column) => ({ ...column, partition: true }))],
          }),
        ),
      }
    }),
  )
  return { databases, catalogs: [{ name: 'streams', databases: [await readStreams(clients, signal)] }], loaded: true }
}

async function readStreams(clients: Clients, signal: AbortSignal): Promise<SchemaDatabase> {
  const database = 'default'
  const streams = await clients.stream.listStreams({}, { signal })
  return {
    name: database,
    tables: streams.map(({ name }) => ({
      database,
      name: name.toLowerCase(),
      detail: 'stream',
      columns: STREAM_COLUMNS,
    })),
  }
}

async function readWarehouse(clients: Clients, signal: AbortSignal): Promise<Schema> {
  const tables = await clients.warehouse.listTables({}, { signal })
  const names = [...new Set(['public', ...tables.map(({ schema }) => schema)])].sort()
  return {
    loaded: true,
    databases: names.map((name) => ({
      name,
      tables: tables
        .filter((table) => table.schema === name)
        .map((table) => ({
          database: name,
          name: table.name,
          detail: '',
          rows: table.rowCount,
          tooltip: `DISTSTYLE ${table.distStyle}${table.distKey ? `, DISTKEY (${table.distKey})` : ''}${
            table.sortKeys.length > 0 ? `, SORTKEY (${table.sortKeys.join(', ')})` : ''
          }`,
          columns: table.columns.map((column) => ({ name: column.name, type: column.declared })),
        })),
    })),
  }
}

/** Athena names the warehouse's tables too. */
function withWarehouse({ athena, warehouse }: Record<Engine, Schema>): Record<Engine, Schema> {
  const others = (athena.catalogs ?? []).filter(({ name }) => name !== 'warehouse')
  return {
    athena: { ...athena, catalogs: [...others, { name: 'warehouse', databases: warehouse.databases }] },
    warehouse,
  }
}

const READERS = { athena: readAthena, warehouse: readWarehouse }
let users = 0
let stop: AbortController | null = null

/** Keeps the schemas fresh while anything uses them: read at once, and again soon after an engine says that something changed. */
export function useFreshSchemas(): void {
  const clients = useClients()
  useEffect(() => {
    if (users++ === 0) {
      stop = new AbortController()
      for (const engine of ['athena', 'warehouse'] as const) void keepFresh(engine, clients, stop.signal)
    }
    return () => {
      if (--users === 0) stop?.abort()
    }
  }, [clients])
}

async function keepFresh(engine: Engine, clients: Clients, signal: AbortSignal): Promise<void> {
  const read = async () => {
    try {
      const schema = await READERS[engine](clients, signal)
      useSchemas.setState((state) => withWarehouse({ ...state, [engine]: schema }))
    } catch (thrown) {
      if (!signal.aborted)
        useSchemas.setState((state) => ({
          [engine]: { ...state[engine], error: EngineError.from(thrown), loaded: true },
        }))
    }
  }
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  while (!signal.aborted) {
    try {
      const changes =
        engine === 'athena' ? clients.catalog.watch({}, { signal }) : clients.warehouse.watch({}, { signal })
      await read()
      // Changes come in bursts: the first of one asks again a little later, for all of them.
      let asked = false
      const refresh = () => {
        asked = false
        void read()
      }
      for await (const change of changes) {
        if (asked || !change) continue
        asked = true
        setTimeout(refresh, 400)
      }
    } catch {
      // The engine or the connection is away: asked again below.
    }
    if (!signal.aborted) await pause(2000)
  }
}
