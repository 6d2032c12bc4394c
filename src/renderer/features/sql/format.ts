import type { Engine } from './model/header.ts'

const LANGUAGES = { athena: 'trino', warehouse: 'redshift' } as const

/** The text laid out anew; the formatter is loaded when it is first wanted. */
export async function formatSql(text: string, engine: Engine): Promise<string> {
  const { format } = await import('sql-formatter')
  const formatted = format(text, {
    language: LANGUAGES[engine],
    keywordCase: 'upper',
    tabWidth: 2,
    linesBetweenQueries: 1,
    paramTypes: { named: [':'] },
  })
  return formatted.endsWith('\n') ? formatted : `${formatted}\n`
}
