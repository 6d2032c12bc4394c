import type { editor } from 'monaco-editor/editor/editor.api'
import type { TablePage } from '../../../../engines/kit/pure/table.ts'
import type { Engine, Header } from '../model/header.ts'

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

export function headerOfModel(model: editor.ITextModel, engine: Engine): Header {
  return owners.get(model)?.header() ?? { engine }
}
