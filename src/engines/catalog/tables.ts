import { EngineError } from '../kit/pure/errors.ts'
import type { CatalogParts, HandlersOf } from './handlers.ts'
import { alreadyExists, checkTable, createdTable, glueName, invalid, notFound, updatedTable } from './model.ts'

/** Databases, tables and their versions. */
export function tableHandlers(
  parts: CatalogParts,
): HandlersOf<
  | 'listDatabases'
  | 'createDatabase'
  | 'updateDatabase'
  | 'deleteDatabase'
  | 'listTables'
  | 'getTable'
  | 'createTable'
  | 'updateTable'
  | 'deleteTable'
  | 'listTableVersions'
  | 'deleteTableVersion'
> {
  const { store, changes, clock } = parts
  return {
    listDatabases: () => [...store.databases(), ...parts.attachments.database()],
    createDatabase: (input) => {
      const name = glueName(input.database, 'Database name')
      parts.refuseAttached(name)
      if (store.hasDatabase(name)) throw alreadyExists(`Database ${name}`)
      store.putDatabase({ ...input, name, createdMs: clock.now() })
      changes.announce({ database: name })
      return {}
    },
    updateDatabase: (input) => {
      parts.refuseAttached(input.database)
      const name = parts.database(input.database)
      store.putDatabase({ ...input, name, createdMs: clock.now() })
      changes.announce({ database: name })
      return {}
    },
    deleteDatabase: ({ database }) => {
      parts.refuseAttached(database)
      const name = parts.database(database)
      store.transaction(() => {
        for (const table of store.tables(name)) parts.removeTable(table)
        parts.kept.deleteBelow(name)
        store.deleteDatabase(name)
      })
      changes.announce({ database: name })
      return {}
    },
    listTables: ({ database }) => {
      const name = parts.database(database)
      return parts.attachments.has(name) ? parts.attachments.tables() : store.tables(name)
    },
    getTable: ({ database, table }) => parts.table(database, table),
    createTable: (input) => {
      parts.refuseAttached(input.database)
      const table = createdTable(checkTable(input), clock.now())
      parts.database(table.database)
      store.transaction(() => {
        if (store.table(table.database, table.name)) throw alreadyExists(`Table ${table.name}`)
        store.putTable(table)
      })
      parts.changed(table)
      return table
    },
    updateTable: ({ skipArchive, ifVersion, ...input }) => {
      parts.refuseAttached(input.database)
      const checked = checkTable(input)
      const table = store.transaction(() => {
        const old = parts.table(checked.database, checked.name)
        if (ifVersion !== undefined && ifVersion !== String(old.versionId))
          throw new EngineError('ConcurrentModificationException', `Table ${old.name} is at version ${old.versionId}.`)
        const updated = updatedTable(old, checked, clock.now())
        if (skipArchive) store.deleteTableVersion(old.database, old.name, old.versionId)
        store.putTable(updated)
        return updated
      })
      parts.changed(table)
      return table
    },
    deleteTable: ({ database, table }) => {
      const found = parts.table(database, table)
      if (found.attached) parts.attachments.remove(found.name)
      else store.transaction(() => parts.removeTable(found))
      parts.changed(found)
      return {}
    },
    listTableVersions: ({ database, table }) => {
      const found = parts.table(database, table)
      return found.attached ? [found] : store.tableVersions(found.database, found.name)
    },
    deleteTableVersion: ({ database, table, versionId }) => {
      const found = parts.table(database, table)
      if (versionId === found.versionId)
        throw invalid(`Version ${versionId} is the current one of table ${found.name} and cannot be deleted.`)
      if (!store.deleteTableVersion(found.database, found.name, versionId))
        throw notFound(`Version ${versionId} of table ${found.name} not found.`)
      parts.changed(found)
      return {}
    },
  }
}
