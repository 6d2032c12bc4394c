import type { editor, languages } from 'monaco-editor/editor/editor.api'
import { type Dialect, runsHere } from '../model/header.ts'
import { innerQueries } from '../model/inner.ts'
import { namedIn } from '../model/named.ts'
import { quoted } from '../model/names.ts'
import { placesOf } from '../model/rename.ts'
import { splitStatements } from '../model/statements.ts'
import { around } from './complete.ts'
import { headerOfModel, ownerOf, schemaFor } from './models.ts'

type Monaco = typeof import('monaco-editor/editor/editor.api')

/** Above each query inside another: its rows by a click. */
export function innerLenses(monaco: Monaco, engine: Dialect): languages.CodeLensProvider {
  return {
    provideCodeLenses: (model: editor.ITextModel) => ({
      // What runs elsewhere has no rows here.
      lenses: (runsHere(engine) ? splitStatements(model.getValue()) : []).flatMap((statement) =>
        innerQueries(statement.sql, engine).map(({ title, at, sql }) => {
          const { lineNumber } = model.getPositionAt(statement.start + at)
          return {
            range: new monaco.Range(lineNumber, 1, lineNumber, 1),
            command: { id: 'millrace.inner', title: `Rows of ${title}`, arguments: [model.uri.toString(), title, sql] },
          }
        }),
      ),
      dispose: () => {},
    }),
  }
}

/** What a click on such a lens does: the tab that the text belongs to shows rows of the inner query. */
export function registerInner(monaco: Monaco): void {
  monaco.editor.registerCommand('millrace.inner', (_, uri: string, title: string, sql: string) => {
    const model = monaco.editor.getModels().find((each) => each.uri.toString() === uri)
    if (model) ownerOf(model)?.look(title, sql)
  })
}

/** F2 on a common table expression renames it wherever the statement names it. */
export function renaming(monaco: Monaco, engine: Dialect): languages.RenameProvider {
  const find = (model: editor.ITextModel, position: { lineNumber: number; column: number }) => {
    const header = headerOfModel(model, engine)
    const { sql, offset, start } = around(model.getValue(), model.getOffsetAt(position), engine)
    const { cte } = namedIn(sql, offset, schemaFor(header, model.getValue()), header)
    if (!cte) return null
    const range = (from: number, to: number) =>
      monaco.Range.fromPositions(model.getPositionAt(start + from), model.getPositionAt(start + to))
    return { cte, places: placesOf(sql, cte, engine).map(({ from, to }) => range(from, to)) }
  }
  return {
    provideRenameEdits: (model, position, newName) => {
      const found = find(model, position)
      if (!found) return { edits: [], rejectReason: 'Only common table expressions are renamed here.' }
      const text = /^[A-Za-z_]\w*$/.test(newName) ? newName : quoted(newName, engine)
      return {
        edits: found.places.map((range) => ({
          resource: model.uri,
          versionId: undefined,
          textEdit: { range, text },
        })),
      }
    },
    resolveRenameLocation: (model, position) => {
      const found = find(model, position)
      const word = model.getWordAtPosition(position)
      if (!found || !word)
        return {
          range: new monaco.Range(1, 1, 1, 1),
          text: '',
          rejectReason: 'Only common table expressions are renamed here.',
        }
      return {
        range: new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn),
        text: found.cte.name,
      }
    },
  }
}
