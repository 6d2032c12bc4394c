import type { DuckSession } from '../kit/node/duck/session.ts'
import { EngineError } from '../kit/pure/errors.ts'

/** Table functions that make rows of values. The others read files, databases or settings. */
const TABLE_FUNCTIONS = new Set(['generate_series', 'json_each', 'json_tree', 'range', 'repeat', 'unnest'])
/** Functions that tell of the program, not of values. */
const TELLING =
  /^(pg_|duckdb_|pragma_|has_|col_description$|current_(database|query|schemas?|setting)$|currval$|getvariable$|nextval$|obj_description$|set_config$|shobj_description$|write_log$)/

type Node = Readonly<Record<string, unknown>>

/** Refuses a query that touches anything but the records it is given: by DuckDB's own tree of it, so that no spelling gets past. */
export async function refuseOtherThanRecords(session: DuckSession, query: string, signal: AbortSignal): Promise<void> {
  const { values } = await session.query('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', { values: [query], signal })
  const { error, error_type, error_message, statements } = JSON.parse(String(values[0][0])) as Node
  if (error === true)
    throw refusal(error_type === 'not implemented' ? 'The transform must be a SELECT.' : String(error_message))
  const names = new Set(['records'])
  walk(statements, (node) => {
    const { map } = (node.cte_map ?? {}) as { map?: readonly { key: string }[] }
    for (const { key } of map ?? []) {
      // Where such a name is not in scope, DuckDB would take it for a file's.
      if (!/^\w+$/.test(key)) throw refusal(`"${key}" cannot be the name of a WITH clause.`)
      names.add(key.toLowerCase())
    }
  })
  walk(statements, (node) => {
    const { type, table_name, schema_name, catalog_name, function_name } = node as Record<string, string>
    if (type === 'SHOW_REF') throw refusal('The query reads the table records alone, with SELECT.')
    if (type === 'BASE_TABLE' && (schema_name !== '' || catalog_name !== '' || !names.has(table_name.toLowerCase())))
      throw refusal(`The query reads the table records alone, not ${table_name}.`)
    const called = type === 'TABLE_FUNCTION' ? (node.function as Record<string, string>).function_name : undefined
    if (called !== undefined && !TABLE_FUNCTIONS.has(called.toLowerCase()))
      throw refusal(`The function ${called} cannot be used here: the query reads the table records alone.`)
    if (type === 'FUNCTION' && TELLING.test(function_name.toLowerCase()))
      throw refusal(`The function ${function_name} cannot be used here.`)
  })
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit)
  else if (typeof value === 'object' && value !== null) {
    visit(value as Node)
    for (const member of Object.values(value)) walk(member, visit)
  }
}

const refusal = (message: string) => new EngineError('InvalidRequestException', message)
