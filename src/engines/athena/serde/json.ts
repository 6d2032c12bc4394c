import { literal } from '../../kit/node/duck.ts'
import { type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { keyTwice } from './json-keys.ts'
import type { LineSerde } from './line-serde.ts'
import { isTrue, refuseSettings, type SerdeTable } from './properties.ts'
import { changedParts, failing, jsonShape, jsonValue, partsOf, strict, textOf, unwritable } from './values.ts'

const SHOWN = 100
/** Numbers of more digits are read as doubles, so decimals that may have them are texts. */
const NUMBER_DIGITS = 15

/**
 * The JSON SerDes: an object a line, columns by their keys. Keys are compared without their case, at all depths, since a catalog keeps names in
 * small letters; OpenX's `case.insensitive` turns that off, `mapping.column` names another key, `dots.in.keys` reads `a.b` as `a_b`,
 * `ignore.malformed.json` makes a row of NULLs of what is no object. Two keys that are one so are no object either.
 */
export function jsonSerde(table: SerdeTable, openX: boolean): LineSerde {
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
  const hasMaps = types.flatMap(partsOf).some(({ kind }) => kind === 'map')
  const names = hasMaps ? namesOf(keys, types) : undefined
  const changed = literal(`[${folds ? 'A-Z' : ''}${dots ? '.' : ''}][^"]*"\\s*:`)
  /** What `read` makes of a line, whose keys may have to be written as they are looked up. */
  const withKeys = (line: string, read: (text: string) => string, readChanged = read) => {
    if (!folds && !dots) return read(line)
    const written = `list_transform([${lookedUp(line, folds, dots, names)}], lambda l: ${readChanged('l')})[1]`
    return `CASE WHEN regexp_matches(${line}, ${changed}) THEN ${written} ELSE ${read(line)} END`
  }
  const asLookedUp = (line: string) => withKeys(line, (text) => text)
  const line = (values: readonly string[]) => written(table, openX, values, asLookedUp, fold)
  if (!folds) return { ...exactSerde(keys, types, asLookedUp, orElse), line }
  const read = (text: string) => `TRY(from_json(${text}, ${jsonShape(keys, types)}))`
  return {
    passesBlank: true,
    row: (text, file) => {
      const once = (changed: string) => {
        const twice = keyTwice(changed, keys, types)
        const failure = malformed(file, literal(' - JSONException: Duplicate key "'), twice, literal('"'))
        return `CASE WHEN ${twice} IS NULL THEN ${read(changed)} ${ignored ? '' : `ELSE ${failure} `}END`
      }
      return orElse(withKeys(text, read, once), text, file)
    },
    value: (row, index, file) => ofType(`struct_extract(${row}, ${literal(keys[index])})`, types[index], index, file),
    line,
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
): Omit<LineSerde, 'line'> {
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

/**
 * The line with its keys as they are looked up. What is in quotes with a colon behind it is a key, and nothing else is. Where there are maps,
 * only keys that are `names` are changed, since others are keys of theirs.
 */
function lookedUp(line: string, folds: boolean, dots: boolean, names: readonly string[] | undefined): string {
  const lowered = folds ? 'lower(x)' : 'x'
  const any = dots ? `replace(${lowered}, '.', '_')` : lowered
  const isName = names && `rtrim(${any}, ': \t') IN (${names.map((name) => literal(JSON.stringify(name))).join(', ')})`
  const key = isName === undefined ? any : `CASE WHEN ${isName} THEN ${any} ELSE x END`
  const parts = `regexp_extract_all(${line}, '"(?:[^"\\\\]|\\\\.)*"(?:\\s*:)?|[^"]+|"')`
  return `array_to_string(list_transform(${parts}, lambda x: CASE WHEN x[1] = '"' AND x[-1] = ':' THEN ${key} ELSE x END), '')`
}

/** A row as an object, with NULL for what it lacks. */
function written(
  table: SerdeTable,
  openX: boolean,
  values: readonly string[],
  asLookedUp: (line: string) => string,
  fold: (name: string) => string,
): string {
  const keys = table.columns.map(({ name }) => (openX && table.parameters[`mapping.${name}`]) || name)
  const twice = keys.find((key, i) => keys.some((other, j) => j < i && fold(other) === fold(key)))
  if (twice !== undefined)
    throw new EngineError('NOT_SUPPORTED', `Two columns would have the key ${twice} in JSON: give each another name.`)
  const key = (text: string) => `concat(CAST(to_json(${text}) AS VARCHAR), ':')`
  const members = values.map((value, i) => {
    const { name, type } = table.columns[i]
    const parsed = parseHiveType(type)
    if (partsOf(parsed).some((part) => part.kind === 'map' && part.key.kind !== 'plain'))
      throw new EngineError(
        'NOT_SUPPORTED',
        `Column ${name} cannot be written as JSON: the keys of a map must be plain values there. Use Parquet.`,
      )
    const ready = changedParts(value, parsed, (part, plain, isKey) => {
      const { duck } = plain
      if (isKey && duck === 'VARCHAR')
        return `CASE WHEN ${key(part)} != ${asLookedUp(key(part))} THEN ${unwritable(name, part, KEY)} ELSE ${part} END`
      if (isKey || duck === 'BLOB' || isLong(duck)) return textOf(part, plain)
      if (duck !== 'FLOAT' && duck !== 'DOUBLE') return part === value ? `CAST(${value} AS ${duck})` : undefined
      return `CASE WHEN isfinite(${part}) THEN to_json(${part}) WHEN ${part} IS NOT NULL THEN to_json(${textOf(part, plain)}) END`
    })
    return `${literal(keys[i])}, ${ready ?? value}`
  })
  return `CAST(json_object(${members.join(', ')}) AS VARCHAR)`
}

const KEY = 'that key of a map would be read as the name of a column or a field, in small letters. Use Parquet'

function isLong(duck: string): boolean {
  const [, digits] = /^DECIMAL\((\d+)/.exec(duck) ?? []
  return Number(digits ?? 0) > NUMBER_DIGITS
}

/** The names of columns and, at all depths, of fields. */
function namesOf(keys: readonly string[], types: readonly HiveType[]): string[] {
  const fields = types.flatMap(partsOf).flatMap((part) => (part.kind === 'struct' ? part.fields : []))
  return [...new Set([...keys, ...fields.map(({ name }) => name)])]
}
