import { closeView, openView, viewId } from '../../lib/index.ts'

export type Engine = 'athena' | 'warehouse'

export type TableParams = {
  readonly database: string
  readonly table: string
  /** Absent for tables of the lake. */
  readonly engine?: 'warehouse'
  /** In the one tab that shows whatever was clicked last. */
  readonly preview?: true
}

const PREVIEW = 'catalog.preview'
/** Tables with a tab of their own: a click on one goes there. */
const kept = new Set<string>()

export function tableViewId({ preview, ...params }: TableParams): string {
  return preview ? PREVIEW : viewId('catalog.table', params)
}

/** Says that this table has a tab, for as long as it has. */
export function keepTable(params: TableParams): (() => void) | undefined {
  if (params.preview) return undefined
  const id = tableViewId(params)
  kept.add(id)
  return () => void kept.delete(id)
}

/** A tab for keeps. */
export function openTable(engine: Engine, database: string, table: string): void {
  openView('catalog.table', paramsOf(engine, database, table))
  closeView(PREVIEW)
}

/** One click: its own tab where it has one, else the tab that shows whatever was clicked last. */
export function previewTable(engine: Engine, database: string, table: string): void {
  const params = paramsOf(engine, database, table)
  openView('catalog.table', kept.has(tableViewId(params)) ? params : { ...params, preview: true })
}

function paramsOf(engine: Engine, database: string, table: string): TableParams {
  return { ...(engine === 'warehouse' && { engine }), database, table }
}

/** The last folder of a prefix, or its bucket. */
export const folderName = (bucket: string, prefix: string) => prefix.split('/').filter(Boolean).at(-1) ?? bucket

/** A new query of either engine. */
export function openQuery(engine: Engine, sql: string, database?: string): void {
  openView('sql.editor', { path: '', sql, engine, ...(database !== undefined && { database }) })
}

export const firstRows = (name: string) => `SELECT *\nFROM ${name}\nLIMIT 100`
