import { TokenReader } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { SqlDialect } from '../contract.ts'
import { sparkStatement } from '../spark/statements.ts'
import { alterDatabase, alterTable } from './alter.ts'
import { explain } from './explain.ts'
import { hiveString, hiveTable, propertyList } from './hive.ts'
import { refused, tableName } from './names.ts'
import { describe, show } from './show.ts'
import type { Query, Statement, TableName } from './statement.ts'

/** One statement: queries are left to the translation, all others are read here. What is not known is refused by its name. */
export function parseStatement(sql: string, dialect: SqlDialect = 'trino'): Statement {
  if (dialect === 'trino') return athenaStatement(sql)
  const statement = sparkStatement(sql, dialect) ?? athenaStatement(sql, true)
  return 'query' in statement ? { ...statement, query: { ...statement.query, dialect } } : statement
}

function athenaStatement(sql: string, escapes = false): Statement {
  const reader = new TokenReader(sql, escapes)
  const first = reader.peek()
  if (!first) throw new EngineError('SYNTAX_ERROR', 'line 1:1: the query is empty', { at: { line: 1, column: 1 } })
  if (first.text === '(' || reader.is('SELECT') || reader.is('WITH') || reader.is('VALUES')) {
    return { kind: 'query', query: queryOf(reader) }
  }
  if (reader.take('TABLE')) return { kind: 'query', query: wholeTable(reader) }
  if (reader.take('EXPLAIN')) return explain(reader, queryOf)
  if (reader.take('SHOW')) return only(reader, show(reader))
  if (reader.take('DESCRIBE') || reader.take('DESC')) return only(reader, describe(reader))
  if (reader.take('CREATE')) return create(reader)
  if (reader.take('DROP')) return drop(reader)
  if (reader.take('INSERT', 'INTO')) return insert(reader)
  if (reader.take('UNLOAD')) return unload(reader)
  if (reader.take('MSCK', 'REPAIR', 'TABLE')) return only(reader, { kind: 'repair', table: tableName(reader) })
  if (reader.take('ALTER', 'TABLE')) return only(reader, alterTable(reader))
  if (reader.take('ALTER', 'DATABASE') || reader.take('ALTER', 'SCHEMA')) return only(reader, alterDatabase(reader))
  if (reader.take('PREPARE')) return prepare(reader)
  if (reader.take('EXECUTE')) return execute(reader)
  if (reader.take('DEALLOCATE')) {
    reader.need('PREPARE')
    return only(reader, { kind: 'deallocate', name: reader.name() })
  }
  throw refused(first.text)
}

function only(reader: TokenReader, statement: Statement): Statement {
  reader.end()
  return statement
}

function queryOf(reader: TokenReader): Query {
  const { text, start } = reader.rest()
  return { text, offset: start }
}

const ALL_OF = 'SELECT * FROM '

/** `TABLE t` is short for `SELECT * FROM t`; what follows keeps its place in the whole. */
function wholeTable(reader: TokenReader): Query {
  const { text, start } = reader.rest()
  return { text: `${ALL_OF}${text}`, offset: start - ALL_OF.length }
}

function create(reader: TokenReader): Statement {
  if (reader.take('DATABASE') || reader.take('SCHEMA')) return createDatabase(reader)
  const replace = reader.take('OR', 'REPLACE')
  if (reader.take('VIEW')) {
    const table = tableName(reader)
    reader.need('AS')
    return { kind: 'createView', table, replace, query: queryOf(reader) }
  }
  const external = reader.take('EXTERNAL')
  if (replace || !reader.take('TABLE')) throw refused(`CREATE ${reader.peek()?.text ?? ''}`)
  const ifNotExists = reader.take('IF', 'NOT', 'EXISTS')
  const table = tableName(reader)
  if (!external) {
    if (reader.is('(')) {
      throw new EngineError(
        'NOT_SUPPORTED',
        'CREATE TABLE without EXTERNAL makes Iceberg tables, which are not supported.',
      )
    }
    return createTableAs(reader, table, ifNotExists)
  }
  return { kind: 'createTable', table, ifNotExists, definition: hiveTable(reader) }
}

