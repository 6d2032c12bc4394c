import { describe, expect, it } from 'vitest'
import { globExpression } from '../../src/engines/catalog/crawlers/glob.ts'
import { compileGrok } from '../../src/engines/catalog/crawlers/grok.ts'
import { parseCron } from '../../src/engines/kit/pure/cron.ts'

describe('a schedule', () => {
  const refuse = (why: string) => new Error(why)
  const next = (cron: string, after: string) => {
    const at = parseCron(cron, { refuse }).next(Date.parse(after))
    return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16)
  }

  it.each([
    ['cron(15 12 * * ? *)', '2024-02-28T12:15:00Z', '2024-02-29T12:15'],
    ['cron(0/20 * * * ? *)', '2024-01-01T00:41:00Z', '2024-01-01T01:00'],
    ['cron(0 8 ? * MON-FRI *)', '2024-03-01T09:00:00Z', '2024-03-04T08:00'],
    ['cron(0 0 L * ? *)', '2023-02-01T00:00:00Z', '2023-02-28T00:00'],
    ['cron(0 0 1W * ? *)', '2024-06-01T00:00:00Z', '2024-06-03T00:00'],
    ['cron(0 0 ? * 6L *)', '2024-01-01T00:00:00Z', '2024-01-26T00:00'],
    ['cron(0 0 ? JAN 2#2 2025)', '2024-01-01T00:00:00Z', '2025-01-13T00:00'],
  ])('%s after %s is due at %s', (cron, after, due) => expect(next(cron, after)).toBe(due))

  it('may have no time left', () => expect(next('cron(0 0 1 1 ? 2020)', '2024-01-01T00:00:00Z')).toBeUndefined())

  it.each([
    'every hour',
    'cron(* * *)',
    'cron(61 * * * ? *)',
    'cron(0 0 1 1 1 *)',
    'cron(0 0 ? * ? *)',
  ])('%s is refused', (cron) => expect(() => parseCron(cron, { refuse })).toThrow(/cron|exactly one/))
})

describe('an exclude pattern', () => {
  it.each([
    ['*.csv', 'a.csv', true],
    ['*.csv', 'x/a.csv', false],
    ['**.csv', 'x/y/a.csv', true],
    ['*/{x,y}/*', 'a/y/b', true],
    ['day=[!0-2]?', 'day=31', true],
    ['day=[!0-2]?', 'day=21', false],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['archive/**', 'archive/2024/a', true],
  ])('%s against %s: %s', (glob, path, fits) => expect(globExpression(glob).test(path)).toBe(fits))
})

describe('a grok pattern', () => {
  it('gives the parts that it names, with their types', () => {
    const grok = compileGrok('%{IP:Client} %{WORD:verb} %{NUMBER:ms:double}(?: %{GREEDYDATA:rest})?')
    expect(grok.columns.map(({ name, type }) => `${name} ${'name' in type ? type.name : ''}`)).toEqual([
      'client string',
      'verb string',
      'ms double',
      'rest string',
    ])
    expect(grok.values('10.0.0.1 GET 1.5')).toEqual(['10.0.0.1', 'GET', '1.5', null])
    expect(grok.values('2001:db8::1 GET 1.5 and so on')).toEqual(['2001:db8::1', 'GET', '1.5', 'and so on'])
    expect(grok.values('nowhere')).toBeNull()
  })

  it.each([
    ['%{NOBODY:a}', '', /NOBODY is not known/],
    ['%{A:a}', 'A %{B}\nB %{A}', /names itself/],
    ['%{INT:a:text}', '', /no type/],
    ['%{INT}', '', /names no column/],
    ['%{INT:a}(', '', /not valid/],
  ])('%s is refused', (pattern, custom, why) => expect(() => compileGrok(pattern, custom)).toThrow(why))
})
