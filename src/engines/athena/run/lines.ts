import type { CatalogTable } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { LINE_BYTES_MAX } from '../reads/lines.ts'
import { lineSerde } from '../serde/line-serde.ts'
import { type SerdeTable, serdeOf } from '../serde/properties.ts'
import { failing } from '../serde/values.ts'

/** A row as a line of text, as SQL over the values of the columns that are not partition keys. */
export type Line = (values: readonly string[]) => string

/** How rows of these columns become lines that the table's SerDe reads. */
export function lineOf(table: SerdeTable): Line {
  for (const { name, type } of table.columns)
    if (/(?:struct<|,):/.test(type))
      throw new EngineError(
        'NOT_SUPPORTED',
        `Column ${name} has a row with a field that has no name. Name each: CAST(… AS ROW(a integer, b varchar)).`,
      )
  const serde = lineSerde(table)
  if (serde.line) return (values) => serde.line!(values)
  const name = serdeOf(table)
  throw new EngineError('NOT_SUPPORTED', `Writing with ${name.slice(name.lastIndexOf('.') + 1)} is not supported`)
}

/** The same for a table that has files. Reading its files passes over lines, or takes the bytes for something else: rows are not lost to that. */
export function lineInto(table: CatalogTable): Line {
  const { parameters, database, name } = table
  for (const property of ['skip.header.line.count', 'skip.footer.line.count'])
    if (Number(parameters[property] ?? 0) !== 0)
      throw new EngineError(
        'NOT_SUPPORTED',
        `Inserting into ${database}.${name} is not supported: it has ${property}=${parameters[property]}, and a file without such lines would lose rows. Insert into a table without it, or ALTER TABLE ${name} SET TBLPROPERTIES ('${property}'='0') where its files have none.`,
      )
  const encoding = parameters['serialization.encoding']
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding))
    throw new EngineError(
      'NOT_SUPPORTED',
      `Inserting into ${database}.${name} is not supported: it has serialization.encoding=${encoding}, and text is written in UTF-8. Insert into a table without it.`,
    )
  return lineOf(table)
}

/** The rows of a query as lines, each with its partition keys. */
export function linesSql(sql: string, names: readonly string[], partitionBy: readonly string[], line: Line): string {
  const value = (name: string) => `c${names.indexOf(name)}`
  const values = names.map((_, i) => `c${i}`).filter((_, i) => !partitionBy.includes(names[i]))
  if (values.length === 0)
    throw new EngineError('SYNTAX_ERROR', 'Table contains only partition columns: name one that is none.')
  const keys = partitionBy.filter((key) => names.includes(key)).map((key) => `${value(key)} AS ${identifier(key)}`)
  const tooLong = failing(
    'HIVE_WRITER_DATA_ERROR',
    literal(`A row is longer than ${LINE_BYTES_MAX} bytes: `),
    `left(${LINE}, 100)`,
  )
  const checked = `CASE WHEN strlen(${LINE}) >= ${LINE_BYTES_MAX} THEN ${tooLong} ELSE ${LINE} END`
  const lines = `SELECT ${[`${line(values)} AS ${LINE}`, ...keys].join(', ')} FROM (${sql}) AS q(${names.map((_, i) => `c${i}`).join(', ')})`
  return `SELECT * REPLACE (${checked} AS ${LINE}) FROM (${lines})`
}

const LINE = '"$line"'

/** How COPY writes the lines as they are. */
export const LINE_OPTIONS = ['FORMAT csv', 'HEADER false', `DELIMITER ''`, `QUOTE ''`, `ESCAPE ''`]