function createDatabase(reader: TokenReader): Statement {
  const ifNotExists = reader.take('IF', 'NOT', 'EXISTS')
  const database = reader.name().toLowerCase()
  const description = reader.take('COMMENT') ? hiveString(reader) : undefined
  const location = reader.take('LOCATION') ? hiveString(reader) : undefined
  const properties = reader.take('WITH', 'DBPROPERTIES') ? propertyList(reader) : undefined
  return only(reader, {
    kind: 'createDatabase',
    database,
    ifNotExists,
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(properties && { properties }),
  })
}

function createTableAs(reader: TokenReader, table: TableName, ifNotExists: boolean): Statement {
  const properties = reader.take('WITH') ? withProperties(reader) : {}
  reader.need('AS')
  const query = queryOf(reader)
  const none = /\bWITH\s+NO\s+DATA\s*$/i.exec(query.text)
  const withData = !none
  const text = query.text.replace(/\bWITH\s+(NO\s+)?DATA\s*$/i, '')
  return { kind: 'createTableAs', table, ifNotExists, properties, query: { ...query, text }, withData }
}

/** `(format = 'PARQUET', partitioned_by = ARRAY['a'])`. */
function withProperties(reader: TokenReader): Record<string, string | string[]> {
  const properties: Record<string, string | string[]> = {}
  reader.need('(')
  do {
    const name = reader.name().toLowerCase()
    reader.need('=')
    properties[name] = propertyValue(reader)
  } while (reader.take(','))
  reader.need(')')
  return properties
}

function propertyValue(reader: TokenReader): string | string[] {
  if (!reader.take('ARRAY')) {
    const token = reader.next()
    return token.kind === 'word' ? token.text.toLowerCase() : token.text
  }
  const values: string[] = []
  reader.need('[')
  do values.push(reader.string())
  while (reader.take(','))
  reader.need(']')
  return values
}

function drop(reader: TokenReader): Statement {
  if (reader.take('DATABASE') || reader.take('SCHEMA')) {
    const ifExists = reader.take('IF', 'EXISTS')
    const database = reader.name().toLowerCase()
    const cascade = reader.take('CASCADE')
    if (!cascade) reader.take('RESTRICT')
    return only(reader, { kind: 'dropDatabase', database, ifExists, cascade })
  }
  const view = reader.take('VIEW')
  if (!view && !reader.take('TABLE')) throw refused(`DROP ${reader.peek()?.text ?? ''}`)
  const ifExists = reader.take('IF', 'EXISTS')
  return only(reader, { kind: view ? 'dropView' : 'dropTable', table: tableName(reader), ifExists })
}

function insert(reader: TokenReader): Statement {
  const table = tableName(reader)
  if (!reader.is('(') || reader.is('(', 'SELECT') || reader.is('(', 'WITH')) {
    return { kind: 'insert', table, query: queryOf(reader) }
  }
  const columns: string[] = []
  reader.need('(')
  do columns.push(reader.name().toLowerCase())
  while (reader.take(','))
  reader.need(')')
  return { kind: 'insert', table, columns, query: queryOf(reader) }
}

function unload(reader: TokenReader): Statement {
  const { text, start } = reader.parenthesised()
  reader.need('TO')
  const to = reader.string()
  const properties = reader.take('WITH') ? withProperties(reader) : {}
  return only(reader, { kind: 'unload', query: { text, offset: start }, to, properties })
}

function prepare(reader: TokenReader): Statement {
  const name = reader.name()
  reader.need('FROM')
  return { kind: 'prepare', name, sql: reader.rest().text }
}

/** `EXECUTE name USING 1, 'x'`: each value as it is written. */
function execute(reader: TokenReader): Statement {
  const name = reader.name()
  if (!reader.take('USING')) return only(reader, { kind: 'execute', name, values: [] })
  const values: string[] = []
  do values.push(expression(reader))
  while (reader.take(','))
  return only(reader, { kind: 'execute', name, values })
}

function expression(reader: TokenReader): string {
  const { start } = reader.peek() ?? reader.next()
  let end = start
  for (let depth = 0; !reader.done && !(depth === 0 && (reader.is(',') || reader.is(';'))); ) {
    if (reader.is('(') || reader.is('[')) depth++
    if (reader.is(')') || reader.is(']')) depth--
    end = reader.next().end
  }
  if (end === start) throw reader.unexpected('an expression')
  return reader.sql.slice(start, end)
}
