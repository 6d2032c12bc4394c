import type { CatalogTable } from '../../catalog/contract.ts'
import { literal } from '../../kit/node/duck.ts'
import { type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import { keyTwice } from './json-keys.ts'
import type { LineSerde } from './line-serde.ts'
import { isTrue, refuseSettings } from './properties.ts'
import { failing, jsonShape, jsonValue, strict } from './values.ts'

const SHOWN = 100

/**
 * The JSON SerDes: an object a line, columns by their keys. Keys are compared without their case, at all depths, since a catalog keeps names in
 * small letters; OpenX's `case.insensitive` turns that off, `mapping.column` names another key, `dots.in.keys` reads `a.b` as `a_b`,
 * `ignore.malformed.json` makes a row of NULLs of what is no object. Two keys that are one so are no object either.
 */
export function jsonSerde(table: CatalogTable, openX: boolean): LineSerde {
  refuseSettings(table, { jsonPath: () => false, 'timestamp.formats': () => false })
  const { parameters } = table
  const folds = !openX || parameters['case.insensitive']?.toLowerCase() !== 'false'
  const dots = openX && isTrue(table, 'dots.in.keys')
  const fold = (name: string) => (folds ? name.toLowerCase() : name)
  const keys = table.columns.map(({ name }) => fold((openX && parameters[`mapping.${name}`]) || name))
  const types = table.columns.map((column) => parseHiveType(folds ? column.type.toLowerCase() : column.type))
  const ignored = isTrue(table, 'ignore.malformed.json')
  const malformed = (file: string, ...why: string[]) =>
    failing('HIVE_CURSOR_ERROR', literal('Row is not a valid JSON Object'), ...why, literal(' in '), file)
  const orElse = (read: string, line: string, file: string) =>
    ignored ? read : `coalesce(${read}, ${malformed(file, literal(': '), `left(${line}, ${SHOWN})`)})`
  const changed = literal(`[${folds ? 'A-Z' : ''}${dots ? '.' : ''}][^"]*"\\s*:`)
  /** What `read` makes of a line, whose keys may have to be written as they are looked up. */
  const withKeys = (line: string, read: (text: string) => string, readChanged = read) => {
    if (!folds && !dots) return read(line)
    const written = `list_transform([${lookedUp(line, folds, dots)}], lambda l: ${readChanged('l')})[1]`
    return `CASE WHEN regexp_matches(${line}, ${changed}) THEN ${written} ELSE ${read(line)} END`
  }
  if (!folds) return exactSerde(keys, types, (line) => withKeys(line, (text) => text), orElse)
  const read = (text: string) => `TRY(from_json(${text}, ${jsonShape(keys, types)}))`
  return {
    passesBlank: true,
    row: (line, file) => {
      const once = (text: string) => {
        const twice = keyTwice(text, keys, types)
        const failure = malformed(file, literal(' - JSONException: Duplicate key "'), twice, literal('"'))
        return `CASE WHEN ${twice} IS NULL THEN ${read(text)} ${ignored ? '' : `ELSE ${failure} `}END`
      }
      return orElse(withKeys(line, read, once), line, file)
    },
    value: (row, index, file) => ofType(`struct_extract(${row}, ${literal(keys[index])})`, types[index], index, file),
  }
}

const ofType = (value: string, type: HiveType, index: number, file: string) =>
  jsonValue(value, type, (text, plain) => strict(text, plain, index, file))

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
      const extract = types[index].kind === 'plain' ? 'json_extract_string' : 'json_extract'
      return ofType(`${extract}(${row}, ${literal(`$.${JSON.stringify(keys[index])}`)})`, types[index], index, file)
    },
  }
}

/** The line with its keys as they are looked up. What is in quotes with a colon behind it is a key, and nothing else is. */
function lookedUp(line: string, folds: boolean, dots: boolean): string {
  const lowered = folds ? 'lower(x)' : 'x'
  const key = dots ? `replace(${lowered}, '.', '_')` : lowered
  const parts = `regexp_extract_all(${line}, '"(?:[^"\\\\]|\\\\.)*"(?:\\s*:)?|[^"]+|"')`
  return `array_to_string(list_transform(${parts}, lambda x: CASE WHEN x[1] = '"' AND x[-1] = ':' THEN ${key} ELSE x END), '')`
}
