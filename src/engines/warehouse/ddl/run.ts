import { identifier, literal } from '../../kit/node/duck.ts'
import { columnsOf, forgetTable, recordColumn, recordTable, schemas } from '../catalog.ts'
import type { Reader, TableName } from '../reader.ts'
import type { Scope } from '../scope.ts'
import { sqlError } from '../translate/lex.ts'
import {
  type ColumnDefinition,
  readAddedColumn,
  readCreateTable,
  readPlacement,
  type TableDefinition,
} from './table.ts'

/** Runs CREATE, DROP, ALTER and TRUNCATE. Answers the rows of a CREATE TABLE AS. */
export async function runDdl(reader: Reader, scope: Scope): Promise<number | null> {
  if (reader.take('CREATE')) return create(reader, scope)
  if (reader.take('DROP')) return drop(reader, scope)
  if (reader.take('ALTER')) return alter(reader, scope)
  reader.need('TRUNCATE')
  reader.take('TABLE')
  const table = await scope.table(reader.table(), 'table')
  reader.end()
  await scope.session.run(`TRUNCATE ${scope.name(table)}`)
  scope.changed(table)
  return null
}

async function create(reader: Reader, scope: Scope): Promise<number | null> {
  const replace = reader.take('OR REPLACE')
  if (reader.take('VIEW')) return createView(reader, scope, replace)
  if (replace) reader.fail()
  if (reader.take('SCHEMA')) return createSchema(reader, scope)
  reader.take('LOCAL')
  const temporary = reader.takeOne('TEMPORARY', 'TEMP') !== undefined
  if (!reader.take('TABLE')) {
    const what = [
      'EXTERNAL',
      'MATERIALIZED',
      'FUNCTION',
      'PROCEDURE',
      'LIBRARY',
      'MODEL',
      'USER',
      'GROUP',
      'ROLE',
      'DATABASE',
      'DATASHARE',
    ]
    if (what.some((word) => reader.is(word))) reader.refuse(`CREATE ${reader.token!.value}`)
    reader.fail()
  }
  const definition = readCreateTable(reader, temporary)
  return createTable(reader, definition, scope)
}

async function createTable(reader: Reader, definition: TableDefinition, scope: Scope): Promise<number | null> {
  const table = definition.temporary ? definition.table : await scope.place(definition.table)
  await needSchema(table, scope)
  const known = (await scope.relations()).get(`${table.schema}.${table.name}`)
  // A temporary table may have the name of a permanent one, which it hides ("CREATE TABLE").
  if (known && !(definition.temporary && known === 'table')) {
    if (definition.ifNotExists) return null
    throw scope.error('42P07', `Relation "${table.name}" already exists`, table)
  }
  const target = definition.temporary ? identifier(table.name) : scope.name(table)
  const kind = definition.temporary ? 'TEMP TABLE' : 'TABLE'
  let rows: number | null = null
  let columns: (ColumnDefinition & { sequence?: string })[] = []
  if (definition.as) {
    const query = await scope.query(reader.tokens.slice(definition.as.query))
    const names = definition.as.names
    const from = names ? `SELECT * FROM (${query.text}) AS q(${names.map(identifier).join(', ')})` : query.text
    rows = await scope.run(`CREATE ${kind} ${target} AS `, query, names ? from : undefined)
    const known = names ?? (await columnsOf(scope.session, table.schema, table.name)).map((column) => column.name)
    for (const key of [...definition.placement.sortKeys, definition.placement.distKey ?? known[0]])
      if (!definition.temporary && !known.some((name) => name.toLowerCase() === key))
        throw scope.error('42703', `column "${key}" named in key does not exist`, table)
  } else {
    columns = await withSequences(definition.columns, scope)
    const written: string[] = []
    for (const column of columns) written.push(await columnSql(column, reader, scope))
    for (const { name, type } of columns)
      if (type.length) written.push(`CHECK (strlen(${identifier(name)}) <= ${type.length})`)
    await scope.session.run(`CREATE ${kind} ${target} (${written.join(', ')})`)
  }
  if (!definition.temporary) {
    await recordTable(scope.session, table.schema, table.name, definition.placement, definition.primaryKey, columns)
    scope.changed(table)
  }
  scope.forgetRelations()
  return rows
}

