import { open } from 'node:fs/promises'
import { appendCells, type Duck, toColumn } from '../kit/node/duck.ts'
import type { Cell, Column } from '../kit/pure/table.ts'
import type { Wanted } from './export.ts'
import { ZipWriter } from './zip.ts'

/** A sheet has 1,048,576 rows, the first of them for the names (Excel specifications and limits). */
export const SHEET_ROWS_MAX = 1_048_575
const TEXT_MAX = 32_767
/** Whole numbers beyond this, and decimals of more digits, would lose some: they stay text. */
const DIGITS_MAX = 15
const DAY_MS = 86_400_000
/** Day 0 of Excel's calendar, as it counts from March 1900 on. */
const EPOCH_MS = Date.UTC(1899, 11, 30)
const FIRST_DAY_MS = Date.UTC(1900, 2, 1)

const STYLE = { plain: 0, bold: 1, date: 2, moment: 3, exact: 4 } as const
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'

const PARTS: Readonly<Record<string, string>> = {
  '[Content_Types].xml': `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`,
  '_rels/.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Result" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
  'xl/styles.xml': `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/><numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/><xf numFmtId="166" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
}

/** A workbook of one sheet (ECMA-376): names in bold and in sight, numbers and dates as such, all else as text. Gives how many texts were cut. */
export async function writeWorkbook(
  duck: Duck,
  { sql, names, rowCount, file }: Wanted,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<number> {
  await using handle = await open(file, 'w')
  const zip = new ZipWriter(handle)
  let cut = 0
  for (const [path, text] of Object.entries(PARTS)) await zip.add(path, [text])
  await zip.add('xl/worksheets/sheet1.xml', sheet(duck, { sql, names, rowCount }, tell, signal))
  await zip.finish()
  return cut

  function tell(share: number, texts: number): void {
    cut += texts
    onProgress(share)
  }
}

async function* sheet(
  duck: Duck,
  { sql, names, rowCount }: Pick<Wanted, 'sql' | 'names' | 'rowCount'>,
  tell: (share: number, cut: number) => void,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`
  yield `<row>${names.map((name) => text(name, STYLE.bold)).join('')}</row>`
  let columns: Column[] | undefined
  let done = 0
  for await (const chunk of duck.stream((session) => session.stream(sql, { signal }))) {
    columns ??= names.map((name, at) => toColumn(name, chunk.getColumnVector(at).type))
    const values: Cell[][] = names.map(() => [])
    appendCells(chunk, values)
    const rows = Array.from({ length: chunk.rowCount }, (_, row) => rowOf(columns!, values, row))
    yield rows.join('')
    done += chunk.rowCount
    tell(done / Math.max(1, rowCount), cutIn(values))
  }
  yield '</sheetData></worksheet>'
}

const cutIn = (values: readonly (readonly Cell[])[]) =>
  values.reduce(
    (sum, column) => sum + column.filter((value) => typeof value === 'string' && value.length > TEXT_MAX).length,
    0,
  )

function rowOf(columns: readonly Column[], values: readonly (readonly Cell[])[], row: number): string {
  return `<row>${columns.map((column, at) => cell(column, values[at][row])).join('')}</row>`
}

function cell({ type }: Column, value: Cell): string {
  if (value === null) return '<c/>'
  if (typeof value === 'boolean') return `<c t="b"><v>${value ? 1 : 0}</v></c>`
  if (typeof value === 'number') return `<c><v>${value}</v></c>`
  if ((type === 'bigint' || type === 'decimal') && isExact(value)) return `<c><v>${value}</v></c>`
  if (type === 'date' || type === 'timestamp') {
    const ms = Date.parse(value)
    if (ms >= FIRST_DAY_MS && !FINER.test(value))
      return `<c s="${type === 'date' ? STYLE.date : ms % 1000 === 0 ? STYLE.moment : STYLE.exact}"><v>${(ms - EPOCH_MS) / DAY_MS}</v></c>`
  }
  return text(value)
}

/** An instant that Excel, which counts milliseconds, would round. */
const FINER = /\.\d{3}\d*[1-9]/

const isExact = (digits: string) => /^-?\d+(\.\d+)?$/.test(digits) && digits.replace(/[-.]/g, '').length <= DIGITS_MAX

/** What XML cannot hold is left out. */
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/** What Excel reads as a letter by its number (ST_Xstring) and is meant as it stands. */
const ESCAPE = /_(x[0-9a-f]{4}_)/gi

function text(value: string, style: number = STYLE.plain): string {
  const escaped = value
    .slice(0, TEXT_MAX)
    .replace(NO_XML, '')
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('\r', '&#13;')
    .replaceAll(ESCAPE, '_x005F_$1')
  return `<c t="inlineStr"${style ? ` s="${style}"` : ''}><is><t xml:space="preserve">${escaped}</t></is></c>`
}
