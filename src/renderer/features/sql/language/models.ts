import type { editor } from 'monaco-editor/editor/editor.api'
import type { TablePage } from '../../../../engines/kit/pure/table.ts'
import { type Dialect, engineOf, type Header, runsHere } from '../model/header.ts'
import { tablesMade } from '../model/made.ts'
import { type Schema, withTables } from '../model/schema.ts'
import { useSchemas } from '../schema.ts'

/** What the languages ask of the tab that a text belongs to: completion of one tab must not see the database of another. */
export interface ModelOwner {
  readonly header: () => Required<Header>
  /** The first rows of a query by the tab's engine; null where parameters wait for their values. */
  readonly preview: (sql: string, rows: number, signal: AbortSignal) => Promise<TablePage> | null
  /** Shows the first rows of a query that is part of the text. */
  readonly look: (title: string, sql: string) => void
}

const owners = new WeakMap<editor.ITextModel, ModelOwner>()

export function describeModel(model: editor.ITextModel, owner: ModelOwner): void {
  owners.set(model, owner)
}

export function ownerOf(model: editor.ITextModel): ModelOwner | undefined {
  return owners.get(model)
}

export function headerOfModel(model: editor.ITextModel, engine: Dialect): Header {
  return owners.get(model)?.header() ?? { engine }
}

/** What can be named in a text: the catalog of its dialect, and what a script for elsewhere makes itself. */
export function schemaFor({ engine, database = 'default' }: Header, text: string): Schema {
  const schema = useSchemas.getState()[engineOf(engine)]
  return runsHere(engine) ? schema : withTables(schema, database, tablesMade(text, database))
}
