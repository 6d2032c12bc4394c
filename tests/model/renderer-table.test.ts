import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copiedText, copyText } from '../../src/renderer/ui/table/copy.ts'
import { jsonWriter } from '../../src/renderer/ui/table/export.ts'
import { parseFilter, parseTerms, readFilter, writeTerm } from '../../src/renderer/ui/table/filter.ts'
import { displayCell, fractionPad } from '../../src/renderer/ui/table/format.ts'
import { type CellValue, toCsv, toTsv, viewOrder } from '../../src/renderer/ui/table/model.ts'
import { SelectionFacts } from '../../src/renderer/ui/table/selection.ts'
import { PAGE_ROWS, PageCache } from '../../src/renderer/ui/table/source.ts'
import { decimalScales } from '../../src/renderer/ui/table/widths.ts'
import { rowWindow, scrollTopFor } from '../../src/renderer/ui/table/window.ts'

const COLUMNS = [
  { id: 'carrier#0', title: 'carrier' },
  { id: 'delay#1', title: 'delay' },
]
const ROWS: [string, CellValue][] = [
  ['AA', 10],
  ['DL', null],
  ['UA', '9007199254740993'],
  ['WN', '9007199254740992'],
  ['B6 east', -3],
]
const cell = (row: number, column: string) => ROWS[row][column === 'carrier#0' ? 0 : 1]
const order = (column: string, descending: boolean, kind: 'text' | 'number') =>
  viewOrder(ROWS.length, cell, { sort: { column, descending }, kind, filter: null })
const matching = (text: string) => {
  const filter = parseFilter(text, COLUMNS)!
  return ROWS.flatMap((_, row) => (filter((column) => cell(row, column)) ? [row] : []))
}

describe('the table arranges rows', () => {
  it('sorts numbers by value beyond a double, null last either way', () => {
    expect(order('delay#1', false, 'number')).toEqual([4, 0, 3, 2, 1])
    expect(order('delay#1', true, 'number')).toEqual([2, 3, 0, 4, 1])
  })

  it('keeps the order of equal rows', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 })), fc.boolean(), (values, descending) => {
        const sorted = viewOrder(values.length, (row) => values[row], {
          sort: { column: 'a', descending },
          kind: 'number',
          filter: null,
        })!
        for (let i = 1; i < sorted.length; i++)
          if (values[sorted[i]] === values[sorted[i - 1]]) expect(sorted[i]).toBeGreaterThan(sorted[i - 1])
      }),
    )
  })

  it('filters by word, by column, by comparison and by exclusion', () => {
    expect(matching('aa')).toEqual([0])
    expect(matching('carrier:a')).toEqual([0, 2, 4])
    expect(matching('delay>5')).toEqual([0, 2, 3])
    expect(matching('delay=null')).toEqual([1])
    expect(matching('delay:null')).toEqual([1])
    expect(matching('-delay:null')).not.toContain(1)
    expect(matching('"b6 east"')).toEqual([4])
    expect(matching('-carrier:a')).toEqual([1, 3])
    expect(parseFilter('   ', COLUMNS)).toBeNull()
  })
})

