import type { TokenReader } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { columnList, hiveString, propertyList, typeText } from './hive.ts'
import { refused, tableName } from './names.ts'
import type { PartitionSpec, Statement, TableName } from './statement.ts'

/** `ALTER TABLE …`, as much of it as Athena has ("DDL statements"). */
export function alterTable(reader: TokenReader): Statement {
  const table = tableName(reader)
  if (reader.take('ADD', 'COLUMNS')) return { kind: 'addColumns', table, columns: columns(reader) }
  if (reader.take('REPLACE', 'COLUMNS')) return { kind: 'replaceColumns', table, columns: columns(reader) }
  if (reader.take('CHANGE')) return changeColumn(reader, table)
  if (reader.take('ADD')) return addPartitions(reader, table)
  if (reader.take('DROP')) return dropPartitions(reader, table)
  if (reader.take('SET', 'TBLPROPERTIES')) return { kind: 'setProperties', table, properties: propertyList(reader) }
  if (reader.take('SET', 'LOCATION')) return { kind: 'setLocation', table, location: hiveString(reader) }
  if (reader.is('PARTITION')) {
    const partition = partitionSpec(reader)
    if (reader.take('SET', 'LOCATION')) return { kind: 'setLocation', table, partition, location: hiveString(reader) }
    if (reader.take('RENAME', 'TO'))
      return { kind: 'renamePartition', table, from: partition, to: partitionSpec(reader) }
    throw refused(`ALTER TABLE PARTITION ${reader.peek()?.text ?? ''}`)
  }
  throw refused(`ALTER TABLE ${reader.peek()?.text ?? ''} ${reader.peek(1)?.text ?? ''}`.trimEnd())
}

export function alterDatabase(reader: TokenReader): Statement {
  const database = reader.name().toLowerCase()
  reader.need('SET', 'DBPROPERTIES')
  return { kind: 'setDatabaseProperties', database, properties: propertyList(reader) }
}

function columns(reader: TokenReader) {
  const list = columnList(reader)
  reader.take('CASCADE')
  return list
}

function changeColumn(reader: TokenReader, table: TableName): Statement {
  reader.take('COLUMN')
  const column = reader.name().toLowerCase()
  const name = reader.name().toLowerCase()
  const type = typeText(reader)
  const comment = reader.take('COMMENT') ? hiveString(reader) : undefined
  const first = reader.take('FIRST')
  const after = !first && reader.take('AFTER') ? reader.name().toLowerCase() : undefined
  const to = { name, type, ...(comment !== undefined && { comment }) }
  return { kind: 'changeColumn', table, column, to, first, ...(after !== undefined && { after }) }
}

function addPartitions(reader: TokenReader, table: TableName): Statement {
  const ifNotExists = reader.take('IF', 'NOT', 'EXISTS')
  const partitions: { values: PartitionSpec; location?: string }[] = []
  while (reader.is('PARTITION')) {
    const values = partitionSpec(reader)
    const location = reader.take('LOCATION') ? hiveString(reader) : undefined
    partitions.push({ values, ...(location !== undefined && { location }) })
  }
  if (partitions.length === 0) throw refused(`ALTER TABLE ADD ${reader.peek()?.text ?? ''}`)
  return { kind: 'addPartitions', table, ifNotExists, partitions }
}

function dropPartitions(reader: TokenReader, table: TableName): Statement {
  const ifExists = reader.take('IF', 'EXISTS')
  const partitions: PartitionSpec[] = []
  do {
    if (!reader.is('PARTITION')) throw refused(`ALTER TABLE DROP ${reader.peek()?.text ?? ''}`)
    partitions.push(partitionSpec(reader))
  } while (reader.take(','))
  if (reader.take('PURGE')) throw new EngineError('NOT_SUPPORTED', 'PURGE is not supported.')
  return { kind: 'dropPartitions', table, ifExists, partitions }
}

/** `PARTITION (day = '2001-01-01', n = 1)`. */
export function partitionSpec(reader: TokenReader): PartitionSpec {
  const values: Record<string, string> = {}
  reader.need('PARTITION')
  reader.need('(')
  do {
    const key = reader.name().toLowerCase()
    reader.need('=')
    values[key] = partitionValue(reader)
  } while (reader.take(','))
  reader.need(')')
  return values
}

export function partitionValue(reader: TokenReader): string {
  const negative = reader.take('-') ? '-' : ''
  return reader.peek()?.kind === 'number' ? negative + reader.next().text : hiveString(reader)
}