async function withSequences(columns: readonly ColumnDefinition[], scope: Scope) {
  const made: (ColumnDefinition & { sequence?: string })[] = []
  for (const column of columns) {
    if (!column.identity) {
      made.push(column)
      continue
    }
    const { seed, step } = column.identity
    const sequence = scope.unique('identity')
    const bounds =
      step > 0 ? `MINVALUE ${Math.min(seed, 1)}` : `MAXVALUE ${Math.max(seed, -1)} MINVALUE -9223372036854775808`
    await scope.session.run(
      `CREATE SEQUENCE warehouse.millrace.${identifier(sequence)} INCREMENT BY ${step} ${bounds} START WITH ${seed}`,
    )
    made.push({ ...column, sequence })
  }
  return made
}

async function columnSql(
  column: ColumnDefinition & { sequence?: string },
  reader: Reader,
  scope: Scope,
): Promise<string> {
  const value = column.sequence
    ? `nextval('warehouse.millrace.${identifier(column.sequence)}')`
    : await defaultOf(column, reader, scope)
  return `${identifier(column.name)} ${column.type.duck}${value ? ` DEFAULT (${value})` : ''}${column.notNull ? ' NOT NULL' : ''}`
}

/** The expression of a column's DEFAULT, in DuckDB's words. */
async function defaultOf(
  { defaultWords }: ColumnDefinition,
  reader: Reader,
  scope: Scope,
): Promise<string | undefined> {
  return defaultWords && (await scope.query(reader.tokens.slice(...defaultWords))).text
}

async function needSchema(table: TableName, scope: Scope): Promise<void> {
  if (!(await schemas(scope.session)).has(table.schema))
    throw scope.error('3F000', `schema "${table.schema}" does not exist`, table)
}

async function createSchema(reader: Reader, scope: Scope): Promise<null> {
  const ifNotExists = reader.take('IF NOT EXISTS')
  const at = reader.token
  const name = reader.name()
  if (reader.take('AUTHORIZATION')) reader.name()
  reader.end()
  if (/^(millrace|pg_.*|information_schema|main)$/.test(name))
    throw sqlError('42939', `schema name "${name}" is reserved`, scope.sql, at!.from, at!.to)
  if ((await schemas(scope.session)).has(name)) {
    if (ifNotExists) return null
    throw sqlError('42P06', `schema "${name}" already exists`, scope.sql, at!.from, at!.to)
  }
  await scope.session.run(`CREATE SCHEMA warehouse.${identifier(name)}`)
  scope.forgetRelations()
  return null
}

async function createView(reader: Reader, scope: Scope, replace: boolean): Promise<null> {
  const view = await scope.place(reader.table())
  await needSchema(view, scope)
  const known = (await scope.relations()).get(`${view.schema}.${view.name}`)
  if (known && !(replace && known === 'view'))
    throw scope.error('42P07', `Relation "${view.name}" already exists`, view)
  const names = reader.is('(') ? `(${reader.names().map(identifier).join(', ')})` : ''
  reader.need('AS')
  const unbound = ['WITH', 'NO', 'SCHEMA', 'BINDING']
  const tail = reader.tokens.slice(-4)
  const words = reader.tokens.slice(reader.at, tail.every((token, i) => token.value === unbound[i]) ? -4 : undefined)
  const query = await scope.query(words)
  await scope.run(`CREATE ${replace ? 'OR REPLACE ' : ''}VIEW ${scope.name(view)}${names} AS `, query)
  scope.changed(view)
  scope.forgetRelations()
  return null
}

