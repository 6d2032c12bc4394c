import { type Token, tokens } from '../model/tokens.ts'
import type { Grammar } from './syntax.ts'

/**
 * What Flink reads and the grammar does not, put in words of the same length that it does: session windows, which it reads as tumbling ones
 * without a partition, and windows of functions, which it knows only with AS and a name behind them.
 */
export function withoutGaps(text: string, grammar: Grammar): string {
  if (grammar !== 'flink') return text
  const list = tokens(text)
  const changes: { from: number; to: number; by: string }[] = []
  const blank = (from: number, to: number) =>
    changes.push({ from, to, by: text.slice(from, to).replaceAll(/[^\n]/g, ' ') })
  for (const [at, { start, end }] of list.entries()) {
    const call = is(list[at + 1], '(')
    if (is(list[at], 'SESSION') && call && is(list[at + 2], 'TABLE')) {
      changes.push({ from: start, to: end, by: 'TUMBLE ' })
      const by = list.findIndex((token, i) => i > at && is(token, 'PARTITION'))
      const descriptor = list.findIndex((token, i) => i > at && is(token, 'DESCRIPTOR'))
      if (by > 0 && by < descriptor) blank(list[by].start, list[descriptor - 1].start)
    }
    if (!is(list[at], 'OVER')) continue
    let depth = 0
    const close = call
      ? list.findIndex((token, i) => i > at && (is(token, '(') ? ++depth : is(token, ')') ? --depth : 1) === 0)
      : at + 1
    if (list[close] && !is(list[close + 1], 'AS')) blank(start, list[close].end)
  }
  return changes
    .sort((a, b) => b.from - a.from)
    .reduce((whole, { from, to, by }) => whole.slice(0, from) + by + whole.slice(to), text)
}

const is = (token: Token | undefined, text: string) => token?.kind !== 'quoted' && token?.text.toUpperCase() === text
