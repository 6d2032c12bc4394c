import type { Dialect } from './model/header.ts'
import { tokens } from './model/tokens.ts'

/** The text laid out anew; the formatter is loaded when it is first wanted. A layout that would change what is said is refused. */
export async function formatSql(text: string, dialect: Dialect): Promise<string> {
  const { formatDialect, redshift, spark, trino } = await import('sql-formatter')
  // Flink's own words are laid out as Spark's are; its patterns count in braces.
  const flink = {
    ...spark,
    tokenizerOptions: { ...spark.tokenizerOptions, extraParens: ['[]' as const, '{}' as const] },
  }
  const formatted = formatDialect(text, {
    dialect: { athena: trino, warehouse: redshift, spark, flink }[dialect],
    keywordCase: 'upper',
    tabWidth: 2,
    linesBetweenQueries: 1,
    paramTypes: { named: [':'] },
  })
  if (said(formatted, dialect) !== said(text, dialect))
    throw new Error('Laid out it would say something else. The text stays as it is.')
  return formatted.endsWith('\n') ? formatted : `${formatted}\n`
}

/** Every token in its order; words without case, since keywords become capitals. */
const said = (text: string, dialect: Dialect) =>
  JSON.stringify(
    tokens(text, dialect).map(({ kind, text: word }) => [kind, kind === 'word' ? word.toUpperCase() : word]),
  )
