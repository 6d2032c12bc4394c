import { GROK_PATTERNS } from '../../kit/pure/grok-patterns.ts'
import { invalid } from '../model.ts'
import { type InferredColumn, plain } from './types.ts'

/** A grok pattern as a regular expression over a whole line, and the columns that it makes. */
export interface Grok {
  readonly columns: readonly InferredColumn[]
  matches(line: string): boolean
  /** The values of a line by column; null where the line does not fit or a part is absent. */
  values(line: string): (string | null)[] | null
}

const DEPTH_MAX = 50
const LENGTH_MAX = 100_000
/** What a pattern may declare (AWS Glue Developer Guide, "Writing grok custom classifiers"). */
const TYPES: Readonly<Record<string, string>> = {
  byte: 'tinyint',
  boolean: 'boolean',
  double: 'double',
  short: 'smallint',
  int: 'int',
  integer: 'int',
  long: 'bigint',
  float: 'float',
  string: 'string',
  date: 'string',
}

/**
 * Compiles `%{SYNTAX:name:type}`. `custom` has a pattern a line: its name, a space, the expression. Throws InvalidInputException with what
 * is wrong in it.
 */
export function compileGrok(pattern: string, custom = ''): Grok {
  const known = { ...GROK_PATTERNS, ...customPatterns(custom) }
  const columns: InferredColumn[] = []
  const groups: string[] = []
  const expand = (text: string, depth: number): string => {
    if (depth > DEPTH_MAX) throw invalid(`The grok pattern ${pattern} names itself.`)
    return text.replace(
      /%\{(\w+)(?::([\w@.[\]-]+))?(?::(\w+))?\}/g,
      (_, syntax: string, name?: string, type?: string) => {
        const source = known[syntax]
        if (source === undefined) throw invalid(`The grok pattern ${syntax} is not known.`)
        const inner = () => expand(source, depth + 1)
        if (name === undefined) return `(?:${inner()})`
        const declared = TYPES[(type ?? 'string').toLowerCase()]
        if (declared === undefined) throw invalid(`${type} is no type of a grok pattern.`)
        const column = name.toLowerCase()
        if (columns.some((other) => other.name === column)) return `(?:${inner()})`
        columns.push({ name: column, type: plain(declared) })
        const group = `c${groups.length}`
        groups.push(group)
        return `(?<${group}>${inner()})`
      },
    )
  }
  // Atomic groups are an optimisation of engines that have them.
  const source = expand(pattern, 0).replaceAll('(?>', '(?:')
  if (source.length > LENGTH_MAX) throw invalid('The grok pattern is too long.')
  if (columns.length === 0) throw invalid('The grok pattern names no column: write %{SYNTAX:name}.')
  const expression = regular(source)
  return {
    columns,
    matches: (line) => expression.test(line),
    values: (line) => {
      const found = expression.exec(line)?.groups
      return found ? groups.map((group) => found[group] ?? null) : null
    },
  }
}

function regular(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`)
  } catch (thrown) {
    throw invalid(`The grok pattern is not valid: ${(thrown as Error).message}.`)
  }
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
