import { EngineError } from '../../kit/pure/errors.ts'
import { avroSerde } from './avro.ts'
import { delimitedSerde } from './delimited.ts'
import { jsonSerde } from './json.ts'
import { openCsvSerde } from './open-csv.ts'
import { grokSerde, regexSerde } from './patterns.ts'
import {
  AVRO,
  FORMAT_OF,
  GROK,
  HIVE_JSON,
  LAZY_SIMPLE,
  OPEN_CSV,
  OPENX_JSON,
  REGEX,
  type SerdeTable,
  serdeOf,
} from './properties.ts'

/**
 * How the lines of a text become columns and columns become lines, as SQL: each file of text is a row a line, which no SerDe of Athena's
 * reads past. What `line` writes, `row` and `value` read as it was; what they could not read so, it refuses.
 */
export interface LineSerde {
  /** What is made of a line once, for all its columns. `line` and `file` name a text. */
  row(line: string, file: string): string
  /** Column `index` of what was made. */
  value(row: string, index: number, file: string): string
  /** Whether lines of nothing but spaces are no rows. */
  readonly passesBlank: boolean
  /** The line of a row whose columns have these values. A SerDe that only reads has none. */
  line?(values: readonly string[]): string
}

export function lineSerde(table: SerdeTable): LineSerde {
  const name = serdeOf(table)
  switch (name) {
    case LAZY_SIMPLE:
      return delimitedSerde(table)
    case OPEN_CSV:
      return openCsvSerde(table)
    case REGEX:
      return regexSerde(table)
    case GROK:
      return grokSerde(table)
    case AVRO:
      return avroSerde(table)
    case OPENX_JSON:
    case HIVE_JSON:
      return jsonSerde(table, name === OPENX_JSON)
  }
  throw refusedSerde(name)
}

export function refusedSerde(name: string): EngineError {
  const known = Object.keys(FORMAT_OF).map((one) => one.slice(one.lastIndexOf('.') + 1))
  return new EngineError('NOT_SUPPORTED', `The SerDe ${name} is not supported by Millrace. ${known.join(', ')} are.`)
}
