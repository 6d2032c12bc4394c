import type { Grammar, SyntaxRequest, SyntaxResponse } from './syntax.ts'

interface Parser {
  validate(
    sql: string,
  ): { message: string; startLine: number; startColumn: number; endLine: number; endColumn: number }[]
}

/** Each grammar is almost a megabyte: it is loaded when a document of its dialect is first open. */
const GRAMMARS: Record<Grammar, () => Promise<Parser>> = {
  athena: async () => new (await import('dt-sql-parser/dist/parser/trino/index.js')).TrinoSQL(),
  spark: async () => new (await import('dt-sql-parser/dist/parser/spark/index.js')).SparkSQL(),
  flink: async () => new (await import('dt-sql-parser/dist/parser/flink/index.js')).FlinkSQL(),
}
const NO_PARSER: Parser = { validate: () => [] }
const parsers = new Map<Grammar, Promise<Parser>>()
// The parser prints what it also returns.
console.error = () => {}

self.addEventListener('message', async ({ data }: MessageEvent<SyntaxRequest>) => {
  const { id, grammar, texts } = data
  if (!parsers.has(grammar)) parsers.set(grammar, GRAMMARS[grammar]())
  const parser = await parsers.get(grammar)!.catch(() => {
    // The program that serves it is gone, perhaps for a moment: the next text asks again.
    parsers.delete(grammar)
    return NO_PARSER
  })
  const answer: SyntaxResponse = {
    id,
    errors: texts.map((sql) =>
      parser.validate(sql).map(({ message, startLine, startColumn, endLine, endColumn }) => ({
        message,
        line: startLine,
        column: startColumn,
        endLine,
        endColumn: Math.max(endColumn, startColumn + 1),
      })),
    ),
  }
  self.postMessage(answer)
})
