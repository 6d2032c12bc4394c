import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpressions } from '../../src/engines/dynamodb/aws/expressions.ts'
import { applyUpdate } from '../../src/engines/dynamodb/expressions/apply.ts'
import { holds } from '../../src/engines/dynamodb/expressions/evaluate.ts'
import { project } from '../../src/engines/dynamodb/expressions/paths.ts'
import { RESERVED } from '../../src/engines/dynamodb/expressions/reserved.ts'
import type { Item, Value } from '../../src/engines/dynamodb/values.ts'

type Names = Record<string, string>
type Values = Record<string, Value>

const given = (ExpressionAttributeNames?: Names, ExpressionAttributeValues?: Values) => ({
  ...(ExpressionAttributeNames && { ExpressionAttributeNames }),
  ...(ExpressionAttributeValues && { ExpressionAttributeValues: ExpressionAttributeValues as Record<string, never> }),
})

const condition = (text: string, values?: Values, names?: Names) =>
  readExpressions({ ConditionExpression: text, ...given(names, values) }, ['ConditionExpression']).condition!
const meets = (item: Item, text: string, values?: Values, names?: Names) => holds(condition(text, values, names), item)
const actions = (text: string, values?: Values, names?: Names) =>
  readExpressions({ UpdateExpression: text, ...given(names, values) }, ['UpdateExpression']).actions!
const update = (item: Item, text: string, values?: Values, names?: Names) =>
  applyUpdate(item, actions(text, values, names))

/** A condition as text beside a plain function that says the same: the reference grows with the text. */
interface Told {
  readonly text: string
  readonly says: (item: Record<string, number | undefined>) => boolean
}

const ATTRIBUTES = ['a', 'b', 'c']
const NUMBERS = [0, 1, 2, 3]
const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

const leaf: fc.Arbitrary<Told> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...ATTRIBUTES), fc.constantFrom(...Object.keys(OPERATORS)), fc.constantFrom(...NUMBERS))
    .map(([name, operator, number]) => ({
      text: `${name} ${operator} :${number}`,
      says: (item: Record<string, number | undefined>) =>
        item[name] === undefined ? operator === '<>' : OPERATORS[operator](item[name], number),
    })),
  fc.constantFrom(...ATTRIBUTES).map((name) => ({
    text: `attribute_exists(${name})`,
    says: (item: Record<string, number | undefined>) => item[name] !== undefined,
  })),
  fc.tuple(fc.constantFrom(...ATTRIBUTES), fc.constantFrom(0, 1), fc.constantFrom(2, 3)).map(([name, low, high]) => ({
    text: `${name} BETWEEN :${low} AND :${high}`,
    says: (item: Record<string, number | undefined>) =>
      item[name] !== undefined && item[name] >= low && item[name] <= high,
  })),
  fc.tuple(fc.constantFrom(...ATTRIBUTES), fc.subarray(NUMBERS, { minLength: 1 })).map(([name, among]) => ({
    text: `${name} IN (${among.map((number) => `:${number}`).join(', ')})`,
    says: (item: Record<string, number | undefined>) => item[name] !== undefined && among.includes(item[name]),
  })),
)

/** Parentheses only where the order of binding asks for them: the parser must know the order by itself. */
const { tree } = fc.letrec<{ tree: Told & { level: number } }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf.map((told) => ({ ...told, level: 3 })),
    tie('tree').map((of) => ({
      text: `NOT ${of.level < 2 ? `(${of.text})` : of.text}`,
      says: (item: Record<string, number | undefined>) => !of.says(item),
      level: 2,
    })),
    fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => ({
      text: `${left.level < 1 ? `(${left.text})` : left.text} AND ${right.level < 2 ? `(${right.text})` : right.text}`,
      says: (item: Record<string, number | undefined>) => left.says(item) && right.says(item),
      level: 1,
    })),
    fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => ({
      text: `${left.text} or ${right.level < 1 ? `(${right.text})` : right.text}`,
      says: (item: Record<string, number | undefined>) => left.says(item) || right.says(item),
      level: 0,
    })),
  ),
}))

