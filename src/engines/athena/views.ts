import type { CatalogTable } from '../catalog/contract.ts'
import { identifier } from '../kit/node/duck.ts'
import type { SqlDialect } from './contract.ts'

/** What Athena keeps of a view, as base64 of JSON in `ViewOriginalText`. */
interface PrestoView {
  readonly originalSql: string
  readonly catalog: string
  readonly schema: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** What Glue says of a view beside its columns and its text, for the catalog to keep. */
export function viewBeside(view: PrestoView): string {
  const encoded = Buffer.from(JSON.stringify(view)).toString('base64')
  return JSON.stringify({ ViewOriginalText: `/* Presto View: ${encoded} */`, ViewExpandedText: '/* Presto View */' })
}

/** What Spark keeps of a view, as properties of its table. */
const SPARK = {
  parts: 'view.catalogAndNamespace.numParts',
  part: 'view.catalogAndNamespace.part.',
  ansi: 'view.sqlConfig.spark.sql.ansi.enabled',
  columns: 'view.query.out.numCols',
  column: 'view.query.out.col.',
} as const

/** The properties of a view that is made in a session of this database: `columns` are those of its query. */
export function sparkView(dialect: SqlDialect, database: string, columns: readonly string[]): Record<string, string> {
  return {
    [SPARK.parts]: '2',
    [`${SPARK.part}0`]: 'spark_catalog',
    [`${SPARK.part}1`]: database,
    [SPARK.ansi]: String(dialect === 'spark'),
    [SPARK.columns]: String(columns.length),
    ...Object.fromEntries(columns.map((name, i) => [`${SPARK.column}${i}`, name])),
  }
}

interface ViewQuery {
  readonly dialect: SqlDialect
  /** In which its names are looked up: that of the session which made it. */
  readonly database: string
  /** The columns of its query under the view's own names, to be selected from the query; absent where the view has none of its own. */
  readonly columns?: string
  readonly renamed?: boolean
}

export function viewQuery(table: CatalogTable): ViewQuery {
  const { parameters } = table
  if (parameters[SPARK.parts] !== undefined) {
    const columns = table.columns.map(({ name }, i) => ({ name, of: parameters[`${SPARK.column}${i}`] ?? name }))
    return {
      dialect: parameters[SPARK.ansi] === 'true' ? 'spark' : 'hive',
      database: parameters[`${SPARK.part}${Number(parameters[SPARK.parts]) - 1}`] ?? table.database,
      columns: columns.map(({ name, of }) => `${identifier(of)} AS ${identifier(name)}`).join(', '),
      renamed: columns.some(({ name, of }) => name !== of),
    }
  }
  const { ViewOriginalText = '' } = JSON.parse(table.glue ?? '{}') as { ViewOriginalText?: string }
  const encoded = /^\/\* Presto View: (\S+) \*\/$/.exec(ViewOriginalText)?.[1]
  if (encoded === undefined) return { dialect: 'trino', database: table.database }
  const { schema } = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Partial<PrestoView>
  return { dialect: 'trino', database: schema ?? table.database }
}
