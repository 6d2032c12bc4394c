import { describe, expect, it } from 'vitest'
import { type Chosen, type Detected, detect } from '../../src/engines/catalog/attached/detect.ts'

const bytes = (text: string, encoding: BufferEncoding = 'utf8') => new Uint8Array(Buffer.from(text, encoding))

function found(content: string | Uint8Array, chosen?: Chosen, name = 'file.csv', complete = true): Detected {
  const made = detect({ name, bytes: typeof content === 'string' ? bytes(content) : content, complete }, chosen)
  if ('refused' in made) throw new Error(made.refused)
  return made
}
const refused = (content: Uint8Array, name = 'file.csv') => {
  const made = detect({ name, bytes: content, complete: true })
  return 'refused' in made ? made.refused : made
}
const types = ({ reading }: Detected) => reading.columns.map(({ name, type }) => `${name}:${type}`).join(' ')

describe('a file that is attached is looked at', () => {
  it('finds a semicolon with a decimal comma', () => {
    const made = found('Artikel;Preis;Menge\nSchraube;1,50;1.200\nMutter;12,25;3\n')
    expect(made.reading).toMatchObject({ delimiter: ';', decimal: ',', header: true, encoding: 'utf-8' })
    expect(types(made)).toBe('artikel:string preis:double menge:bigint')
    expect(made.notes).toEqual([])
    expect(made.broken).toEqual([])
  })

  it('tells the order of dates by one that has but one, and says so where none has', () => {
    expect(found('a,when\n1,03.04.2021\n2,25.12.2021\n').reading).toMatchObject({ dateOrder: 'DMY' })
    expect(found('a,when\n1,03/04/2021\n2,12/25/2021\n').reading).toMatchObject({ dateOrder: 'MDY' })
    const iso = found('a,when\n1,2021-03-04\n2,2021-12-25 10:30:00\n')
    expect(iso.reading).toMatchObject({ dateOrder: 'YMD' })
    expect(types(iso)).toBe('a:bigint when:timestamp')
    const unclear = found('a,when\n1,03/04/2021\n2,05/06/2021\n')
    expect(types(unclear)).toBe('a:bigint when:date')
    expect(unclear.notes).toEqual([
      { field: 'dateOrder', message: expect.stringContaining('“03/04/2021” can be read as DMY or MDY') },
    ])
    expect(found('a,when\n1,03/04/2021\n', { dateOrder: 'MDY' })).toMatchObject({
      notes: [],
      reading: { dateOrder: 'MDY' },
    })
  })

  it('says where a number can be read in two ways', () => {
    const made = found('a\tn\nx\t1,234\ny\t5,678\n')
    expect(made.notes).toEqual([{ field: 'decimal', message: expect.stringContaining('“1,234”') }])
    expect(types(made)).toBe('a:string n:bigint')
    expect(types(found('a\tn\nx\t1,234\n', { decimal: ',' }))).toBe('a:string n:double')
    expect(types(found('a;n\nx;1,234\ny;2,5\n'))).toBe('a:string n:double')
  })

  it('tells encodings', () => {
    const text = 'name;city\nZoë;Köln\n'
    const of = (content: Uint8Array) => {
      const made = found(content)
      return [made.reading.encoding, made.text]
    }
    expect(of(bytes(text))).toEqual(['utf-8', text])
    expect(of(bytes(`\ufeff${text}`))).toEqual(['utf-8', text])
    expect(of(bytes(`\ufeff${text}`, 'utf16le'))).toEqual(['utf-16le', text])
    expect(of(bytes(text, 'utf16le'))).toEqual(['utf-16le', text])
    expect(of(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le').swap16()))).toEqual(['utf-16be', text])
    expect(of(bytes(text, 'latin1'))).toEqual(['latin-1', text])
    const euro = new Uint8Array([...bytes('price\n', 'latin1'), 0x80, ...bytes('5\n')])
    expect(of(euro)).toEqual(['windows-1252', 'price\n€5\n'])
    // A head that ends within a character is none of the others.
    expect(found(bytes('a,b\n1,é').subarray(0, -1), {}, 'x.csv', false).reading.encoding).toBe('utf-8')
  })

  it('keeps line breaks, quotes and delimiters within quotes', () => {
    const made = found('id,text\n1,"two\nlines, and ""quotes"""\n2,plain\n3\n')
    expect(types(made)).toBe('id:bigint text:string')
    expect(made.broken).toEqual([{ line: 5, reason: '1 of 2 fields: the row is left out', text: '3' }])
    expect(found("a,b\n'x,y',1\n'z',2\n").reading.quote).toBe("'")
  })

  it('counts ragged rows with their lines, and a quote that is never closed', () => {
    const made = found('a,b,c\r\n1,2,3\r\n4,5\r\n6,7,8,9\r\n\r\n1,2,3\r\n')
    expect(made.broken.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '3 2 of 3 fields: the row is left out',
      '4 4 fields where 3 are expected: the rest is left out',
    ])
    const open = found('a,b\n1,2\n3,"open\n4,5\n')
    expect(open.broken).toEqual([{ line: 3, reason: expect.stringContaining('never closed'), text: '3,open\n4,5\n' }])
    // Only what was looked at ends there.
    expect(found('a,b\n1,2\n3,"open\n4,5\n', {}, 'x.csv', false).broken).toEqual([])
  })

  it('takes one column, a header alone, and none', () => {
    expect(types(found('name\nada\nbob\n'))).toBe('name:string')
    expect(types(found('1\n2\n'))).toBe('column_1:bigint')
    const alone = found('id,name\n')
    expect(types(alone)).toBe('id:string name:string')
    expect(alone.notes).toEqual([{ field: 'header', message: 'There are no rows, only names.' }])
    expect(refused(new Uint8Array())).toBe('The file is empty.')
    expect(found('1,2\n3,4\n').reading.header).toBe(false)
    expect(found('ada,paris\nbob,rome\nada,oslo\n').reading.header).toBe(false)
    expect(found('id,id,name\n1,2,ada\n3,4,bob\n').reading.header).toBe(true)
    expect(found(',name,price\n0,ada,2.5\n1,bob,3\n').reading.header).toBe(true)
    expect(found('ada,,x\nbob,3,y\n').reading.header).toBe(false)
    expect(found('a,a\nb,c\n').reading.header).toBe(false)
  })

  it('keeps codes as text and finds what stands for null', () => {
    const made = found('zip,n,state\n01234,1,NA\n98765,NA,ok\n10000,3,ok\n')
    expect(types(made)).toBe('zip:string n:bigint state:string')
    expect(made.reading.nulls).toEqual(['NA'])
    expect(types(found('zip,n\n01234,1\n2,NA\n', { nulls: [] }))).toBe('zip:string n:string')
    expect(types(found('n\n1\n', { types: { n: 'string' } }))).toBe('n:string')
  })

  it('gives every column a name of its own', () => {
    expect(types(found('Id,id,,a/b\n1,2,3,4\n', { header: true }))).toBe(
      'id:bigint id_2:bigint column_3:bigint a_b:bigint',
    )
  })

  it('refuses what is no text, by its own name where it has one', () => {
    expect(refused(new Uint8Array([0x50, 0x4b, 3, 4, 20, 0]), 'book.xlsx')).toContain('save its sheet as CSV')
    let seed = 7
    const rubbish = Uint8Array.from({ length: 4000 }, () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 8)
    expect(refused(rubbish)).toContain('control characters')
  })

  it('tells JSON lines from an array, and a line that is none', () => {
    const lines = found('{"a":1}\n{"a":\n\n{"a":3}\n', {}, 'events')
    expect(lines.reading.format).toBe('json')
    expect(lines.broken).toEqual([{ line: 2, reason: expect.stringContaining('not JSON'), text: '{"a":' }])
    expect(found('[\n  {"a":1}\n]', {}, 'x.json').reading.format).toBe('json-array')
  })
})
