import type { CatalogTable } from '../../catalog/contract.ts'
import { literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { GROK_PATTERNS } from '../../kit/pure/grok-patterns.ts'
import type { LineSerde } from './line-serde.ts'
import { plainType } from './open-csv.ts'
import { isTrue } from './properties.ts'
import { lenient } from './values.ts'

const DEPTH_MAX = 50
const LENGTH_MAX = 100_000

/** RegexSerDe: group i of the expression, which a whole line must fit, is column i; a line that does not fit is a row of NULLs. */
export function regexSerde(table: CatalogTable): LineSerde {
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
export function grokSerde(table: CatalogTable): LineSerde {
  const pattern = needed(table, 'input.format')
  const known = { ...GROK_PATTERNS, ...customPatterns(table.parameters['input.grokCustomPatterns'] ?? '') }
  const groups: string[] = []
  const expand = (text: string, depth: number): string => {
    if (depth > DEPTH_MAX) throw invalid(`The grok pattern ${pattern} names itself.`)
    return text.replace(/%\{(\w+)(?::([\w@.[\]-]+))?(?::\w+)?\}/g, (_, syntax: string, name?: string) => {
      const source = known[syntax]
      if (source === undefined) throw invalid(`The grok pattern ${syntax} is not known.`)
      const column = name?.toLowerCase()
      const named = column !== undefined && !groups.includes(column)
      // Groups are numbered as they open: an outer one before those in it. Groups of the patterns' own are no columns.
      if (named) groups.push(column)
      return `${named ? '(' : '(?:'}${expand(uncaptured(source), depth + 1)})`
    })
  }
  const source = expand(uncaptured(pattern), 0)
  if (source.length > LENGTH_MAX) throw invalid('The grok pattern is too long.')
  const columns = table.columns.map((column) => column.name)
  return patternSerde(table, source, groups, columns)
}

function patternSerde(
  table: CatalogTable,
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

function uncaptured(source: string): string {
  return source
    .replaceAll('(?>', '(?:')
    .replace(/\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)/gs, (part) => (part === '(' ? '(?:' : part))
}

function customPatterns(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, expression] = /^\s*(\w+)\s+(.+?)\s*$/.exec(line) ?? []
      if (name === undefined) throw invalid(`The custom pattern "${line}" is not a name and an expression.`)
      return [name, expression]
    }),
  )
}

function needed(table: CatalogTable, name: string): string {
  const value = table.parameters[name]
  if (value === undefined || value === '') throw invalid(`The SerDe of ${table.database}.${table.name} needs ${name}.`)
  return value
}

const invalid = (message: string) => new EngineError('HIVE_INVALID_METADATA', message)
