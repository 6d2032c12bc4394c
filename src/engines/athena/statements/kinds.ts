import type { Statement } from './statement.ts'

/** Statements that write files and answer a number of rows. */
export function writesFiles(statement: Pick<Statement, 'kind'>): boolean {
  return statement.kind === 'createTableAs' || statement.kind === 'insert' || statement.kind === 'unload'
}

const NAMES: Readonly<Partial<Record<Statement['kind'], string>>> = {
  query: 'SELECT',
  createTableAs: 'CREATE_TABLE_AS_SELECT',
  describe: 'DESCRIBE_TABLE',
  repair: 'MSCK_REPAIR_TABLE',
  addPartitions: 'ALTER_TABLE_ADD_PARTITION',
  deallocate: 'DEALLOCATE_PREPARE',
}

/** Athena's word for a statement ("QueryExecution", SubstatementType). */
export function substatementType(statement: Statement): string {
  if (statement.kind === 'showTables' && statement.views) return 'SHOW_VIEWS'
  return NAMES[statement.kind] ?? statement.kind.replace(/[A-Z]/g, '_$&').toUpperCase()
}
