import { type CellValue, cellText } from './model.ts'

/** A condition on one column, or on any where `column` is null. */
export interface Term {
  readonly column: string | null
  readonly operator: ':' | '=' | '!=' | '>' | '<' | '>=' | '<='
  readonly word: string
  readonly exclude: boolean
}

type Columns = readonly { id: string; title: string }[]

const PATTERN = /(-?)(?:("(?:[^"]|"")*"|[\w.]+)(:|>=|<=|!=|=|>|<))?(?:"((?:[^"]|"")*)"|(\S+))/g

const within = (quoted: string) => quoted.replaceAll('""', '"')

/**
 * Conditions from what a person types: words that must all appear in some cell; `column:word`, `column>5`, `column=x`
 * look at one column, quotes keep spaces (a quote among them is written twice), a leading minus excludes.
 */
export function parseTerms(text: string, columns: Columns): Term[] {
  return [...text.matchAll(PATTERN)].map((match): Term => {
    const [, minus, quotedName, operator, quoted, bare] = match
    const name = quotedName?.startsWith('"') ? within(quotedName.slice(1, -1)).toLowerCase() : quotedName?.toLowerCase()
    const column = name && columns.find(({ id, title }) => id.toLowerCase() === name || title.toLowerCase() === name)
    const word = quoted === undefined ? bare : within(quoted)
    const exclude = minus === '-'
    if (column) return { column: column.id, operator: operator as Term['operator'], word, exclude }
    return { column: null, operator: ':', word: name ? `${quotedName}${operator}${word}` : word, exclude }
  })
}

/** One condition as a person would type it. */
export function writeTerm(title: string, operator: Term['operator'], word: string): string {
  const quote = (text: string, plain: RegExp) => (plain.test(text) ? text : `"${text.replaceAll('"', '""')}"`)
  // A word that begins with `=` would make another operator of `>` or `<`.
  return `${quote(title, /^[\w.]+$/)}${operator}${quote(word, /^[^\s"=][^\s"]*$/)}`
}

/** The filter of rows that conditions make; null where there are none. */
export function parseFilter(
  text: string,
  columns: Columns,
): ((cells: (column: string) => CellValue) => boolean) | null {
  const terms = parseTerms(text, columns)
  if (terms.length === 0) return null
  return (cells) => terms.every((term) => passes(term, columns, cells) !== term.exclude)
}

function passes({ column, operator, word }: Term, columns: Columns, cells: (column: string) => CellValue): boolean {
  if (column !== null) return compareTo(cells(column), operator, word)
  const needle = word.toLowerCase()
  return columns.some(({ id }) => cellText(cells(id)).toLowerCase().includes(needle))
}

function compareTo(value: CellValue, operator: Term['operator'], word: string): boolean {
  const text = cellText(value)
  if (operator === ':') return text.toLowerCase().includes(word.toLowerCase())
  if (operator === '=' || operator === '!=')
    return (
      ((value === null && word.toLowerCase() === 'null') || text.toLowerCase() === word.toLowerCase()) ===
      (operator === '=')
    )
  if (value === null || value === undefined) return false
  const order =
    Number.isFinite(Number(word)) && Number.isFinite(Number(text)) ? Number(text) - Number(word) : text < word ? -1 : 1
  return { '>': order > 0, '<': order < 0, '>=': order >= 0, '<=': order <= 0 }[operator]
}
