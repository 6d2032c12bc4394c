import type { CancellationToken, editor, languages, Position } from 'monaco-editor/editor/editor.api'
import { EngineError } from '../../../../engines/kit/pure/errors.ts'
import type { TablePage } from '../../../../engines/kit/pure/table.ts'
import { plural } from '../../../lib/index.ts'
import { SQL_FUNCTIONS } from '../model/functions.ts'
import { type Dialect, runsHere } from '../model/header.ts'
import { rowsOf } from '../model/inner.ts'
import { namedIn } from '../model/named.ts'
import type { SchemaColumn, SchemaTable } from '../model/schema.ts'
import { scopeAt } from '../model/scope.ts'
import { withoutPlace } from '../model/statements.ts'
import { around, columnsOf, findFunction, signature } from './complete.ts'
import { headerOfModel, ownerOf, schemaFor } from './models.ts'

type Model = editor.ITextModel

const COLUMNS_SHOWN = 40
const ROWS_SHOWN = 5
const CELLS_SHOWN = 8
const CHARACTERS_SHOWN = 28

/** What a name in the text means, from what is known already. */
export function hoverName(engine: Dialect, model: Model, position: Position): languages.Hover | null {
  const word = model.getWordAtPosition(position)
  if (!word) return null
  const header = headerOfModel(model, engine)
  const { sql, offset } = around(model.getValue(), model.getOffsetAt(position), header.engine)
  const schema = schemaFor(header, model.getValue())
  const { table, cte } = namedIn(sql, offset, schema, header)
  if (table) return markdown(tableCard(table))
  const scope = scopeAt(sql, offset, header.engine)
  if (cte) {
    const columns = columnsOf({ alias: cte.name, name: [cte.name], query: cte }, schema, header.database)
    return markdown(`**${cte.name}** common table expression\n\n${columns.map(columnInLine).join(', ')}`)
  }
  for (const source of scope.sources) {
    const column = columnsOf(source, schema, header.database).find(
      ({ name }) => name.toLowerCase() === word.word.toLowerCase(),
    )
    if (!column) continue
    const from = source.name.length > 0 ? source.name.join('.') : source.alias
    return markdown(
      `**${column.name}** ${column.type && `\`${column.type}\` `}of ${from}${column.partition ? ', partition key' : ''}${column.comment ? `\n\n${column.comment}` : ''}`,
    )
  }
  const fn = findFunction(SQL_FUNCTIONS[engine], word.word)
  return fn ? markdown(`\`${signature(fn)}\` → ${fn.returns}\n\n${fn.about}`) : null
}

/** The first rows of a common table expression, worked out by the engine while the pointer rests on its name. */
export async function hoverRows(
  model: Model,
  position: Position,
  token: CancellationToken,
): Promise<languages.Hover | null> {
  const owner = ownerOf(model)
  if (!owner) return null
  const header = owner.header()
  if (!runsHere(header.engine)) return null
  const { sql, offset } = around(model.getValue(), model.getOffsetAt(position), header.engine)
  const { cte } = namedIn(sql, offset, schemaFor(header, model.getValue()), header)
  if (!cte) return null
  const stop = new AbortController()
  token.onCancellationRequested(() => stop.abort())
  try {
    const page = await owner.preview(rowsOf(sql, cte, header.engine), ROWS_SHOWN, stop.signal)
    return page && markdown(rowsCard(page))
  } catch (thrown) {
    if (stop.signal.aborted) return null
    return markdown(`Its rows cannot be shown: ${withoutPlace(EngineError.from(thrown).message)}`)
  }
}

function columnInLine({ name, type }: SchemaColumn): string {
  return type === '' ? name : `${name} \`${type}\``
}

function tableCard({ database, name, detail, rows, columns, tooltip }: SchemaTable): string {
  const shown = columns.slice(0, COLUMNS_SHOWN)
  return [
    `**${database}.${name}** ${rows === undefined ? detail : plural(rows, 'row')}`,
    ...(tooltip ? [tooltip] : []),
    `| Column | Type |\n|:--|:--|\n${shown
      .map((column) => `| ${column.name}${column.partition ? ' (partition)' : ''} | \`${column.type}\` |`)
      .join('\n')}`,
    ...(columns.length > shown.length ? [`and ${columns.length - shown.length} more`] : []),
  ].join('\n\n')
}

function rowsCard({ columns, rowCount, values }: TablePage): string {
  if (rowCount === 0) return 'It has no rows.'
  const shown = columns.slice(0, CELLS_SHOWN)
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const body = Array.from({ length: rowCount }, (_, row) => line(shown.map((_, column) => cell(values[column][row]))))
  const table = [line(shown.map(({ name }) => escaped(name))), line(shown.map(() => ':--')), ...body].join('\n')
  return columns.length > shown.length
    ? `${table}\n\nand ${plural(columns.length - shown.length, 'more column')}`
    : table
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '*null*'
  const text = String(value)
  return escaped(text.length > CHARACTERS_SHOWN ? `${text.slice(0, CHARACTERS_SHOWN - 1)}…` : text)
}

/** Data is text, never markup. */
function escaped(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]()<>#+\-!|&~]/g, '\\$&')
}

function markdown(value: string): languages.Hover {
  return { contents: [{ value }] }
}