async function drop(reader: Reader, scope: Scope): Promise<null> {
  const kind = reader.takeOne('TABLE', 'VIEW', 'SCHEMA')
  if (!kind) return reader.refuse(`DROP ${reader.token?.text ?? ''}`)
  const ifExists = reader.take('IF EXISTS')
  do {
    if (kind === 'SCHEMA') await dropSchema(reader, scope, ifExists)
    else {
      const named = await scope.find(reader.table())
      const known = (await scope.relations()).get(`${named.schema}.${named.name}`)
      if (!known && ifExists) continue
      const table = await scope.table(named, kind === 'VIEW' ? 'view' : 'table')
      await scope.session.run(`DROP ${kind} ${scope.name(table)}`)
      if (kind === 'TABLE' && !scope.isTemporary(table)) await forget(scope, table.schema, table.name)
      scope.changed(table)
      scope.forgetRelations()
    }
  } while (reader.take(','))
  reader.takeOne('CASCADE', 'RESTRICT')
  reader.end()
  return null
}

async function forget(scope: Scope, schema: string, table: string): Promise<void> {
  for (const sequence of await forgetTable(scope.session, schema, table))
    await scope.session.run(`DROP SEQUENCE warehouse.millrace.${identifier(sequence)}`)
}

async function dropSchema(reader: Reader, scope: Scope, ifExists: boolean): Promise<void> {
  const at = reader.token!
  const name = reader.name()
  const cascade = reader.is('CASCADE')
  const refuse = (code: string, message: string): never => {
    throw sqlError(code, message, scope.sql, at.from, at.to)
  }
  if (!(await schemas(scope.session)).has(name)) {
    if (!ifExists) refuse('3F000', `schema "${name}" does not exist`)
    return
  }
  if (name === 'public') refuse('2BP01', 'schema "public" is needed and cannot be dropped')
  const inside = [...(await scope.relations())].filter(([relation]) => relation.startsWith(`${name}.`))
  if (inside.length > 0 && !cascade)
    refuse('2BP01', `cannot drop schema ${name} because other objects depend on it; use DROP … CASCADE`)
  for (const [relation, kind] of inside) {
    const table = relation.slice(name.length + 1)
    await scope.session.run(
      `DROP ${kind === 'view' ? 'VIEW' : 'TABLE'} warehouse.${identifier(name)}.${identifier(table)}`,
    )
    if (kind === 'table') await forget(scope, name, table)
  }
  await scope.session.run(`DROP SCHEMA warehouse.${identifier(name)}`)
  scope.forgetRelations()
}

