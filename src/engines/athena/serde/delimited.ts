import type { CatalogTable } from '../../catalog/contract.ts'
import { literal } from '../../kit/node/duck.ts'
import { type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import type { LineSerde } from './line-serde.ts'
import { character, fieldDelimiter, inRegex, refuseSettings } from './properties.ts'
import { isWhole, lenient, wholeNumber } from './values.ts'

/** Hive's separators of what is nested deeper than properties can say: \004 to \010. */
const DEEPER = ['\u0004', '\u0005', '\u0006', '\u0007', '\b']

/** LazySimpleSerDe: what cannot be read is NULL, what a line lacks is NULL, what it has too much is passed over. Quotes are characters. */
export function delimitedSerde(table: CatalogTable): LineSerde {
  refuseSettings(table, {
    'line.delim': (value) => value === '\n' || value === '\\n',
    'timestamp.formats': () => false,
    'serialization.last.column.takes.rest': (value) => value.toLowerCase() !== 'true',
  })
  const field = fieldDelimiter(table)
  const separators = [
    character(table, ['collection.delim', 'colelction.delim'], '\u0002'),
    character(table, ['mapkey.delim'], '\u0003'),
    ...DEEPER,
  ]
  const escapeMark = character(table, ['escape.delim', 'escapeChar'], '')
  const nothing = literal(table.parameters['serialization.null.format'] ?? '\\N')
  const types = table.columns.map((column) => parseHiveType(column.type))
  const split = (text: string, separator: string) => splitAt(text, separator, escapeMark)
  const value = (text: string, type: HiveType, level: number): string => {
    switch (type.kind) {
      case 'plain':
        return lazy(escapeMark === '' ? text : unescaped(text, escapeMark), type)
      case 'array': {
        const item = `x${level}`
        const items = `list_transform(${split(text, separators[level])}, lambda ${item}: ${nullable(item, type.of, level + 1)})`
        return `CASE WHEN ${text} = '' THEN [] ELSE ${items} END`
      }
      case 'map': {
        const entry = `x${level}`
        const part = (index: number) => `${split(entry, separators[level + 1])}[${index}]`
        const list = (item: string) => `list_transform(${split(text, separators[level])}, lambda ${entry}: ${item})`
        const keys = list(nullable(part(1), type.key, level + 2))
        const values = list(nullable(part(2), type.value, level + 2))
        return `CASE WHEN ${text} = '' THEN MAP() ELSE map(${keys}, ${values}) END`
      }
      case 'struct': {
        const fields = type.fields.map(
          ({ name, type: inner }, i) =>
            `${literal(name)}: ${nullable(`${split(text, separators[level])}[${i + 1}]`, inner, level + 1)}`,
        )
        return `{${fields.join(', ')}}`
      }
    }
  }
  const nullable = (text: string, type: HiveType, level: number): string =>
    `CASE WHEN ${text} != ${nothing} THEN ${value(text, type, level)} END`
  return {
    passesBlank: false,
    row: (line) => split(line, field),
    value: (row, index) => nullable(`${row}[${index + 1}]`, types[index], 0),
  }
}

/** A whole number that is written with a fraction loses it, as in Hive's LazyInteger and Trino's reader of texts. */
function lazy(text: string, type: HiveType & { kind: 'plain' }): string {
  if (!isWhole(type)) return lenient(text, type)
  return wholeNumber(text, type, lenient(`regexp_replace(${text}, '^([+-]?)(\\d*)\\.\\d*$', '\\10\\2')`, type))
}

function splitAt(text: string, separator: string, escapeMark: string): string {
  if (escapeMark === '') return `string_split(${text}, ${literal(separator)})`
  const [s, e] = [inRegex(separator), inRegex(escapeMark)]
  return `regexp_extract_all(${text} || ${literal(separator)}, ${literal(`((?:[^${s}${e}]|${e}.)*)${s}`)}, 1)`
}

function unescaped(text: string, escapeMark: string): string {
  return `regexp_replace(${text}, ${literal(`${inRegex(escapeMark)}(.)`)}, '\\1', 'g')`
}
