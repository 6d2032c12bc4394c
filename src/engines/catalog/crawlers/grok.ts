import { expandGrok } from '../../kit/pure/grok.ts'
import { invalid } from '../model.ts'
import { type InferredColumn, plain } from './types.ts'

/** A grok pattern as a regular expression over a whole line, and the columns that it makes. */
export interface Grok {
  readonly columns: readonly InferredColumn[]
  matches(line: string): boolean
  /** The values of a line by column; null where the line does not fit or a part is absent. */
  values(line: string): (string | null)[] | null
}

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

/** Compiles a grok pattern and its custom ones. Throws InvalidInputException with what is wrong in it. */
export function compileGrok(pattern: string, custom = ''): Grok {
  const { source, fields } = expandGrok(pattern, custom, invalid)
  if (fields.length === 0) throw invalid('The grok pattern names no column: write %{SYNTAX:name}.')
  const columns = fields.map(({ name, type = 'string' }) => {
    const declared = TYPES[type.toLowerCase()]
    if (declared === undefined) throw invalid(`${type} is no type of a grok pattern.`)
    return { name, type: plain(declared) }
  })
  const expression = regular(source)
  return {
    columns,
    matches: (line) => expression.test(line),
    values: (line) => {
      const found = expression.exec(line)
      return found ? fields.map((_, i) => found[i + 1] ?? null) : null
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
