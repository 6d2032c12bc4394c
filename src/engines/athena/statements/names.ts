import type { TokenReader } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { TableName } from './statement.ts'

export function refused(name: string): EngineError {
  return new EngineError('NOT_SUPPORTED', `Queries of this type are not supported: ${name.toUpperCase()}`)
}

/** `table`, `database.table` or `"awsdatacatalog".database.table`. */
export function tableName(reader: TokenReader): TableName {
  const start = reader.peek()?.start ?? 0
  const parts = [...nameParts(reader)]
  while (reader.take('.')) parts.push(...nameParts(reader))
  if (parts.length > 3) throw reader.unexpected('a table name of at most three parts')
  if (parts.length === 3) checkCatalog(parts.shift()!)
  const table = parts.pop()!.toLowerCase()
  return parts.length > 0 ? { database: parts[0].toLowerCase(), table, start } : { table, start }
}

/** Hive takes `database.table` within one pair of backticks, as SHOW CREATE TABLE prints it. */
function nameParts(reader: TokenReader): string[] {
  const token = reader.peek()
  const name = reader.name()
  return token?.kind === 'quoted' && reader.sql[token.start] === '`' ? name.split('.') : [name]
}

export function checkCatalog(name: string): void {
  if (name.toLowerCase() !== 'awsdatacatalog') {
    throw new EngineError(
      'CATALOG_NOT_FOUND',
      `Catalog '${name}' does not exist, or is not one that statements other than queries reach.`,
    )
  }
}
