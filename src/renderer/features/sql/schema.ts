import { useEffect } from 'react'
import { create } from 'zustand'
import { STREAM_COLUMNS } from '../../../engines/athena/contract.ts'
import type { Clients } from '../../../engines/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import { giveWay, useClients } from '../../lib/index.ts'
import type { Engine } from './model/header.ts'
import type { Schema, SchemaDatabase, SchemaTable } from './model/schema.ts'

const EMPTY: Schema = { databases: [], loaded: false }

/** Known to every tab and to completion alike, so that a key press never waits for an engine. */
export const useSchemas = create<Readonly<Record<Engine, Schema>>>(() => ({ athena: EMPTY, warehouse: EMPTY }))

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
  // Changes come in bursts: the first of one asks again a little later, for all of them.
  let asked = false
  const refresh = () => {
    asked = false
    void read()
  }
  const follow = async (watch: () => AsyncIterable<unknown>) => {
    while (!signal.aborted) {
      try {
        const changes = watch()
        await read()
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
  if (engine === 'warehouse') {
    await giveWay('features')
    return follow(() => clients.warehouse.watch({}, { signal }))
  }
  await Promise.all([
    follow(() => clients.catalog.watch({}, { signal })),
    follow(() => clients.stream.watchStreams({}, { signal })),
  ])
}
