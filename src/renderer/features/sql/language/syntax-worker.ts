import { TrinoSQL } from 'dt-sql-parser/dist/parser/trino/index.js'
import type { SyntaxRequest, SyntaxResponse } from './syntax.ts'

const parser = new TrinoSQL()
// The parser prints what it also returns.
console.error = () => {}

self.addEventListener('message', ({ data }: MessageEvent<SyntaxRequest>) => {
  const answer: SyntaxResponse = {
    id: data.id,
    errors: data.statements.map((sql) => {
      const first = parser.validate(sql)[0]
      if (!first) return null
      return {
        message: first.message,
        line: first.startLine,
        column: first.startColumn,
        endLine: first.endLine,
        endColumn: Math.max(first.endColumn, first.startColumn + 1),
      }
    }),
  }
  self.postMessage(answer)
})
