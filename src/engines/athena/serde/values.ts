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