it('keeps the rows where a condition names no column, and says which was meant', () => {
  expect(parseFilter('delai>5', COLUMNS)).toBeNull()
  expect(matching('aa delai>5')).toEqual([0])
  expect(readFilter('aa -delai>5 dl', COLUMNS).unknown).toEqual([
    { name: 'delai', meant: { title: 'delay', filter: 'aa -delay>5 dl' }, asText: 'aa -"delai>5" dl' },
  ])
  expect(readFilter('nothing:here', COLUMNS).unknown).toMatchObject([{ name: 'nothing', meant: null }])
  expect(matching('"nothing:here"')).toEqual([])
  expect(parseTerms('città-1>5', [{ id: 'c', title: 'Città-1' }])).toMatchObject([{ column: 'c', operator: '>' }])
  // What has colons of its own is text: a time, an address, the name of a resource.
  for (const text of ['12:30', 's3://lake/x', 'arn:aws:s3', 'YQ=='])
    expect(readFilter(text, COLUMNS)).toEqual({
      terms: [{ column: null, operator: ':', word: text, exclude: false }],
      unknown: [],
      vain: [],
    })
  // A comparison that can never hold is said, for numbers and for times.
  const kinds = [
    { id: 'n', title: 'n', kind: 'number' as const },
    { id: 't', title: 't', kind: 'time' as const },
  ]
  expect(readFilter('n>abc t<soon n<-1.5e3 t>2024-01', kinds).vain).toEqual([
    'n holds numbers, and “abc” is none.',
    't holds times, and “soon” is none.',
  ])
})

it('reads back every condition that it writes, quotes and all', () => {
  const word = fc.string({ unit: fc.constantFrom('"', ' ', 'a', ':', '=', '-', '\\') })
  fc.assert(
    fc.property(
      word.map((name) => `n${name}`),
      word,
      fc.constantFrom(':', '=', '!=', '>', '<='),
      (title, value, operator) => {
        const columns = [{ id: 'c', title }]
        const text = `${writeTerm(title, operator as '=', value)} ${writeTerm(title, '!=', 'other "value"')}`
        expect(parseTerms(text, columns)).toEqual([
          { column: 'c', operator, word: value, exclude: false },
          { column: 'c', operator: '!=', word: 'other "value"', exclude: false },
        ])
      },
    ),
  )
})

describe('the table gives its rows away', () => {
  it('writes CSV that reads back as it was', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          [null, 'two\nlines'],
          ['', null],
        ],
      ),
    ).toBe('a,b\n"x,y","say ""hi"""\n,"two\nlines"\n"",\n')
  })

  it('copies as spreadsheets paste', () => {
    expect(
      toTsv([
        [1, 'a\tb'],
        [null, true],
        ['one\n"two"', '"quoted'],
        ['say "hi"', null],
      ]),
    ).toBe('1\t"a\tb"\n\ttrue\n"one\n""two"""\t"""quoted"\nsay "hi"\t')
  })

  it('copies times as they are shown: one without a zone gets none, and keeps its microseconds', () => {
    const columns = ['timestamp(3)', 'timestamp', 'timestamp(3) with time zone', 'varchar'].map((detail) => ({
      title: detail,
      detail,
    }))
    const at = '2024-01-01T10:00:00.123Z'
    const rows = [[at, '2024-01-01T10:00:00.123456Z', at, at]]
    expect(copyText('tsv', { columns, rows })).toBe(`2024-01-01 10:00:00.123\t2024-01-01 10:00:00.123456\t${at}\t${at}`)
    expect(JSON.parse(copyText('json', { columns, rows }))[0]).toMatchObject({
      'timestamp(3)': '2024-01-01 10:00:00.123',
    })
  })

  it('shows every digit of a large number', () => {
    expect(displayCell('9007199254740993', 'number').replaceAll(/\D/g, '')).toBe('9007199254740993')
    expect(displayCell('12345.670', 'number').endsWith('.670')).toBe(true)
    expect(displayCell('-0.50', 'number')).toMatch(/^-0.50$/)
    expect(displayCell(null, 'number')).toBe('')
    expect(displayCell('2024-01-03T04:05:06.000Z', 'time')).toBe('2024-01-03 04:05:06')
    expect(displayCell('2024-01-03T04:05:06.070Z', 'time')).toBe('2024-01-03 04:05:06.070')
    expect(displayCell('2024-01-03', 'time')).toBe('2024-01-03')
  })

  it('shows that a text goes on in other lines, and no more of it than fits', () => {
    expect(displayCell('one\r\ntwo\nthree', 'text')).toBe('one⏎two⏎three')
    expect(displayCell('x'.repeat(5000), 'text').length).toBeLessThan(1100)
  })

  it('stands decimal points under each other', () => {
    const cells = [12.5, 3, '0.0625', -1234, null, 1e-9]
    const scale = decimalScales([{ id: 'n', title: 'n', kind: 'number' }], cells.length, (row) => cells[row]).n
    const texts = cells.slice(0, 4).map((cell) => displayCell(cell, 'number'))
    expect(scale).toBe('.0625'.length)
    expect(texts.map((text) => fractionPad(text, scale).length)).toEqual([3, 5, 0, 5])
    // A number in powers of ten has no decimal point to stand anywhere.
    expect(fractionPad(displayCell(1e-9, 'number'), scale)).toHaveLength(5)
  })
})

