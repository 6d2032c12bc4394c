import { literal } from '../../kit/node/duck.ts'
import { duckType, type HiveType } from '../../kit/node/sql/types.ts'

/** A failure in Athena's words, as SQL: `HIVE_BAD_DATA: …`. `parts` are expressions and, quoted, texts. */
export function failing(code: string, ...parts: string[]): string {
  return `error(concat(${[literal(`${code}: `), ...parts].join(', ')}))`
}

/** A text as a value of the type, where what cannot be read is NULL. */
export function lenient(text: string, type: HiveType & { kind: 'plain' }): string {
  switch (type.duck) {
    case 'VARCHAR':
      return text
    case 'BLOB':
      return `TRY(from_base64(${text}))`
    case 'BOOLEAN':
      return `CASE lower(${text}) WHEN 'true' THEN true WHEN 'false' THEN false END`
  }
  return `TRY_CAST(${text} AS ${type.duck})`
}

/** A text as a value of the type, where what cannot be read is Athena's HIVE_BAD_DATA, with the field and the file. */
export function strict(text: string, type: HiveType & { kind: 'plain' }, index: number, file: string): string {
  if (type.duck === 'VARCHAR') return text
  const words = [literal(`Error parsing field value '`), text, literal(`' for field ${index} in `), file]
  return `CASE WHEN ${text} IS NOT NULL THEN coalesce(${lenient(text, type)}, ${failing('HIVE_BAD_DATA', ...words)}) END`
}

type Plain = HiveType & { kind: 'plain' }

/** A value of the type as Hive writes it; `lenient` reads it. */
export function textOf(value: string, type: Plain): string {
  switch (type.duck) {
    case 'BLOB':
      return `to_base64(${value})`
    case 'FLOAT':
    case 'DOUBLE':
      return `trino_double_text(${value})`
  }
  return `CAST(${value} AS VARCHAR)`
}

/** The failure of a write whose text would not be read as the value it is. `value` is what the message shows of it. */
export function unwritable(column: string, value: string, why: string): string {
  // A message is one line.
  const shown = `regexp_replace(coalesce(left(CAST(${value} AS VARCHAR), ${SHOWN}), 'NULL'), '[\\x00-\\x1f]', '?', 'g')`
  return failing(
    'HIVE_WRITER_DATA_ERROR',
    literal(`Column ${column} cannot have the value '`),
    shown,
    literal(`': ${why}`),
  )
}

const SHOWN = 100

/** A type and all that are within it. */
export function partsOf(type: HiveType): HiveType[] {
  switch (type.kind) {
    case 'plain':
      return [type]
    case 'array':
      return [type, ...partsOf(type.of)]
    case 'map':
      return [type, ...partsOf(type.key), ...partsOf(type.value)]
    case 'struct':
      return [type, ...type.fields.flatMap((field) => partsOf(field.type))]
  }
}

/**
 * A value whose plain parts, those of arrays, maps and structs too, are changed; undefined where `change` leaves all as they are. What it
 * gives may be of another type.
 */
export function changedParts(
  value: string,
  type: HiveType,
  change: (part: string, type: Plain, isKey: boolean) => string | undefined,
  isKey = false,
  depth = 0,
): string | undefined {
  const part = `p${depth}`
  const inside = (of: string, inner: HiveType, key = isKey) => changedParts(of, inner, change, key, depth + 1)
  switch (type.kind) {
    case 'plain':
      return change(value, type, isKey)
    case 'array': {
      const item = inside(part, type.of)
      return item && `list_transform(${value}, lambda ${part}: ${item})`
    }
    case 'map': {
      const [key, held] = [inside(part, type.key, true), inside(part, type.value)]
      if (key === undefined && held === undefined) return undefined
      const all = (list: string, each = part) => `list_transform(${list}(${value}), lambda ${part}: ${each})`
      return `map(${all('map_keys', key)}, ${all('map_values', held)})`
    }
    case 'struct': {
      const fields = type.fields.map(({ type: inner }, i) => inside(`struct_extract_at(${value}, ${i + 1})`, inner))
      if (fields.every((field) => field === undefined)) return undefined
      const made = type.fields.map(
        ({ name }, i) => `${literal(name)}: ${fields[i] ?? `struct_extract_at(${value}, ${i + 1})`}`,
      )
      return `CASE WHEN ${value} IS NOT NULL THEN {${made.join(', ')}} END`
    }
  }
}

/** What an object of JSON is read as: texts first, so that each column can say what is wrong with its own. */
export function jsonShape(keys: readonly string[], types: readonly HiveType[]): string {
  const shape = keys.map((key, i) => [key, types[i].kind === 'plain' ? 'VARCHAR' : 'JSON'])
  return literal(JSON.stringify(Object.fromEntries(shape)))
}

export function jsonField(row: string, key: string, type: HiveType, index: number, file: string): string {
  const text = `struct_extract(${row}, ${literal(key)})`
  if (type.kind === 'plain') return strict(text, type, index, file)
  return `from_json(${text}, ${literal(JSON.stringify(duckType(type)))})`
}
