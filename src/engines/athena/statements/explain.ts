import type { TokenReader } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { refused } from './names.ts'
import type { ExplainFormat, ExplainType, Query, Statement } from './statement.ts'

const TYPES: readonly ExplainType[] = ['LOGICAL', 'DISTRIBUTED', 'VALIDATE', 'IO']
const FORMATS: readonly ExplainFormat[] = ['TEXT', 'JSON', 'GRAPHVIZ']

/** `EXPLAIN [ANALYZE] [(TYPE …, FORMAT …)] query`; the word EXPLAIN has been taken. */
export function explain(reader: TokenReader, queryOf: (reader: TokenReader) => Query): Statement {
  const analyze = reader.take('ANALYZE')
  if (analyze && reader.take('VERBOSE'))
    throw new EngineError('NOT_SUPPORTED', 'EXPLAIN ANALYZE VERBOSE is not supported.')
  let type: ExplainType = 'DISTRIBUTED'
  let format: ExplainFormat = 'TEXT'
  if (reader.is('(', 'TYPE') || reader.is('(', 'FORMAT')) {
    reader.need('(')
    do {
      if (reader.take('TYPE')) type = oneOf(reader, TYPES)
      else if (reader.take('FORMAT')) format = oneOf(reader, FORMATS)
      else throw reader.unexpected('TYPE or FORMAT')
    } while (reader.take(','))
    reader.need(')')
  }
  checkCombination(analyze, type, format)
  const first = reader.peek()?.text ?? ''
  if (!/^(\(|select|with|values|table)$/i.test(first)) throw refused(`EXPLAIN ${first}`)
  return { kind: 'explain', analyze, type, format, query: queryOf(reader) }
}

/** Trino's own limits. */
function checkCombination(analyze: boolean, type: ExplainType, format: ExplainFormat): void {
  const refuse = (what: string) => new EngineError('NOT_SUPPORTED', `EXPLAIN ${what} is not supported.`)
  if (analyze && type !== 'DISTRIBUTED') throw refuse(`ANALYZE (TYPE ${type})`)
  if (analyze && format === 'GRAPHVIZ') throw refuse('ANALYZE (FORMAT GRAPHVIZ)')
  if (type === 'VALIDATE' && format !== 'TEXT') throw refuse(`(TYPE VALIDATE, FORMAT ${format})`)
  if (type === 'IO' && format === 'GRAPHVIZ') throw refuse('(TYPE IO, FORMAT GRAPHVIZ)')
}

function oneOf<T extends string>(reader: TokenReader, words: readonly T[]): T {
  const found = words.find((word) => reader.take(word))
  if (!found) throw reader.unexpected(words.join(', '))
  return found
}
