import { defineEngine } from '../define.ts'
import { openDuck } from '../kit/node/duck.ts'
import { Announcer } from '../kit/pure/announcer.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { Asking } from './ask.ts'
import type { DataSet, DataSource, PrepareStep } from './contract.ts'
import { Ingestions } from './ingest.ts'
import { Preparation } from './preparation.ts'
import { DROPPED } from './prepare.ts'
import { SpiceTables } from './spice.ts'
import { quoted } from './sql.ts'
import { BiStore, type KeptDataSet } from './store.ts'

interface Definition {
  id: string
  name: string
  mode: DataSet['mode']
  source: DataSource
  steps: PrepareStep[]
}

/** QuickSight's data sets: definitions and history in SQLite, rows as tables of the attached `spice` database. */
export const engine = defineEngine({
  name: 'bi',
  needs: ['warehouse', 'athena', 'catalog'],
  async start(context) {
    const duck = await openDuck(context)
    const { clients, clock } = context
    const store = new BiStore(context.directory)
    const tables = new SpiceTables(duck)
    const preparation = new Preparation(store, tables, { duck, clients }, () => clock.now())
    const asking = new Asking(store, tables, duck, preparation)
    const announcer = new Announcer<{ id: string; refreshedMs: number | null }>((item) => item.id)
    const announce = (id: string) => announcer.announce({ id, refreshedMs: store.get(id)?.spice?.refreshedMs ?? null })
    const ingestions = new Ingestions({ context, store, tables, preparation, changed: announce })
    ingestions.recover()
    const kept = store.list().flatMap((its) => (its.spice ? [its.spice.table] : []))
    await tables.dropAllBut(new Set(kept)).catch((thrown) => context.log.error('spice could not be cleared', thrown))

    const describe = (its: KeptDataSet): DataSet => {
      const [lastIngestion] = store.ingestions(its.id)
      return {
        id: its.id,
        name: its.name,
        mode: its.mode,
        source: its.source,
        steps: [...its.steps],
        columns: [...its.columns],
        rowCount: its.spice?.rowCount ?? null,
        spiceBytes: its.spice?.bytes ?? null,
        refreshedMs: its.spice?.refreshedMs ?? null,
        ...(lastIngestion && { lastIngestion }),
      }
    }
    const need = (id: string): KeptDataSet => {
      const its = store.get(id)
      if (its) return its
      throw new EngineError('ResourceNotFoundException', `There is no data set ${id}.`, { at: { field: 'id' } })
    }
    const put = async (definition: Definition, signal: AbortSignal): Promise<DataSet> => {
      if (!/^[\w.-]{1,512}$/.test(definition.id))
        throw new EngineError('InvalidParameterValueException', 'An id has letters, digits, _, - and . only.', {
          at: { field: 'id' },
        })
      const columns = await preparation.columns(definition, signal)
      const before = store.get(definition.id)
      const direct = definition.mode === 'DIRECT_QUERY'
      store.put({ ...definition, columns, ...(!direct && before?.spice && { spice: before.spice }) })
      if (direct && before?.spice) await tables.retire(before.spice.table)
      announce(definition.id)
      return describe(need(definition.id))
    }

    return {
      handlers: {
        listDataSets: () => store.list().map(describe),
        describeDataSet: ({ id }) => describe(need(id)),
        putDataSet: (definition, { signal }) => put(definition, signal),
        deleteDataSet: async ({ id }) => {
          const its = need(id)
          await ingestions.cancel(id)
          store.delete(id)
          if (its.spice) await tables.retire(its.spice.table)
          announcer.announce({ id, refreshedMs: null })
          return {}
        },
        ingest: ({ id }) => {
          if (need(id).mode === 'DIRECT_QUERY')
            throw new EngineError('InvalidParameterValueException', 'A data set in direct query has nothing to ingest.')
          duck.require('spice')
          return ingestions.ingest(id)
        },
        cancelIngestion: async ({ id }) => {
          need(id)
          const ended = await ingestions.cancel(id)
          if (ended) return ended
          throw new EngineError('ResourceNotFoundException', `No ingestion of ${id} is under way.`)
        },
        listIngestions: ({ id }) => store.ingestions(need(id).id),
        previewDataSet: ({ rows, ...definition }, { signal }) =>
          preparation.withPrepared(
            definition,
            async ({ session, relation, params }) => {
              const names = relation.columns.map((column) => quoted(column.name)).join(', ')
              const whole = relation.marked ? ` WHERE NOT ${quoted(DROPPED)}` : ''
              const table = await session.query(`SELECT ${names} FROM (${relation.sql})${whole} LIMIT ${rows}`, {
                values: params.values,
                signal,
              })
              return { ...table, start: 0 }
            },
            signal,
          ),
        query: (query, { signal }) => asking.query(query, signal, clock.now()),
        values: (input, { signal }) => asking.values(input, signal),
        watch: (_, { signal }) => announcer.watch(signal),
      },
      async stop() {
        await ingestions.stop()
        announcer.close()
        store.close()
      },
    }
  },
})
