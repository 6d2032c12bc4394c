import type { SchemaTable } from './schema.ts'
import { type Token, tokens } from './tokens.ts'

const NO_COLUMN = new Set(['WATERMARK', 'PRIMARY', 'CONSTRAINT', 'UNIQUE', 'LIKE'])

/** Tables that a text makes itself: a Flink document describes its streams before it reads them. */
export function tablesMade(text: string, database: string): SchemaTable[] {
  const list = tokens(text)
  const word = (at: number) => (list[at]?.kind === 'word' ? list[at].text.toUpperCase() : '')
  return list.flatMap((_, start) => {
    if (word(start) !== 'CREATE') return []
    let at = start + 1
    while (['TEMPORARY', 'TEMP', 'LOCAL', 'EXTERNAL'].includes(word(at))) at++
    if (word(at++) !== 'TABLE') return []
    if (word(at) === 'IF') at += 3
    while (list[at + 1]?.text === '.') at += 2
    if (list[at + 1]?.text !== '(') return []
    return [{ database, name: list[at].text, detail: 'of this text', columns: columnsOf(text, list, at + 2) }]
  })
}

function columnsOf(text: string, list: readonly Token[], from: number): SchemaTable['columns'] {
  const columns: { name: string; type: string }[] = []
  let depth = 0
  let first = from
  for (let at = from; at < list.length; at++) {
    const mark = list[at].kind === 'mark' ? list[at].text : ''
    if (mark === '(' || mark === '<') depth++
    const ends = depth === 0 && (mark === ',' || mark === ')')
    if ((mark === ')' || mark === '>') && !ends) depth--
    if (!ends) continue
    const name = list[first]
    if (at > first + 1 && !NO_COLUMN.has(name.text.toUpperCase()))
      columns.push({ name: name.text, type: text.slice(list[first + 1].start, list[at - 1].end) })
    if (mark === ')') break
    first = at + 1
  }
  return columns
}
