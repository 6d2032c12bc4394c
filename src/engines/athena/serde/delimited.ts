import { literal } from '../../kit/node/duck.ts'
import { type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { LineSerde } from './line-serde.ts'
import { character, fieldDelimiter, inRegex, refuseSettings, type SerdeTable, withMarks } from './properties.ts'
import { isWhole, lenient, textOf, unwritable, wholeNumber } from './values.ts'

/** Hive's separators of what is nested deeper than properties can say: \004 to \010. */
const DEEPER = ['\u0004', '\u0005', '\u0006', '\u0007', '\b']

interface Delimiters {
  readonly field: string
  /** Between the items of a level of nesting; those of an entry of a map are a level deeper. */
  readonly separators: readonly string[]
  /** Empty where there is none. */
  readonly escapeMark: string
  /** The text of NULL. */
  readonly nothing: string
}

/** LazySimpleSerDe: what cannot be read is NULL, what a line lacks is NULL, what it has too much is passed over. Quotes are characters. */
export function delimitedSerde(table: SerdeTable): LineSerde {
  refuseSettings(table, {
    'line.delim': (value) => value === '\n' || value === '\\n',
    'timestamp.formats': () => false,
    'serialization.last.column.takes.rest': (value) => value.toLowerCase() !== 'true',
  })
  const delimiters: Delimiters = {
    field: fieldDelimiter(table),
    separators: [
      character(table, ['collection.delim', 'colelction.delim'], '\u0002'),
      character(table, ['mapkey.delim'], '\u0003'),
      ...DEEPER,
    ],
    escapeMark: character(table, ['escape.delim', 'escapeChar'], ''),
    nothing: table.parameters['serialization.null.format'] ?? '\\N',
  }
  const { field, escapeMark } = delimiters
  const nothing = literal(delimiters.nothing)
  const types = table.columns.map((column) => parseHiveType(column.type))
  const split = (text: string, separator: string) => splitAt(text, separator, escapeMark)
  const value = (text: string, type: HiveType, level: number): string => {
    const separator = (of: number) => separatorAt(delimiters, of)
    switch (type.kind) {
      case 'plain':
        return lazy(escapeMark === '' ? text : unescaped(text, escapeMark), type)
      case 'array': {
        const item = `x${level}`
        const items = `list_transform(${split(text, separator(level))}, lambda ${item}: ${nullable(item, type.of, level + 1)})`
        return `CASE WHEN ${text} = '' THEN [] ELSE ${items} END`
      }
      case 'map': {
        const entry = `x${level}`
        const part = (index: number) => `${split(entry, separator(level + 1))}[${index}]`
        const list = (item: string) => `list_transform(${split(text, separator(level))}, lambda ${entry}: ${item})`
        const keys = list(nullable(part(1), type.key, level + 2))
        const values = list(nullable(part(2), type.value, level + 2))
        return `CASE WHEN ${text} = '' THEN MAP() ELSE map(${keys}, ${values}) END`
      }
      case 'struct': {
        const fields = type.fields.map(
          ({ name, type: inner }, i) =>
            `${literal(name)}: ${nullable(`${split(text, separator(level))}[${i + 1}]`, inner, level + 1)}`,
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
    line: (values) => {
      const fields = values.map((of, i) => {
        // DuckDB takes a mark of byte order at the beginning of a file away.
        const never = i === 0 ? '[\\x00\\n\\r]|^\\x{FEFF}' : '[\\x00\\n\\r]'
        return new FieldText(table.columns[i].name, delimiters, never).nullable(of, types[i], 0, [field])
      })
      return `concat(${fields.join(`, ${literal(field)}, `)})`
    },
  }
}

/** A whole number that is written with a fraction loses it, as in Hive's LazyInteger and Trino's reader of texts. */
function lazy(text: string, type: HiveType & { kind: 'plain' }): string {
  if (!isWhole(type)) return lenient(text, type)
  return wholeNumber(text, type, lenient(`regexp_replace(${text}, '^([+-]?)(\\d*)\\.\\d*$', '\\10\\2')`, type))
}

function separatorAt({ separators }: Delimiters, level: number): string {
  if (level < separators.length) return separators[level]
  throw new EngineError(
    'NOT_SUPPORTED',
    `Number of levels of nesting supported for LazySimpleSerDe is ${separators.length}. Use Parquet or JSON for a type that is deeper.`,
  )
}

function splitAt(text: string, separator: string, escapeMark: string): string {
  if (escapeMark === '') return `string_split(${text}, ${literal(separator)})`
  const [s, e] = [inRegex(separator), inRegex(escapeMark)]
  return `regexp_extract_all(${text} || ${literal(separator)}, ${literal(`((?:[^${s}${e}]|${e}.)*)${s}`)}, 1)`
}

function unescaped(text: string, escapeMark: string): string {
  return `regexp_replace(${text}, ${literal(`${inRegex(escapeMark)}(.)`)}, '\\1', 'g')`
}

/** What numbers, times, booleans and binaries are written with. */
const ORDINARY = /[A-Za-z0-9+\-.:/= ()]/

/**
 * A column's values as the text of a field. Hive writes a delimiter in a value as it is where the table has no escape, and what reads as
 * NULL or as an empty array likewise: those are refused here.
 */
class FieldText {
  private readonly column: string
  private readonly delimiters: Delimiters
  private readonly never: string
  /** The value whose text is that of NULL, if there is one. */
  private readonly asNothing: string | undefined

  /** `never` is what no text can have, as a regular expression. */
  constructor(column: string, delimiters: Delimiters, never: string) {
    this.column = column
    this.delimiters = delimiters
    this.never = never
    const { escapeMark, nothing } = delimiters
    const marks = new RegExp(`[${this.marks.map(inRegex).join('')}]`, 'g')
    const value = escapeMark === '' ? nothing : nothing.replace(new RegExp(`${inRegex(escapeMark)}(.)`, 'gs'), '$1')
    const text = escapeMark === '' ? value : value.replace(marks, (mark) => escapeMark + mark)
    if (text === nothing) this.asNothing = value
  }

  /** What has an escape before it within values. */
  private get marks(): string[] {
    const { field, separators, escapeMark } = this.delimiters
    return [field, ...separators, escapeMark]
  }

  /** `around` are the separators of what the value is in. */
  nullable(value: string, type: HiveType, level: number, around: readonly string[]): string {
    const nothing = this.isOneText(this.delimiters.nothing, around)
      ? literal(this.delimiters.nothing)
      : unwritable(this.column, 'NULL', NO_NOTHING)
    return `CASE WHEN ${value} IS NULL THEN ${nothing} ELSE ${this.text(value, type, level, around)} END`
  }

  /** Whether a text that is written as it is stays one among the separators. */
  private isOneText(text: string, around: readonly string[]): boolean {
    const { escapeMark } = this.delimiters
    const plain = escapeMark === '' ? text : text.replace(new RegExp(`${inRegex(escapeMark)}.`, 'gs'), '')
    return ![...around, '\n', '\r', '\0', escapeMark].some((mark) => mark !== '' && plain.includes(mark))
  }

  private text(value: string, type: HiveType, level: number, around: readonly string[]): string {
    if (type.kind === 'plain') return this.plain(value, type, around)
    const separator = this.separator(level, around)
    const inside = [...around, separator]
    const part = `x${level}`
    const items = (list: string, each: string) =>
      `array_to_string(list_transform(${list}, lambda ${part}: ${each}), ${literal(separator)})`
    switch (type.kind) {
      case 'array': {
        const text = items(value, this.nullable(part, type.of, level + 1, inside))
        return this.whole(value, text, level, `len(${value}) > 0`)
      }
      case 'map': {
        const between = this.separator(level + 1, inside)
        const held = (of: 'key' | 'value') => this.nullable(`${part}.${of}`, type[of], level + 2, [...inside, between])
        const entry = `concat(${held('key')}, ${literal(between)}, ${held('value')})`
        return this.whole(value, items(`map_entries(${value})`, entry), level)
      }
      case 'struct': {
        const fields = type.fields.map(({ type: inner }, i) =>
          this.nullable(`struct_extract_at(${value}, ${i + 1})`, inner, level + 1, inside),
        )
        return this.whole(value, `concat(${fields.join(`, ${literal(separator)}, `)})`, level)
      }
    }
  }

  private plain(value: string, type: HiveType & { kind: 'plain' }, around: readonly string[]): string {
    const { escapeMark, nothing } = this.delimiters
    const text = textOf(value, type)
    const marks = escapeMark === '' ? around : this.marks
    const isOrdinary = type.duck !== 'VARCHAR'
    const couldBeNothing =
      this.asNothing !== undefined && !(isOrdinary && [...this.asNothing].some((one) => !ORDINARY.test(one)))
    if (isOrdinary && !couldBeNothing && !marks.some((mark) => ORDINARY.test(mark))) return text
    const cases: string[] = []
    const refuse = (when: string, why: string) => cases.push(`WHEN ${when} THEN ${unwritable(this.column, value, why)}`)
    if (!isOrdinary) refuse(`regexp_matches(${text}, ${literal(this.never)})`, ENDS)
    if (escapeMark === '') refuse(`regexp_matches(${text}, ${literal(`[${marks.map(inRegex).join('')}]`)})`, DELIMITER)
    if (couldBeNothing) {
      const when = `${text} = ${literal(this.asNothing!)}`
      // Any character may have an escape before it.
      if (escapeMark === '' || nothing === '' || nothing.startsWith(escapeMark)) refuse(when, NOTHING)
      else cases.push(`WHEN ${when} THEN ${literal(escapeMark + nothing)}`)
    }
    const written = escapeMark === '' ? text : withMarks(text, marks.join(''), escapeMark)
    return cases.length === 0 ? written : `CASE ${cases.join(' ')} ELSE ${written} END`
  }

  /** The text of an array, a map or a struct, unless it reads as something else. */
  private whole(value: string, text: string, level: number, isNotEmpty = 'false'): string {
    const made = `t${level}`
    return `list_transform([${text}], lambda ${made}: CASE
      WHEN ${made} = ${literal(this.delimiters.nothing)} THEN ${unwritable(this.column, value, NOTHING)}
      WHEN ${made} = '' AND ${isNotEmpty} THEN ${unwritable(this.column, value, EMPTY)} ELSE ${made} END)[1]`
  }

  private separator(level: number, around: readonly string[]): string {
    const separator = separatorAt(this.delimiters, level)
    if (separator !== this.delimiters.escapeMark && !around.includes(separator)) return separator
    throw new EngineError(
      'NOT_SUPPORTED',
      `Column ${this.column} cannot be written: the separator of its items is also another delimiter of the table, or its escape. Give each its own, or use Parquet or JSON.`,
    )
  }
}

const ENDS = 'a line of text cannot hold its line end or NUL. Use Parquet or JSON'
const DELIMITER =
  "it has a delimiter of the table, which has no escape. Use a table with ESCAPED BY '\\\\', Parquet or JSON"
const NOTHING = 'its text would read as NULL. Use a table with another NULL DEFINED AS, Parquet or JSON'
const NO_NOTHING = 'the text of NULL has a delimiter or the escape in it. Use a table with another NULL DEFINED AS'
const EMPTY = 'its text would read as an empty array. Use Parquet or JSON'
