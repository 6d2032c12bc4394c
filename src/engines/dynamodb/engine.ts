import { defineEngine } from '../define.ts'
import { CommitGroup } from '../kit/node/commit-group.ts'
import { beginDelete, beginTimeToLive, beginUpdate } from './model.ts'
import { page, read } from './reads.ts'
import { DynamoStore } from './store.ts'
import { Tables } from './tables.ts'
import { Capacity } from './throughput.ts'
import { write } from './writes.ts'

export const engine = defineEngine({
  name: 'dynamodb',
  needs: [],
  async start(context) {
    const { clock } = context
    const store = new DynamoStore(context.directory)
    const tables = new Tables(context, store)
    const group = new CommitGroup(store.db)
    const reach = { store, group, tables, capacity: new Capacity(), clock }
    return {
      handlers: {
        createTable: (input) => tables.info(tables.create(input)),
        describeTable: ({ table }) => tables.info(tables.find(table)),
        listTables: () => tables.names(),
        updateTable: ({ table, ...update }) =>
          tables.info(tables.become(beginUpdate(tables.find(table), update, tables.newIndexId, clock.now()))),
        deleteTable: ({ table }) => tables.info(tables.become(beginDelete(tables.find(table)))),
        updateTimeToLive: ({ table, attribute, enabled }) => {
          tables.become(beginTimeToLive(tables.find(table), attribute, enabled))
          return {}
        },
        updateRecovery: ({ table, enabled, days }) => {
          const { recovery, ...state } = tables.find(table)
          const enabledMs = recovery?.enabledMs ?? clock.now()
          return tables.info(tables.become(enabled ? { ...state, recovery: { enabledMs, days } } : state))
        },
        setTags: ({ table, tags }) => {
          tables.become({ ...tables.find(table), tags })
          return {}
        },
        write: (input) => write(input, reach),
        read: ({ gets, cost }) => read(gets, cost, reach),
        page: (input) => page(input, reach),
      },
      async stop() {
        group.flush()
        tables.stop()
        store.close()
      },
    }
  },
})