describe('conditions', () => {
  it('say what their text says, whatever they are made of', () => {
    const number = fc.option(fc.constantFrom(...NUMBERS), { nil: undefined })
    fc.assert(
      fc.property(tree, fc.record({ a: number, b: number, c: number }), ({ text, says }, plain) => {
        const values = Object.fromEntries(
          NUMBERS.filter((n) => new RegExp(`:${n}\\b`).test(text)).map((n) => [`:${n}`, { N: String(n) }]),
        )
        const item = Object.fromEntries(
          Object.entries(plain).flatMap(([name, n]) => (n === undefined ? [] : [[name, { N: String(n) }]])),
        )
        expect(meets(item, text, Object.keys(values).length > 0 ? values : undefined)).toBe(says(plain))
      }),
      { numRuns: 500 },
    )
  })

  const item: Item = {
    n: { N: '12' },
    s: { S: 'hello' },
    bin: { B: new Uint8Array([1, 2, 3]) },
    words: { SS: ['x', 'y'] },
    nums: { NS: ['1', '2'] },
    things: { L: [{ S: 'first' }, { M: { deep: { N: '3' } } }] },
    map: { M: { 'a.b': { S: 'dotted' }, k: { BOOL: true } } },
    nothing: { NULL: true },
  }

  it.each<[string, Values | undefined, boolean]>([
    ['size(s) = :v', { ':v': { N: '5' } }, true],
    ['size(things) > :v', { ':v': { N: '1' } }, true],
    ['size(absent) < :v', { ':v': { N: '1' } }, false],
    ['begins_with(s, :v)', { ':v': { S: 'he' } }, true],
    ['begins_with(bin, :v)', { ':v': { B: new Uint8Array([1, 2]) } }, true],
    ['contains(s, :v)', { ':v': { S: 'ell' } }, true],
    ['contains(nums, :v)', { ':v': { N: '2.0' } }, true],
    ['contains(things, :v)', { ':v': { M: { deep: { N: '3' } } } }, true],
    ['attribute_type(nothing, :v)', { ':v': { S: 'NULL' } }, true],
    ['attribute_type(absent, :v)', { ':v': { S: 'S' } }, false],
    ['attribute_not_exists(things[2])', undefined, true],
    ['things[1].deep = :v', { ':v': { N: '3' } }, true],
    ['words = :v', { ':v': { SS: ['y', 'x'] } }, true],
    ['n < :v', { ':v': { S: '13' } }, false],
    ['n <> :v', { ':v': { S: '12' } }, true],
    ['(n) = (:v)', { ':v': { N: '12' } }, true],
    [':v IN (n, s)', { ':v': { S: 'hello' } }, true],
  ])('%s', (text, values, outcome) => {
    expect(meets(item, text, values)).toBe(outcome)
  })

  it('reach names that are no names through placeholders', () => {
    expect(meets(item, '#m.#d = :v', { ':v': { S: 'dotted' } }, { '#m': 'map', '#d': 'a.b' })).toBe(true)
    expect(meets({}, 'attribute_exists(#c)', undefined, { '#c': 'constructor' })).toBe(false)
  })

  it.each<[string, Values | undefined, Names | undefined, string]>([
    ['', undefined, undefined, 'Invalid ConditionExpression: The expression can not be empty;'],
    ['a = ', undefined, undefined, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "= "'],
    [
      'a == :v',
      { ':v': { N: '1' } },
      undefined,
      'Invalid ConditionExpression: Syntax error; token: "=", near: "== :v"',
    ],
    [
      'size = :v',
      { ':v': { N: '1' } },
      undefined,
      'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: size',
    ],
    [
      '#a = :v',
      { ':v': { N: '1' } },
      undefined,
      'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #a',
    ],
    [
      'a = :v',
      undefined,
      undefined,
      'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v',
    ],
    [
      'a = :v',
      { ':v': { N: '1' }, ':w': { N: '2' } },
      undefined,
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
    ],
    [
      'attribute_exists(a)',
      undefined,
      { '#b': 'b' },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}',
    ],
    ['nope(a)', undefined, undefined, 'Invalid ConditionExpression: Invalid function name; function: nope'],
    [
      'size(a)',
      undefined,
      undefined,
      'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size',
    ],
    [
      'begins_with(a)',
      undefined,
      undefined,
      'Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
    ],
    [
      'begins_with(a, :v)',
      { ':v': { N: '1' } },
      undefined,
      'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'attribute_exists(:v)',
      { ':v': { N: '1' } },
      undefined,
      'Invalid ConditionExpression: Operator or function requires a document path; operator or function: attribute_exists',
    ],
    [
      'a = a',
      undefined,
      undefined,
      'Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]',
    ],
    [
      'a BETWEEN :v AND :w',
      { ':v': { N: '2' }, ':w': { N: '1' } },
      undefined,
      'Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
    ],
    [
      '((a = :v))',
      { ':v': { N: '1' } },
      undefined,
      'Invalid ConditionExpression: The expression has redundant parentheses;',
    ],
    ['a = :v', {}, undefined, 'ExpressionAttributeValues must not be empty'],
    ['a = :v', { v: { N: '1' } }, undefined, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"'],
    [
      'a = :v',
      { ':v': {} },
      undefined,
      'ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :v',
    ],
  ])('refuses %s', (text, values, names, message) => {
    expect(() => condition(text, values, names)).toThrow(
      expect.objectContaining({ code: 'ValidationException', message }),
    )
  })

  it('end in an error, never in a deep stack', () => {
    expect(() => condition('('.repeat(4000))).toThrow()
    expect(() => condition(`${'NOT '.repeat(1000)}attribute_exists(a)`)).toThrow()
    expect(() => condition('a'.repeat(4097))).toThrow('Expression size has exceeded the maximum allowed size')
  })

  it('know the reserved words of the guide', () => {
    expect(RESERVED.size).toBe(573)
    expect(['NAME', 'STATUS', 'TTL', 'COUNTER', 'OWNER'].every((word) => RESERVED.has(word))).toBe(true)
  })
})

describe('updates', () => {
  it('set, count, join and take away', () => {
    const item: Item = { n: { N: '1' }, l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] }, words: { SS: ['a', 'b'] } }
    expect(update(item, 'SET n = n + :d, m = if_not_exists(m, :d)', { ':d': { N: '0.5' } })).toEqual({
      ...item,
      n: { N: '1.5' },
      m: { N: '0.5' },
    })
    expect(update(item, 'SET l[1] = :v, l[9] = :v REMOVE l[0], l[2]', { ':v': { S: 'x' } }).l).toEqual({
      L: [{ S: 'x' }, { S: 'x' }],
    })
    expect(update(item, 'SET l = list_append(:v, l)', { ':v': { L: [{ S: 'x' }] } }).l.L).toHaveLength(4)
    expect(
      update(item, 'ADD n :d, words :s, fresh :s DELETE gone :s', { ':d': { N: '-3' }, ':s': { SS: ['c', 'a'] } }),
    ).toEqual({
      ...item,
      n: { N: '-2' },
      words: { SS: ['a', 'b', 'c'] },
      fresh: { SS: ['c', 'a'] },
    })
    expect(update(item, 'DELETE words :s', { ':s': { SS: ['b', 'a'] } })).not.toHaveProperty('words')
    expect(update({ a: { M: {} } }, 'SET a.b = :v', { ':v': { BOOL: true } })).toEqual({
      a: { M: { b: { BOOL: true } } },
    })
  })

  it('read the item as it was before all of them', () => {
    const swapped = update({ a: { N: '1' }, b: { N: '2' } }, 'SET a = b, b = a')
    expect(swapped).toEqual({ a: { N: '2' }, b: { N: '1' } })
  })

  it('are as those of a plain list, whatever is removed and set', () => {
    const places = fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(places, fc.nat({ max: 8 }), (indexes, split) => {
        const [removed, set] = [indexes.slice(0, split), indexes.slice(split)]
        const sections = [
          set.length > 0 ? `SET ${set.map((i) => `l[${i}] = :v`).join(', ')}` : '',
          removed.length > 0 ? `REMOVE ${removed.map((i) => `l[${i}]`).join(', ')}` : '',
        ]
        const reference = ['0', '1', '2', '3'].map((n) => n as string | undefined)
        for (const i of set) if (i < 4) reference[i] = 'v'
        for (const i of removed) reference[i] = undefined
        const all = [...reference, ...set.filter((i) => i >= 4).map(() => 'v')]
        const item = { l: { L: ['0', '1', '2', '3'].map((S) => ({ S })) } }
        const after = update(item, sections.join(' '), set.length > 0 ? { ':v': { S: 'v' } } : undefined)
        expect(after.l.L!.map(({ S }) => S)).toEqual(all.filter((one) => one !== undefined))
      }),
    )
  })

  it.each<[string, Values | undefined, string]>([
    [
      'SET a = :v SET b = :v',
      { ':v': { N: '1' } },
      'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
    ],
    [
      'SET a = :v, a.b = :v',
      { ':v': { N: '1' } },
      'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
    ],
    [
      'SET a.b = :v, a[0] = :v',
      { ':v': { N: '1' } },
      'Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]',
    ],
    [
      'SET a = :v + :w',
      { ':v': { N: '1' }, ':w': { S: 'x' } },
      'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S',
    ],
    [
      'ADD a :v',
      { ':v': { S: 'x' } },
      'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
    ],
    [
      'SET a = size(b)',
      undefined,
      'Invalid UpdateExpression: The function is not allowed in an update expression; function: size',
    ],
    ['a = :v', { ':v': { N: '1' } }, 'Invalid UpdateExpression: Syntax error; token: "a", near: "a ="'],
  ])('refuses %s', (text, values, message) => {
    expect(() => actions(text, values)).toThrow(expect.objectContaining({ code: 'ValidationException', message }))
  })

  it('fail where the item does not allow them', () => {
    expect(() => update({}, 'SET a = b')).toThrow('refers to an attribute that does not exist in the item')
    expect(() => update({}, 'SET a.b = :v', { ':v': { N: '1' } })).toThrow(
      'document path provided in the update expression is invalid',
    )
    expect(() => update({ a: { S: 'x' } }, 'SET a = a + :v', { ':v': { N: '1' } })).toThrow('incorrect data type')
    expect(() => update({ a: { S: 'x' } }, 'ADD a :v', { ':v': { N: '1' } })).toThrow('incorrect data type')
  })
})

