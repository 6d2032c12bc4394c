import { literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { expandGrok } from '../../kit/pure/grok.ts'
import type { LineSerde } from './line-serde.ts'
import { plainType } from './open-csv.ts'
import { isTrue, type SerdeTable } from './properties.ts'
import { lenient } from './values.ts'

/** RegexSerDe: group i of the expression, which a whole line must fit, is column i; a line that does not fit is a row of NULLs. */
export function regexSerde(table: SerdeTable): LineSerde {
  const pattern = needed(table, 'input.regex')
  const source = `${isTrue(table, 'input.regex.case.insensitive') ? '(?i)' : ''}${pattern}`
  const groups = table.columns.map((_, i) => `g${i}`)
  const found = pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gs, '').match(/\((?!\?)|\(\?P?<(?![=!])/g)?.length ?? 0
  if (found < groups.length) {
    throw new EngineError(
      'HIVE_INVALID_METADATA',
      `Number of matching groups doesn't match the number of columns: input.regex of ${table.database}.${table.name} has ${found}, the table ${groups.length}.`,
    )
  }
  return patternSerde(table, source, groups, groups)
}

/** GrokSerDe: `%{SYNTAX:name}` is the column of its name. */
export function grokSerde(table: SerdeTable): LineSerde {
  const pattern = needed(table, 'input.format')
  const { source, fields } = expandGrok(pattern, table.parameters['input.grokCustomPatterns'] ?? '', invalid)
  const groups = fields.map(({ name }) => name)
  const columns = table.columns.map((column) => column.name)
  return patternSerde(table, source, groups, columns)
}

function patternSerde(
  table: SerdeTable,
  source: string,
  groups: readonly string[],
  columns: readonly string[],
): LineSerde {
  const types = table.columns.map((column) => plainType(column.type))
  const whole = literal(`^(?s:${source})$`)
  const names = groups.map((_, i) => literal(`g${i}`)).join(', ')
  return {
    passesBlank: false,
    row: (line) => `CASE WHEN regexp_matches(${line}, ${whole}) THEN regexp_extract(${line}, ${whole}, [${names}]) END`,
    value: (row, index) => {
      const group = groups.indexOf(columns[index])
      const type = types[index]
      if (group < 0) return `CAST(NULL AS ${type.duck})`
      return lenient(`struct_extract(${row}, 'g${group}')`, type)
    },
  }
}

function needed(table: SerdeTable, name: string): string {
  const value = table.parameters[name]
  if (value === undefined || value === '') throw invalid(`The SerDe of ${table.database}.${table.name} needs ${name}.`)
  return value
}

const invalid = (message: string) => new EngineError('HIVE_INVALID_METADATA', message)