it('copies Markdown whose names and cells stay in their places', () => {
  const columns = [{ title: 'a|b' }, { title: 'n', kind: 'number' as const }]
  const rows = [
    ['x|y\\ <b>\r\nz', 1],
    [null, 2],
  ]
  expect(copyText('markdown', { columns, rows })).toBe(
    '| a\\|b | n |\n| :-- | --: |\n| x\\|y\\\\ &lt;b><br>z | 1 |\n|  | 2 |',
  )
})

describe('a paged source', () => {
  const source = (asked: number[]) => ({
    rowCount: 100 * PAGE_ROWS,
    page: async (start: number, count: number) => {
      asked.push(start)
      return [Array.from({ length: count }, (_, index) => start + index)]
    },
  })

  it('asks for a page once and knows its rows', async () => {
    const asked: number[] = []
    const cache = new PageCache(source(asked), () => {})
    await Promise.all([cache.ensure(0, 10), cache.ensure(5, 20)])
    await cache.ensure(0, PAGE_ROWS)
    expect(asked).toEqual([0])
    expect(cache.cell(7, 0)).toBe(7)
    expect(cache.cell(PAGE_ROWS, 0)).toBeUndefined()
  })

  it('lets old pages go, unless all of them are wanted', async () => {
    const cache = new PageCache(source([]), () => {})
    for (let page = 0; page < 100; page++) await cache.ensure(page * PAGE_ROWS, page * PAGE_ROWS + 1)
    expect(cache.cell(0, 0)).toBeUndefined()
    expect(cache.cell(99 * PAGE_ROWS, 0)).toBe(99 * PAGE_ROWS)
    const whole = new PageCache(source([]), () => {})
    whole.keepAll = true
    await whole.ensure(0, 100 * PAGE_ROWS)
    expect(whole.cell(0, 0)).toBe(0)
  })

  it('tells of a page that does not come', async () => {
    const failures: unknown[] = []
    const broken = { rowCount: 10, page: () => Promise.reject(new Error('gone')) }
    const cache = new PageCache(broken, (error) => failures.push(error))
    await cache.ensure(0, 5)
    expect(failures).toEqual([new Error('gone')])
  })
})

describe('rows in sight', () => {
  it('are those under the view, and the bar reaches the last of any number', () => {
    expect(rowWindow(100, 0, 400)).toMatchObject({ height: 2000, first: 0, top: 0 })
    expect(rowWindow(100, 1600, 400)).toMatchObject({ last: 99, top: 1600 })
    for (const rows of [1_000_000, 3_000_000, 200_000_000]) {
      const { height } = rowWindow(rows, 0, 400)
      // Browsers draw nothing beyond some 33 million pixels.
      expect(height).toBeLessThanOrEqual(30_000_000)
      const end = rowWindow(rows, height - 400, 400)
      expect(end.last).toBe(rows - 1)
      expect(end.top).toBeCloseTo(rows * 20 - 400)
    }
  })

  it('are no more than a screen holds, even where the place has no bound', () => {
    const { first, last } = rowWindow(3_000_000, 0, 24_000_000)
    expect(last - first).toBeLessThan(1000)
  })

  it('hold a row that is gone to, whole', () => {
    for (const rows of [50, 1_000_000, 5_000_000])
      for (const row of [0, 1, rows >> 1, rows - 1]) {
        const scrollTop = scrollTopFor(row, rows, 0, 400)
        const { top } = rowWindow(rows, scrollTop, 400)
        expect(row * 20).toBeGreaterThanOrEqual(top - 0.01)
        expect((row + 1) * 20).toBeLessThanOrEqual(top + 400 + 0.01)
        // It stays where it is once the row is in sight.
        expect(scrollTopFor(row, rows, scrollTop, 400)).toBeCloseTo(scrollTop)
      }
  })
})