describe('projections', () => {
  it('keep the shape of the item and the order of lists', () => {
    const item: Item = {
      a: { N: '1' },
      m: { M: { x: { N: '2' }, y: { N: '3' } } },
      l: { L: [{ N: '4' }, { N: '5' }, { N: '6' }] },
    }
    const { paths } = readExpressions({ ProjectionExpression: 'm.x, l[2], l[0], absent, a.b' }, [
      'ProjectionExpression',
    ])
    expect(project(item, paths!)).toEqual({ m: { M: { x: { N: '2' } } }, l: { L: [{ N: '4' }, { N: '6' }] } })
  })
})

describe('older parameters', () => {
  const expected = (Expected: Record<string, object>, ConditionalOperator?: string) =>
    readExpressions({ Expected, ConditionalOperator }, []).condition!

  it('become the same trees', () => {
    const value = { N: '7' }
    expect(expected({ leaseCounter: { Value: value } })).toEqual(condition('leaseCounter = :v', { ':v': value }))
    expect(expected({ leaseOwner: { Exists: false } })).toEqual(condition('attribute_not_exists(leaseOwner)'))
    expect(
      expected(
        { a: { ComparisonOperator: 'GE', AttributeValueList: [value] }, b: { ComparisonOperator: 'NULL' } },
        'OR',
      ),
    ).toEqual(condition('a >= :v OR attribute_not_exists(b)', { ':v': value }))
    const { actions: updates } = readExpressions(
      { AttributeUpdates: { a: { Value: value }, b: { Action: 'DELETE' }, c: { Action: 'ADD', Value: value } } },
      [],
    )
    expect(updates).toEqual(actions('SET a = :v REMOVE b ADD c :v', { ':v': value }))
  })

  it('do not mix with expressions', () => {
    expect(() =>
      readExpressions({ Expected: { a: { Exists: false } }, ConditionExpression: 'attribute_exists(b)' }, [
        'ConditionExpression',
      ]),
    ).toThrow(
      'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}',
    )
  })

  it('are refused in the words of the service', () => {
    expect(() => expected({ a: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '1' }] } })).toThrow(
      'Invalid number of argument(s) for the BETWEEN ComparisonOperator',
    )
    expect(() => expected({ a: {} })).toThrow('Value must be provided when Exists is null for Attribute: a')
  })
})
