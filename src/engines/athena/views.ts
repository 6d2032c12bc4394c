import type { CatalogTable } from '../catalog/contract.ts'

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

/** The database in which a view's names are looked up: that of the session which made it. */
export function viewDatabase(table: CatalogTable): string {
  const { ViewOriginalText = '' } = JSON.parse(table.glue ?? '{}') as { ViewOriginalText?: string }
  const encoded = /^\/\* Presto View: (\S+) \*\/$/.exec(ViewOriginalText)?.[1]
  if (encoded === undefined) return table.database
  const { schema } = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Partial<PrestoView>
  return schema ?? table.database
}
