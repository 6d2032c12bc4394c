import { literal } from '../../kit/node/duck.ts'
import { type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { LineSerde } from './line-serde.ts'
import { character, inRegex, isTrue, type SerdeTable, withMarks } from './properties.ts'
import { lenient, strict, textOf, unwritable } from './values.ts'

/**
 * OpenCSVSerDe (Athena User Guide, "Open CSV SerDe"): a value may stand in quotes, within its line; a date is its number of days or a text, a
 * timestamp its milliseconds or a text; what cannot be read fails the query unless `use.null.for.invalid.data` says otherwise.
 */
export function openCsvSerde(table: SerdeTable): LineSerde {
  const separator = character(table, ['separatorChar'], ',')
  const quote = character(table, ['quoteChar'], '"')
  const escapeMark = character(table, ['escapeChar'], '\\')
  const [s, q, e] = [separator, quote, escapeMark].map(inRegex)
  const escaped = escapeMark === quote ? '' : `|${e}.`
  const quoted = `${q}(?:[^${q}${e}]${escaped}|${q}${q})*${q}`
  const fields = literal(`((?:${quoted}${escaped}|[^${s}])*)${s}`)
  const types = table.columns.map((column) => plainType(column.type))
  // A table that names no SerDe is one of Millrace's own, such as a lake table's: an empty field is its NULL.
  const nulls = isTrue(table, 'use.null.for.invalid.data') || table.parameters['serialization.lib'] === undefined
  const plain = (text: string) => {
    const inner = `CASE WHEN ${text} LIKE ${literal(`${like(quote)}%${like(quote)}`)} ESCAPE '!' AND length(${text}) > 1
      THEN replace(${text}[2:-2], ${literal(quote + quote)}, ${literal(quote)}) ELSE ${text} END`
    return escapeMark === quote ? inner : `regexp_replace(${inner}, ${literal(`${e}(.)`)}, '\\1', 'g')`
  }
  return {
    passesBlank: false,
    // Most lines have neither quotes nor escapes: those are split, which is many times faster.
    row: (line) => {
      const marked = [quote, escapeMark].map((mark) => `contains(${line}, ${literal(mark)})`).join(' OR ')
      const parts = `regexp_extract_all(${line} || ${literal(separator)}, ${fields}, 1)`
      const split = `string_split(${line}, ${literal(separator)})`
      return `CASE WHEN ${marked} THEN list_transform(${parts}, lambda x: ${plain('x')}) ELSE ${split} END`
    },
    value: (row, index, file) => {
      const text = `${row}[${index + 1}]`
      const type = types[index]
      const read = nulls ? lenient(text, type) : strict(text, type, index, file)
      const counted = countedTime(text, type.duck)
      return counted === undefined ? read : `coalesce(${counted}, ${read})`
    },
    line: (values) => {
      const fields = values.map((value, i) => {
        const { name } = table.columns[i]
        const count = countOf(value, types[i].duck)
        const text = count === undefined ? textOf(value, types[i]) : `coalesce(${count}, ${textOf(value, types[i])})`
        const nothing =
          nulls && types[i].duck !== 'VARCHAR'
            ? `''`
            : unwritable(name, value, `OpenCSVSerDe knows no NULL. Write coalesce(${name}, …), or use Parquet or JSON`)
        const ends = unwritable(name, value, 'OpenCSVSerDe reads no line ends in values. Use Parquet or JSON')
        return `CASE WHEN ${value} IS NULL THEN ${nothing} WHEN regexp_matches(${text}, '[\\x00\\n\\r]') THEN ${ends}
          ELSE concat(${literal(quote)}, ${withMarks(text, quote + escapeMark, escapeMark)}, ${literal(quote)}) END`
      })
      return `concat_ws(${literal(separator)}, ${fields.join(', ')})`
    },
  }
}

/** A date or a timestamp out of its days or milliseconds; undefined for all other types. */
function countedTime(text: string, duck: string): string | undefined {
  if (duck === 'DATE') return `DATE '1970-01-01' + TRY_CAST(${text} AS INTEGER)`
  return duck === 'TIMESTAMP' ? `make_timestamp_ms(TRY_CAST(${text} AS BIGINT))` : undefined
}

/** What `countedTime` reads. Of a timestamp with more than milliseconds it is NULL. */
function countOf(value: string, duck: string): string | undefined {
  if (duck === 'DATE') return `CAST(${value} - DATE '1970-01-01' AS VARCHAR)`
  if (duck !== 'TIMESTAMP') return undefined
  return `CAST(CASE WHEN epoch_us(${value}) % 1000 = 0 THEN epoch_ms(${value}) END AS VARCHAR)`
}

const like = (text: string) => text.replace(/[%_!]/g, '!$&')

export function plainType(text: string): HiveType & { kind: 'plain' } {
  const type = parseHiveType(text)
  if (type.kind !== 'plain') throw new EngineError('NOT_SUPPORTED', `The SerDe has no values of the type ${text}.`)
  return type
}
