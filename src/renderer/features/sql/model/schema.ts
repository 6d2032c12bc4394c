import type { EngineError } from '../../../../engines/kit/pure/errors.ts'

export interface SchemaColumn {
  readonly name: string
  readonly type: string
  readonly comment?: string | undefined
  /** A partition key: conditions on it save bytes. */
  readonly partition?: boolean
}

export interface SchemaTable {
  readonly database: string
  readonly name: string
  readonly columns: readonly SchemaColumn[]
  /** Format of the files, `view`, or rows of a warehouse table. */
  readonly detail: string
  readonly rows?: number
  readonly tooltip?: string
}

export interface SchemaDatabase {
  readonly name: string
  readonly tables: readonly SchemaTable[]
}

/** What can be named in a query, of one engine. */
export interface Schema {
  readonly databases: readonly SchemaDatabase[]
  /** Beside Athena's own catalog: `"warehouse"."schema"."table"`, `"streams"."default"."name"`. */
  readonly catalogs?: readonly { readonly name: string; readonly databases: readonly SchemaDatabase[] }[]
  readonly error?: EngineError
  readonly loaded: boolean
}

/** Tables by database and name, and where one is the first that is called so, by its name alone; all in small letters. */
type Index = ReadonlyMap<string, SchemaTable>
const indexes = new WeakMap<Schema, { tables: Index; names: ReadonlySet<string> }>()

function indexOf(schema: Schema) {
  const known = indexes.get(schema)
  if (known) return known
  const tables = new Map<string, SchemaTable>()
  for (const { name: database, tables: list } of schema.databases)
    for (const table of list) {
      const name = table.name.toLowerCase()
      for (const key of [`${database.toLowerCase()}\0${name}`, name]) if (!tables.has(key)) tables.set(key, table)
    }
  for (const catalog of schema.catalogs ?? [])
    for (const { name: database, tables: list } of catalog.databases)
      for (const table of list) tables.set([catalog.name, database, table.name].join('\0').toLowerCase(), table)
  const made = { tables, names: new Set(schema.databases.map(({ name }) => name)) }
  indexes.set(schema, made)
  return made
}

/** Found by its name in one step: a key press asks for several, among a hundred thousand columns. */
export function findTable(
  schema: Schema,
  name: readonly string[],
  database: string | undefined,
): SchemaTable | undefined {
  const { tables, names } = indexOf(schema)
  if (name.length === 3 && name[0].toLowerCase() !== 'awsdatacatalog') return tables.get(name.join('\0').toLowerCase())
  const table = name.at(-1)?.toLowerCase() ?? ''
  // The warehouse has no database of that kind: a bare name is found in whichever schema has it.
  const owner = name.at(-2) ?? (database !== undefined && names.has(database) ? database : undefined)
  return tables.get(owner === undefined ? table : `${owner.toLowerCase()}\0${table}`)
}

/** The schema with tables that a text makes itself. */
export function withTables(schema: Schema, database: string, made: readonly SchemaTable[]): Schema {
  if (made.length === 0) return schema
  const own = schema.databases.find(({ name }) => name === database) ?? { name: database, tables: [] }
  const others = schema.databases.filter((each) => each !== own)
  return { ...schema, databases: [{ ...own, tables: [...made, ...own.tables] }, ...others] }
}
