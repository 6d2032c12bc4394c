import type { CatalogTable } from '../../catalog/contract.ts'
import { literal } from '../../kit/node/duck.ts'
import { duckType, type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import type { LineSerde } from './line-serde.ts'
import { isTrue, refuseSettings } from './properties.ts'
import { failing, jsonField, jsonShape, strict } from './values.ts'

const SHOWN = 100

/**
 * The JSON SerDes: an object a line, columns by their keys. Keys are compared without their case, at all depths, since a catalog keeps names in
 * small letters; OpenX's `case.insensitive` turns that off, `mapping.column` names another key, `dots.in.keys` reads `a.b` as `a_b`,
 * `ignore.malformed.json` makes a row of NULLs of what is no object.
 */
export function jsonSerde(table: CatalogTable, openX: boolean): LineSerde {
  refuseSettings(table, { jsonPath: () => false, 'timestamp.formats': () => false })
  const { parameters } = table
  const folds = !openX || parameters['case.insensitive']?.toLowerCase() !== 'false'
  const dots = openX && isTrue(table, 'dots.in.keys')
  const fold = (name: string) => (folds ? name.toLowerCase() : name)
  const keys = table.columns.map(({ name }) => fold((openX && parameters[`mapping.${name}`]) || name))
  const types = table.columns.map((column) => parseHiveType(folds ? column.type.toLowerCase() : column.type))
  const malformed = (line: string, file: string) =>
    failing(
      'HIVE_CURSOR_ERROR',
      literal('Row is not a valid JSON Object: '),
      `left(${line}, ${SHOWN})`,
      literal(' in '),
      file,
    )
  const orElse = (read: string, line: string, file: string) =>
    isTrue(table, 'ignore.malformed.json') ? read : `coalesce(${read}, ${malformed(line, file)})`
  if (!folds) return exactSerde(keys, types, (line) => lookedUp(line, dots), orElse)
  return {
    passesBlank: true,
    row: (line, file) => orElse(`TRY(from_json(${lookedUp(line, dots, true)}, ${jsonShape(keys, types)}))`, line, file),
    value: (row, index, file) => jsonField(row, keys[index], types[index], index, file),
  }
}

/** Keys that differ by their case alone cannot be members of one struct of DuckDB's, so each is looked up in the text. */
function exactSerde(
  keys: readonly string[],
  types: readonly HiveType[],
  withKeys: (line: string) => string,
  orElse: (read: string, line: string, file: string) => string,
): LineSerde {
  return {
    passesBlank: true,
    row: (line, file) =>
      orElse(`CASE WHEN json_valid(${line}) AND json_type(${line}) = 'OBJECT' THEN ${withKeys(line)} END`, line, file),
    value: (row, index, file) => {
      const type = types[index]
      const path = literal(`$.${JSON.stringify(keys[index])}`)
      if (type.kind === 'plain') return strict(`json_extract_string(${row}, ${path})`, type, index, file)
      return `from_json(json_extract(${row}, ${path}), ${literal(JSON.stringify(duckType(type)))})`
    },
  }
}

/** The line with its keys as they are looked up. What is in quotes with a colon behind it is a key, and nothing else is. */
function lookedUp(line: string, dots: boolean, folds = false): string {
  if (!folds && !dots) return line
  const changed = `[${folds ? 'A-Z' : ''}${dots ? '.' : ''}][^"]*"\\s*:`
  const lowered = folds ? 'lower(x)' : 'x'
  const key = dots ? `replace(${lowered}, '.', '_')` : lowered
  const parts = `regexp_extract_all(${line}, '"(?:[^"\\\\]|\\\\.)*"(?:\\s*:)?|[^"]+|"')`
  const written = `list_transform(${parts}, lambda x: CASE WHEN x[1] = '"' AND x[-1] = ':' THEN ${key} ELSE x END)`
  return `CASE WHEN regexp_matches(${line}, ${literal(changed)}) THEN array_to_string(${written}, '') ELSE ${line} END`
}
