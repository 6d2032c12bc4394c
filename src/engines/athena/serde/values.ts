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
  if (type.kind === 'array') return ofTexts(read, type, leaf, 0)
  return `list_transform([${read}], lambda v: ${ofTexts('v', type, leaf, 0)})[1]`
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

function ofTexts(value: string, type: HiveType, leaf: Leaf, level: number): string {
  const list = (items: string, of: HiveType) =>
    `list_transform(${items}, lambda v${level}: ${ofTexts(`v${level}`, of, leaf, level + 1)})`
  switch (type.kind) {
    case 'plain':
      return leaf(value, type)
    case 'array':
      return list(value, type.of)
    case 'map':
      return `map(${list(`map_keys(${value})`, type.key)}, ${list(`map_values(${value})`, type.value)})`
    case 'struct': {
      const fields = type.fields.map(({ name, type: of }) => {
        const key = literal(name)
        return `${key}: ${ofTexts(`struct_extract(${value}, ${key})`, of, leaf, level)}`
      })
      return `CASE WHEN ${value} IS NOT NULL THEN {${fields.join(', ')}} END`
    }
  }
}
