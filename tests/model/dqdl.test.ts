import { describe, expect, it } from 'vitest'
import { parseRuleset } from '../../src/engines/quality/dqdl/parse.ts'

const one = (rule: string) => parseRuleset(`Rules = [ ${rule} ]`).rules[0]
const wrong = (text: string) => {
  try {
    parseRuleset(text)
  } catch (thrown) {
    const { message, at } = thrown as { message: string; at: { line: number; column: number } }
    return { message, line: at.line, column: at.column }
  }
  throw new Error(`${text} was read`)
}

describe('DQDL', () => {
  it('reads rule types with parameters, conditions, where clauses and thresholds', () => {
    expect(one('IsPrimaryKey "a" "b"')).toMatchObject({
      type: 'IsPrimaryKey',
      parameters: [{ text: 'a' }, { text: 'b' }],
    })
    expect(one('ColumnValues "c" not in ["x \\"y\\"", 5, NULL] where "d > 0" with threshold >= 0.9')).toMatchObject({
      condition: {
        kind: 'in',
        not: true,
        values: [
          { kind: 'text', text: 'x "y"' },
          { kind: 'number', text: '5' },
          { kind: 'keyword', word: 'NULL' },
        ],
      },
      where: 'd > 0',
      threshold: { kind: 'compare', operator: '>=', value: { text: '0.9' } },
    })
    expect(one('ColumnValues "t" > (now() - 3 days)')).toMatchObject({
      condition: { value: { kind: 'now', offsetMs: -3 * 86_400_000 } },
    })
    expect(one('ColumnValues "p" matches "[A-Z]\\d+"')).toMatchObject({ condition: { pattern: '[A-Z]\\d+' } })
    expect(one('RowCount between -1 and 10')).toMatchObject({ condition: { kind: 'between', low: { text: '-1' } } })
    expect(one('DataFreshness "t" <= 24 hours')).toMatchObject({ condition: { value: { ms: 86_400_000 } } })
  })

  it('reads composite rules, analyzers and comments', () => {
    const { rules, analyzers } = parseRuleset(`# orders
Analyzers = [ RowCount, Completeness "a" ]
Rules = [
  (IsComplete "a") and ((IsUnique "a") OR (RowCount > 0)), # nested
  ColumnCount = 3
]`)
    expect(analyzers.map(({ type }) => type)).toEqual(['RowCount', 'Completeness'])
    expect(rules[0]).toMatchObject({ kind: 'and', rules: [{ type: 'IsComplete' }, { kind: 'or' }] })
    expect(rules[0].text).toBe('(IsComplete "a") and ((IsUnique "a") OR (RowCount > 0))')
    expect(rules[1].at).toMatchObject({ line: 5, column: 3, endLine: 5, endColumn: 18 })
  })

  it('says where a text cannot be read', () => {
    expect(wrong('Rules = [\n  IsComplet "a"\n]')).toMatchObject({ line: 2, column: 3 })
    expect(wrong('Rules = [ iscomplete "a" ]').message).toContain('IsComplete is meant')
    expect(wrong('Rules = [ RowCount > ]')).toMatchObject({
      line: 1,
      column: 22,
      message: expect.stringContaining("']'"),
    })
    expect(wrong('Rules = [ IsComplete "a ]')).toMatchObject({
      column: 22,
      message: expect.stringContaining('not closed'),
    })
    expect(wrong('Rules = [ IsComplete "a" IsUnique "a" ]')).toMatchObject({ column: 26 })
    expect(wrong('Rules = [ Completeness "a" ]').message).toContain('a condition is expected')
    expect(wrong('Rules = [ IsComplete "a" > 1 ]').message).toContain('takes no condition')
    expect(wrong('Rules = [ (RowCount > 1) and (RowCount > 2) or (RowCount > 3) ]').message).toContain('brackets')
    expect(wrong('Rules = []').message).toContain('no rule')
    expect(wrong('').message).toContain("'Rules'")
    expect(wrong(`Rules = [${'('.repeat(10_000)}`).message).toContain('nested too deeply')
  })

  it('refuses by name what it does not honour', () => {
    for (const [text, name] of [
      ['Rules = [ DetectAnomalies "RowCount" ]', 'DetectAnomalies'],
      ['Rules = [ RowCount > avg(last(10)) ]', 'avg()'],
      ['Rules = [ RowCount > last(3) ]', 'last()'],
      ['DefaultLabels = [ "a" ]', 'DefaultLabels'],
      ['Rules = [ AggregateMatch "a" "b" > 0.1 ]', 'AggregateMatch'],
    ]) {
      expect(wrong(text).message).toContain(name)
      expect(wrong(text).message).toContain('not supported by Millrace')
    }
  })
})
