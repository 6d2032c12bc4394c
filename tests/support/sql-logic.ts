import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** A line of a file of statements. */
export interface LogicStatement {
  readonly line: number
  readonly sql: string
  readonly expected: string
}

/**
 * Files of statements with what the documentation says that they answer, one on a line: `SELECT 1, 'a' => 1 | a`, rows apart by ` / `, a NULL
 * as `∅`; `=> ! CODE` where it must fail. `# …` is a comment, `table NAME: QUERY` makes a table for the lines below it.
 */
export function logicTests(
  directory: string,
  { answer, makeTable }: { answer(sql: string): Promise<string>; makeTable(name: string, sql: string): Promise<void> },
): void {
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.slt'))) {
    const lines = readFileSync(join(directory, file), 'utf8').split('\n')
    describe(file, () => {
      lines.forEach((text, i) => {
        const [, name, query] = /^table (\w+): (.*)$/.exec(text) ?? []
        if (name !== undefined) it(`${file}:${i + 1} table ${name}`, () => makeTable(name, query))
        const [, sql, expected] = /^([^#].*?) =>(?: (.*))?$/.exec(text) ?? []
        if (sql === undefined || name !== undefined) return
        it(`${file}:${i + 1} ${sql}`, async () => {
          expect(await answer(sql), `${file}:${i + 1}`).toBe(expected ?? '')
        })
      })
    })
  }
}

/** Rows as the files have them. */
export function logicText(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map((value) => (value === null ? '∅' : String(value))).join(' | ')).join(' / ')
}
