import { runExplain } from '../explain/explain.ts'
import type { Runnable } from '../statements/statement.ts'
import * as alter from './alter.ts'
import * as ddl from './ddl.ts'
import { describe, showProperties } from './describe.ts'
import { insertInto } from './insert.ts'
import type { Outcome, Run } from './outcome.ts'
import * as partitions from './partitions.ts'
import { deallocate, prepare } from './prepared.ts'
import { runQuery } from './query.ts'
import { createTableAs, unload } from './write.ts'

export function runStatement(statement: Runnable, run: Run): Promise<Outcome> {
  switch (statement.kind) {
    case 'query':
      return runQuery(statement.query, run)
    case 'explain':
      return runExplain(statement, run)
    case 'showDatabases':
      return ddl.showDatabases(statement, run)
    case 'showTables':
      return ddl.showTables(statement, run)
    case 'showColumns':
      return ddl.showColumns(statement, run)
    case 'showCreateTable':
      return ddl.showCreateTable(statement, run)
    case 'showPartitions':
      return partitions.showPartitions(statement, run)
    case 'describe':
      return describe(statement, run)
    case 'repair':
      return partitions.repair(statement, run)
    case 'createDatabase':
      return ddl.createDatabase(statement, run)
    case 'dropDatabase':
      return ddl.dropDatabase(statement, run)
    case 'createTable':
      return ddl.createTable(statement, run)
    case 'createTableAs':
      return createTableAs(statement, run)
    case 'createView':
      return ddl.createView(statement, run)
    case 'dropTable':
    case 'dropView':
      return ddl.dropTable(statement, run)
    case 'insert':
      return insertInto(statement, run)
    case 'unload':
      return unload(statement, run)
    case 'prepare':
      return prepare(statement, run)
    case 'deallocate':
      return deallocate(statement, run)
    case 'addPartitions':
      return partitions.addPartitions(statement, run)
    case 'dropPartitions':
      return partitions.dropPartitions(statement, run)
    case 'renamePartition':
      return partitions.renamePartition(statement, run)
    case 'setLocation':
      return alter.setLocation(statement, run)
    case 'setProperties':
      return alter.setProperties(statement, run)
    case 'addColumns':
      return alter.addColumns(statement, run)
    case 'replaceColumns':
      return alter.replaceColumns(statement, run)
    case 'changeColumn':
      return alter.changeColumn(statement, run)
    case 'setDatabaseProperties':
      return alter.setDatabaseProperties(statement, run)
    case 'showProperties':
      return showProperties(statement, run)
  }
}
