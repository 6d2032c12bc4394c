import { EngineError } from '../../kit/pure/errors.ts'
import { parseQuery } from '../translate/translate.ts'
import { parseStatement } from './parse.ts'

/** The words that a statement of Athena begins with. */
const FIRST =
  `ALTER ANALYZE CALL COMMENT COMMIT CREATE DEALLOCATE DELETE DENY DESC DESCRIBE DROP EXECUTE EXPLAIN GRANT INSERT MERGE MSCK
  OPTIMIZE PREPARE REFRESH RESET REVOKE ROLLBACK SET SHOW START TABLE TRUNCATE UNLOAD UPDATE USE VACUUM VALUES WITH SELECT`.split(
    /\s+/,
  )

/** What keeps a text from being read at all: the API says it at once, without a query that fails. */
export function malformed(sql: string): string | undefined {
  const word = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*([A-Za-z_]\w*)/.exec(sql)
  if (word && !FIRST.includes(word[1].toUpperCase())) {
    const before = sql.slice(0, word[0].length - word[1].length).split('\n')
    const expected = FIRST.map((name) => `'${name}'`).join(', ')
    const place = `${before.length}:${before.at(-1)!.length + 1}`
    return `line ${place}: mismatched input '${word[1]}'. Expecting: '(', ${expected}`
  }
  try {
    const statement = parseStatement(sql)
    if ('query' in statement) {
      const { text, offset } = statement.query
      parseQuery(text, { nowMs: 0, whole: { text: sql, offset } })
    }
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'SYNTAX_ERROR') return thrown.message
  }
  return undefined
}