describe('a JSON file of rows', () => {
  it('is an array of objects that reads back, piece by piece', () => {
    const { begin, rows, end } = jsonWriter(['n', 'n', 'text'])
    const text =
      begin +
      rows([[1, '12345678901234567890', 'a "b"']], true) +
      rows(
        [
          [null, 12n, undefined],
          [true, false, 'c'],
        ],
        false,
      ) +
      end
    expect(JSON.parse(text)).toEqual([
      { n: 1, n_2: '12345678901234567890', text: 'a "b"' },
      { n: null, n_2: 12, text: null },
      { n: true, n_2: false, text: 'c' },
    ])
    expect(JSON.parse(begin + end)).toEqual([])
  })
})

describe('copying many rows', () => {
  const columns = [{ title: 'n', kind: 'number' as const }, { title: 'word' }]
  const copying = (to: number, more: Partial<Parameters<typeof copiedText>[0]> = {}) =>
    copiedText({
      format: 'tsv',
      columns,
      from: 0,
      to,
      read: async (from, end) => Array.from({ length: end - from }, (_, i) => [from + i, `w${from + i}`]),
      signal: new AbortController().signal,
      onProgress: () => {},
      ask: async () => true,
      ...more,
    })

  it('makes the same text in pieces as at once, in every form', async () => {
    const rows = Array.from({ length: 12_345 }, (_, i) => [i, `w${i}`])
    for (const format of ['tsv', 'tsvHeader', 'csv', 'json', 'markdown', 'insert'] as const)
      expect(await copying(rows.length, { format })).toBe(copyText(format, { columns, rows }))
  })

  it('asks before it reads very many rows, and once it knows that they are very long', async () => {
    const asked: unknown[] = []
    const refuse = async (lot: unknown) => {
      asked.push(lot)
      return false
    }
    expect(await copying(100_000, { ask: refuse })).not.toBeNull()
    expect(await copying(100_001, { ask: refuse, read: async () => expect.unreachable() })).toBeNull()
    expect(await copying(10, { ask: refuse, read: async () => [['x'.repeat(21_000_000)]] })).toBeNull()
    expect(asked).toMatchObject([{ rows: 100_001, letters: null }, { rows: 10 }])
  })

  it('stops where it is given up', async () => {
    const stop = new AbortController()
    let read = 0
    const pieces = copying(50_000, {
      signal: stop.signal,
      read: async () => {
        read++
        stop.abort()
        return [[1, 'w']]
      },
    })
    expect(await pieces).toBeNull()
    expect(read).toBe(1)
  })
})

it('sums what is chosen, with every digit of decimals and of integers beyond a double', () => {
  const facts = new SelectionFacts(['number', 'text'])
  for (const row of [
    ['9007199254740993', 'a'],
    ['0.10', null],
    [0.2, '7'],
    [null, 'b'],
    [-1, 'c'],
  ])
    facts.add(row)
  expect(facts.nulls).toBe(2)
  expect(facts.numbers).toMatchObject({ count: 4, min: '-1', max: displayCell('9007199254740993', 'number') })
  expect(facts.numbers!.sum.replaceAll(/[^\d]/g, '')).toBe('90071992547409923')
  expect(new SelectionFacts(['text']).numbers).toBeNull()
})
