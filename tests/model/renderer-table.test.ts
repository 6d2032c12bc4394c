import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayCell } from '../../src/renderer/ui/table/format.ts'
import { type CellValue, parseFilter, toCsv, toTsv, viewOrder } from '../../src/renderer/ui/table/model.ts'
import { PAGE_ROWS, PageCache } from '../../src/renderer/ui/table/source.ts'

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
    expect(matching('"b6 east"')).toEqual([4])
    expect(matching('-carrier:a')).toEqual([1, 3])
    expect(matching('nothing:here')).toEqual([])
    expect(parseFilter('   ', COLUMNS)).toBeNull()
  })
})

describe('the table gives its rows away', () => {
  it('writes CSV that reads back as it was', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          [null, 'two\nlines'],
        ],
      ),
    ).toBe('a,b\n"x,y","say ""hi"""\n,"two\nlines"\n')
  })

  it('copies as spreadsheets paste', () => {
    expect(
      toTsv([
        [1, 'a\tb'],
        [null, true],
      ]),
    ).toBe('1\ta b\n\ttrue')
  })

  it('shows every digit of a large number', () => {
    expect(displayCell('9007199254740993', 'number').replaceAll(/\D/g, '')).toBe('9007199254740993')
    expect(displayCell('12345.670', 'number').endsWith('.670')).toBe(true)
    expect(displayCell(null, 'number')).toBe('')
  })
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
