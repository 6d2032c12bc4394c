import { defineEngine } from '../define.ts'
import { openDuck } from '../kit/node/duck.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import type { CatalogTable } from './contract.ts'
import { resolveFiles } from './files.ts'
import { alreadyExists, checkPartition, checkTable, createdTable, glueName, notFound, updatedTable } from './model.ts'
import { preview } from './preview.ts'
import { scan } from './scan.ts'
import { CatalogStore } from './store.ts'

export const engine = defineEngine({
  name: 'catalog',
  needs: ['lake'],
  async start(context) {
    const store = new CatalogStore(context.directory)
    const duck = await openDuck(context).catch((thrown) => {
      store.close()
      throw thrown
    })
    const now = () => context.clock.now()
    // Athena's default database is there from the start, as in an account that has opened Athena.
    if (!store.hasDatabase('default')) store.putDatabase({ name: 'default', createdMs: now() })
    const reach = { workspaceDirectory: context.workspaceDirectory, clients: context.clients, duck }
    const changes = new Broadcast<{ database: string; table?: string }>((event) => `${event.database}.${event.table}`)

    const databaseNamed = (name: string): string => {
      const database = name.toLowerCase()
      if (!store.hasDatabase(database)) throw notFound(`Database ${database} not found.`)
      return database
    }
    const tableNamed = (database: string, name: string): CatalogTable => {
      const found = store.table(databaseNamed(database), name.toLowerCase())
      if (!found) throw notFound(`Table ${name.toLowerCase()} not found in database ${database.toLowerCase()}.`)
      return found
    }
    const changed = ({ database, name }: { database: string; name: string }) =>
      changes.announce({ database, table: name })

    return {
      handlers: {
        listDatabases: () => store.databases(),
        createDatabase: (input) => {
          const name = glueName(input.database, 'Database name')
          if (store.hasDatabase(name)) throw alreadyExists(`Database ${name}`)
          store.putDatabase({ ...input, name, createdMs: now() })
          changes.announce({ database: name })
          return {}
        },
        deleteDatabase: ({ database }) => {
          const name = databaseNamed(database)
          store.deleteDatabase(name)
          changes.announce({ database: name })
          return {}
        },
        listTables: ({ database }) => store.tables(databaseNamed(database)),
        getTable: ({ database, table }) => tableNamed(database, table),
        createTable: (input) => {
          const table = createdTable(checkTable(input), now())
          databaseNamed(table.database)
          store.transaction(() => {
            if (store.table(table.database, table.name)) throw alreadyExists(`Table ${table.name}`)
            store.putTable(table)
          })
          changed(table)
          return table
        },
        updateTable: (input) => {
          const checked = checkTable(input)
          const table = store.transaction(() => {
            const updated = updatedTable(tableNamed(checked.database, checked.name), checked, now())
            store.putTable(updated)
            return updated
          })
          changed(table)
          return table
        },
        deleteTable: ({ database, table }) => {
          const found = tableNamed(database, table)
          store.deleteTable(found.database, found.name)
          changed(found)
          return {}
        },
        listPartitions: ({ database, table }) => {
          const found = tableNamed(database, table)
          return store.partitions(found.database, found.name)
        },
        addPartitions: ({ database, table, partitions }) => {
          const found = tableNamed(database, table)
          for (const partition of partitions) checkPartition(found, partition)
          const added = store.transaction(
            () =>
              partitions.filter((partition) =>
                store.addPartition(found.database, found.name, { ...partition, createdMs: now() }),
              ).length,
          )
          if (added > 0) changed(found)
          return { added }
        },
        deletePartitions: ({ database, table, values }) => {
          const found = tableNamed(database, table)
          store.transaction(() => {
            for (const value of values) {
              if (!store.deletePartition(found.database, found.name, value)) {
                throw notFound(`Partition [${value.join(', ')}] of table ${found.name} not found.`)
              }
            }
          })
          changed(found)
          return {}
        },
        watch: (_input, { signal }) => changes.watch(signal),
        locate: async (input) => {
          const { format, paths, bytes } = await resolveFiles(input, reach)
          return { format, paths, bytes }
        },
        preview: (input, { signal }) => preview(input, reach, signal),
        scan: (input, { signal }) => scan(input, reach, signal),
      },
      stop: async () => store.close(),
    }
  },
})
