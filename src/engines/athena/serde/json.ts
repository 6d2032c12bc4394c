import { literal } from '../../kit/node/duck.ts'
import { duckType, type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { LineSerde } from './line-serde.ts'
import { isTrue, refuseSettings, type SerdeTable } from './properties.ts'
import { changedParts, failing, jsonShape, partsOf, strict, textOf, unwritable } from './values.ts'

const SHOWN = 100
/** Numbers of more digits are read as doubles, so decimals that may have them are texts. */
const NUMBER_DIGITS = 15

/**
 * The JSON SerDes: an object a line, columns by their keys. Keys are compared without their case, at all depths, since a catalog keeps names in
 * small letters; OpenX's `case.insensitive` turns that off, `mapping.column` names another key, `dots.in.keys` reads `a.b` as `a_b`,
 * `ignore.malformed.json` makes a row of NULLs of what is no object.
 */
export function jsonSerde(table: SerdeTable, openX: boolean): LineSerde {
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
  const hasMaps = types.flatMap(partsOf).some(({ kind }) => kind === 'map')
  const lookedUp = (text: string) => keysLookedUp(text, folds, dots, hasMaps ? namesOf(keys, types) : undefined)
  const line = (values: readonly string[]) => written(table, openX, values, lookedUp, fold)
  if (!folds) return { ...exactSerde(keys, types, lookedUp, orElse), line }
  return {
    passesBlank: true,
    row: (text, file) => orElse(`TRY(from_json(${lookedUp(text)}, ${jsonShape(keys, types)}))`, text, file),
    value: (row, index, file) => {
      const type = types[index]
      const text = `struct_extract(${row}, ${literal(keys[index])})`
      return type.kind === 'plain' ? strict(text, type, index, file) : nested(text, type)
    },
    line,
  }
}

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
      const type = types[index]
      const path = literal(`$.${JSON.stringify(keys[index])}`)
      if (type.kind === 'plain') return strict(`json_extract_string(${row}, ${path})`, type, index, file)
      return nested(`json_extract(${row}, ${path})`, type)
    },
  }
}

/** An array, a map or a struct out of its text, in which a binary is base64. */
function nested(text: string, type: HiveType): string {
  const read = `from_json(${text}, ${literal(JSON.stringify(duckType(withTexts(type))))})`
  const decoded = changedParts('x', type, (part, { duck }) => (duck === 'BLOB' ? `from_base64(${part})` : undefined))
  return decoded === undefined ? read : `list_transform([${read}], lambda x: ${decoded})[1]`
}

function withTexts(type: HiveType): HiveType {
  switch (type.kind) {
    case 'plain':
      return type.duck === 'BLOB' ? { ...type, duck: 'VARCHAR' } : type
    case 'array':
      return { ...type, of: withTexts(type.of) }
    case 'map':
      return { ...type, key: withTexts(type.key), value: withTexts(type.value) }
    case 'struct':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: withTexts(field.type) })) }
  }
}

/**
 * The line with its keys as they are looked up. What is in quotes with a colon behind it is a key, and nothing else is. Where there are maps,
 * only keys that are `names` are changed, since others are keys of theirs.
 */
function keysLookedUp(line: string, folds: boolean, dots: boolean, names: readonly string[] | undefined): string {
  if (!folds && !dots) return line
  const changed = `[${folds ? 'A-Z' : ''}${dots ? '.' : ''}][^"]*"\\s*:`
  const lowered = folds ? 'lower(x)' : 'x'
  const any = dots ? `replace(${lowered}, '.', '_')` : lowered
  const isName = names && `rtrim(${any}, ': \t') IN (${names.map((name) => literal(JSON.stringify(name))).join(', ')})`
  const key = isName === undefined ? any : `CASE WHEN ${isName} THEN ${any} ELSE x END`
  const parts = `regexp_extract_all(${line}, '"(?:[^"\\\\]|\\\\.)*"(?:\\s*:)?|[^"]+|"')`
  const written = `list_transform(${parts}, lambda x: CASE WHEN x[1] = '"' AND x[-1] = ':' THEN ${key} ELSE x END)`
  return `CASE WHEN regexp_matches(${line}, ${literal(changed)}) THEN array_to_string(${written}, '') ELSE ${line} END`
}

/** A row as an object, with NULL for what it lacks. */
function written(
  table: SerdeTable,
  openX: boolean,
  values: readonly string[],
  lookedUp: (line: string) => string,
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
        return `CASE WHEN ${key(part)} != ${lookedUp(key(part))} THEN ${unwritable(name, part, KEY)} ELSE ${part} END`
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
