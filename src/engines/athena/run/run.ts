import type { Runnable } from '../statements/statement.ts'
import * as ddl from './ddl.ts'
import type { Outcome, Run } from './outcome.ts'
import { deallocate, prepare } from './prepared.ts'
import { runExplain, runQuery } from './query.ts'
import { createTableAs, insertInto, unload } from './write.ts'

export function runStatement(statement: Runnable, run: Run): Promise<Outcome> {
  switch (statement.kind) {
    case 'query':
      return runQuery(statement.query, run)
    case 'explain':
      return runExplain(statement.query, statement.analyze, run)
    case 'showDatabases':
      return ddl.showDatabases(statement, run)
    case 'showTables':
      return ddl.showTables(statement, run)
    case 'showColumns':
      return ddl.showColumns(statement, run)
    case 'showCreateTable':
      return ddl.showCreateTable(statement, run)
    case 'showPartitions':
      return ddl.showPartitions(statement, run)
    case 'describe':
      return ddl.describe(statement, run)
    case 'repair':
      return ddl.repair(statement, run)
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
      return ddl.addPartitions(statement, run)
  }
}
