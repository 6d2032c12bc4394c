import type { TokenReader } from '../../kit/node/sql/lexer.ts'
import { partitionSpec } from './alter.ts'
import { hiveString } from './hive.ts'
import { refused, tableName } from './names.ts'
import type { Statement } from './statement.ts'

export function show(reader: TokenReader): Statement {
  if (reader.take('DATABASES') || reader.take('SCHEMAS')) {
    const pattern = like(reader)
    return { kind: 'showDatabases', ...(pattern !== undefined && { pattern }) }
  }
  const views = reader.is('VIEWS')
  if (reader.take('TABLES') || reader.take('VIEWS')) {
    const database = reader.take('IN') || reader.take('FROM') ? reader.name().toLowerCase() : undefined
    const pattern = like(reader)
    return {
      kind: 'showTables',
      views,
      ...(database !== undefined && { database }),
      ...(pattern !== undefined && { pattern }),
    }
  }
  if (reader.take('COLUMNS')) {
    if (!reader.take('IN')) reader.need('FROM')
    const table = tableName(reader)
    if (!reader.take('IN') && !reader.take('FROM')) return { kind: 'showColumns', table }
    return { kind: 'showColumns', table: { ...table, database: reader.name().toLowerCase() } }
  }
  if (reader.take('PARTITIONS')) return { kind: 'showPartitions', table: tableName(reader) }
  if (reader.take('TBLPROPERTIES')) {
    const table = tableName(reader)
    if (!reader.take('(')) return { kind: 'showProperties', table }
    const property = hiveString(reader)
    reader.need(')')
    return { kind: 'showProperties', table, property }
  }
  const view = reader.is('CREATE', 'VIEW')
  if (reader.take('CREATE', 'TABLE') || reader.take('CREATE', 'VIEW'))
    return { kind: 'showCreateTable', view, table: tableName(reader) }
  throw refused(`SHOW ${reader.peek()?.text ?? ''}`)
}

/** `DESCRIBE [EXTENDED | FORMATTED] table [PARTITION (…)] [column[.field …]]`. */
export function describe(reader: TokenReader): Statement {
  if (reader.is('DATABASE') || reader.is('SCHEMA') || reader.is('FUNCTION'))
    throw refused(`DESCRIBE ${reader.next().text}`)
  const detail = reader.take('EXTENDED') ? 'extended' : reader.take('FORMATTED') ? 'formatted' : undefined
  const table = tableName(reader)
  const partition = reader.is('PARTITION') ? partitionSpec(reader) : undefined
  const path: string[] = []
  while (!reader.done && !reader.is(';')) {
    path.push(reader.name().toLowerCase())
    if (!reader.take('.')) break
  }
  return {
    kind: 'describe',
    table,
    path,
    ...(detail !== undefined && { detail }),
    ...(partition !== undefined && { partition }),
  }
}

function like(reader: TokenReader): string | undefined {
  reader.take('LIKE')
  return reader.peek()?.kind === 'string' ? reader.string() : undefined
}
