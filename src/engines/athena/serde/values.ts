import { literal } from '../../kit/node/duck.ts'
import { duckType, type HiveType } from '../../kit/node/sql/types.ts'

type PlainType = HiveType & { kind: 'plain' }

/** How a text becomes a value of a plain type, as SQL. */
export type Leaf = (text: string, type: PlainType) => string

/** A failure in Athena's words, as SQL: `HIVE_BAD_DATA: …`. `parts` are expressions and, quoted, texts. */
export function failing(code: string, ...parts: string[]): string {
  return `error(concat(${[literal(`${code}: `), ...parts].join(', ')}))`
}

export const isWhole = (type: PlainType) => /^((TINY|SMALL|BIG)INT|INTEGER)$/.test(type.duck)

/**
 * A text as a whole number; of texts that are not written as DuckDB writes one, those that `otherwise` reads, since DuckDB would round a fraction.
 * What is written so is known without a pattern, which would take four times as long.
 */
export function wholeNumber(text: string, type: PlainType, otherwise: string): string {
  const cast = `TRY_CAST(${text} AS ${type.duck})`
  return `CASE WHEN CAST(${cast} AS VARCHAR) = ${text} THEN ${cast} ELSE ${otherwise} END`
}

/** A text as a value of the type, where what cannot be read is NULL. */
export function lenient(text: string, type: PlainType): string {
  const cast = `TRY_CAST(${text} AS ${type.duck})`
  if (isWhole(type))
    return wholeNumber(text, type, `CASE WHEN regexp_full_match(${text}, '\\s*[+-]?\\d+\\s*') THEN ${cast} END`)
  switch (type.duck) {
    case 'VARCHAR':
      return text
    case 'BLOB':
      return `TRY(from_base64(${text}))`
    case 'BOOLEAN':
      return `CASE lower(${text}) WHEN 'true' THEN true WHEN 'false' THEN false END`
  }
  return cast
}

/** A text as a value of the type, where what cannot be read is Athena's HIVE_BAD_DATA, with the field and the file. */
export function strict(text: string, type: PlainType, index: number, file: string): string {
  if (type.duck === 'VARCHAR') return text
  const words = [literal(`Error parsing field value '`), text, literal(`' for field ${index} in `), file]
  return `CASE WHEN ${text} IS NOT NULL THEN coalesce(${lenient(text, type)}, ${failing('HIVE_BAD_DATA', ...words)}) END`
}

/** A value of the type as Hive writes it; `lenient` reads it. */
export function textOf(value: string, type: PlainType): string {
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
  change: (part: string, type: PlainType, isKey: boolean) => string | undefined,
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

/** A value of JSON as one of the type: of a plain type it is given as a text, else as JSON, whose leaves are texts first too. */
export function jsonValue(value: string, type: HiveType, leaf: Leaf): string {
  if (type.kind === 'plain') return leaf(value, type)
  const texts = asTexts(type)
  const read = `from_json(${value}, ${literal(JSON.stringify(duckType(texts)))})`
  if (duckType(texts) === duckType(type)) return read
  if (type.kind === 'array') return changedParts(read, type, leaf)!
  return `list_transform([${read}], lambda v: ${changedParts('v', type, leaf)})[1]`
}

function asTexts(type: HiveType): HiveType {
  switch (type.kind) {
    case 'plain':
      return { ...type, duck: 'VARCHAR' }
    case 'array':
      return { kind: 'array', of: asTexts(type.of) }
    case 'map':
      return { kind: 'map', key: asTexts(type.key), value: asTexts(type.value) }
    case 'struct':
      return { kind: 'struct', fields: type.fields.map((field) => ({ ...field, type: asTexts(field.type) })) }
  }
}