async function alter(reader: Reader, scope: Scope): Promise<null> {
  if (!reader.take('TABLE')) return reader.refuse(`ALTER ${reader.token?.text ?? ''}`)
  const table = await scope.table(reader.table(), 'table')
  const target = scope.name(table)
  const { session } = scope
  const where = 'schema_name = $1 AND table_name = $2'
  const values = [table.schema, table.name]
  const column = async () => {
    const at = reader.token
    const name = reader.name()
    if ((await columnsOf(session, table.schema, table.name)).some((its) => its.name.toLowerCase() === name)) return name
    throw sqlError('42703', `column "${name}" of relation "${table.name}" does not exist`, scope.sql, at!.from, at!.to)
  }
  if (reader.take('RENAME TO')) {
    const to = reader.name()
    reader.end()
    await session.run(`ALTER TABLE ${target} RENAME TO ${identifier(to)}`)
    for (const its of ['tables', 'columns'])
      await session.run(`UPDATE warehouse.millrace.${its} SET table_name = $3 WHERE ${where}`, {
        values: [...values, to],
      })
    scope.changed({ ...table, name: to })
  } else if (reader.take('RENAME')) {
    reader.take('COLUMN')
    const from = await column()
    reader.need('TO')
    const to = reader.name()
    reader.end()
    await session.run(`ALTER TABLE ${target} RENAME COLUMN ${identifier(from)} TO ${identifier(to)}`)
    const renamed = [...values, from, to]
    await session.run(`UPDATE warehouse.millrace.columns SET column_name = $4 WHERE ${where} AND column_name = $3`, {
      values: renamed,
    })
    await session.run(
      `UPDATE warehouse.millrace.tables SET dist_key = CASE WHEN dist_key = $3 THEN $4 ELSE dist_key END,
         sort_keys = list_transform(sort_keys, lambda k: CASE WHEN k = $3 THEN $4 ELSE k END) WHERE ${where}`,
      { values: renamed },
    )
  } else if (reader.take('ADD')) {
    reader.take('COLUMN')
    const definition = readAddedColumn(reader)
    reader.end()
    if (definition.identity) return reader.refuse('an IDENTITY column added to a table')
    if (definition.notNull && !definition.defaultWords)
      throw scope.error(
        '42601',
        'ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression',
        table,
      )
    const added = identifier(definition.name)
    const value = await defaultOf(definition, reader, scope)
    // Rows that are there have the value of now. DuckDB takes none but a literal here: it would change a setting, which is locked.
    const now =
      value && (await session.query(`SELECT CAST((${value}) AS ${definition.type.duck})::VARCHAR`)).values[0][0]
    const filled = typeof now === 'string' ? ` DEFAULT ${literal(now)}` : ''
    await session.run(`ALTER TABLE ${target} ADD COLUMN ${added} ${definition.type.duck}${filled}`)
    if (value) await session.run(`ALTER TABLE ${target} ALTER COLUMN ${added} SET DEFAULT (${value})`)
    if (definition.notNull) await session.run(`ALTER TABLE ${target} ALTER COLUMN ${added} SET NOT NULL`)
    await recordColumn(session, table.schema, table.name, definition)
  } else if (reader.take('DROP')) {
    reader.take('COLUMN')
    const name = await column()
    reader.takeOne('CASCADE', 'RESTRICT')
    reader.end()
    const { values: keys } = await session.query(
      `SELECT 1 FROM warehouse.millrace.tables WHERE ${where} AND (dist_key = $3 OR list_contains(sort_keys, $3))`,
      { values: [...values, name] },
    )
    if (keys[0].length > 0) throw scope.error('42P16', `cannot drop distribution or sort key column "${name}"`, table)
    await session.run(`ALTER TABLE ${target} DROP COLUMN ${identifier(name)}`)
    await session.run(`DELETE FROM warehouse.millrace.columns WHERE ${where} AND column_name = $3`, {
      values: [...values, name],
    })
  } else if (reader.take('ALTER')) await alterPlacement(reader, scope, table)
  else return reader.refuse(`ALTER TABLE … ${reader.token?.text ?? ''}`)
  scope.changed(table)
  scope.forgetRelations()
  return null
}

async function alterPlacement(reader: Reader, scope: Scope, table: TableName): Promise<void> {
  if (reader.is('COLUMN')) reader.refuse('ALTER TABLE … ALTER COLUMN')
  const draft: Parameters<typeof readPlacement>[1] = { sortKeys: [] }
  const none = reader.take('SORTKEY NONE')
  const bareKey = reader.is('DISTKEY') && !reader.is('(', 1)
  if (reader.take('DISTSTYLE KEY DISTKEY') || (bareKey && reader.take('DISTKEY'))) draft.distKey = reader.name()
  else if (reader.is('SORTKEY') && reader.is('(', 1)) {
    reader.at++
    draft.sortKeys = reader.names()
    draft.sortStyle = 'COMPOUND'
  } else if (!none) readPlacement(reader, draft)
  reader.end()
  const known = (await columnsOf(scope.session, table.schema, table.name)).map((its) => its.name.toLowerCase())
  for (const key of [...draft.sortKeys, ...(draft.distKey ? [draft.distKey] : [])])
    if (!known.includes(key)) throw scope.error('42703', `column "${key}" named in key does not exist`, table)
  const distStyle = draft.distKey ? 'KEY' : draft.distStyle
  const values = [table.schema, table.name]
  if (distStyle)
    await scope.session.run(
      'UPDATE warehouse.millrace.tables SET dist_style = $3, dist_key = $4 WHERE schema_name = $1 AND table_name = $2',
      { values: [...values, distStyle, draft.distKey ?? null] },
    )
  if (none || draft.sortStyle)
    await scope.session.run(
      `UPDATE warehouse.millrace.tables SET sort_style = $3, sort_keys = CASE WHEN $4 = '' THEN [] ELSE string_split($4, ',') END WHERE schema_name = $1 AND table_name = $2`,
      { values: [...values, draft.sortStyle ?? null, draft.sortKeys.join(',')] },
    )
}
