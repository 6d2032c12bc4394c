import { type CellValue, type ColumnKind, cellText } from './model.ts'

/** A condition on one column, or on any where `column` is null. */
export interface Term {
  readonly column: string | null
  readonly operator: ':' | '=' | '!=' | '>' | '<' | '>=' | '<='
  readonly word: string
  readonly exclude: boolean
}

/** What can be typed, as the field says it. */
export const FILTER_HELP = [
  'word: in any column; all words must be in the row',
  'column:word: the column contains it',
  'column=word, column!=word: it is, or is not, just that',
  'column>5, >=, <, <=: by number or time',
  'column:null: it has no value',
  '-word, -column:word: rows without it',
  '"two words", "a column":word: quotes keep spaces',
].join('\n')

type Columns = readonly { id: string; title: string; kind?: ColumnKind }[]

const PATTERN = /(-?)(?:("(?:[^"]|"")*"|[\p{L}\p{N}_.][\p{L}\p{N}_.-]*)(:|>=|<=|!=|=|>|<))?(?:"((?:[^"]|"")*)"|(\S+))/gu

const within = (quoted: string) => quoted.replaceAll('""', '"')

/** A condition on a column that is not there: it is left out, so that the rows stay. */
export interface UnknownColumn {
  readonly name: string
  /** The same filter with the column that was most likely meant, if any is near. */
  readonly meant: { readonly title: string; readonly filter: string } | null
  /** The same filter with the condition as text to be looked for. */
  readonly asText: string
}

/**
 * Conditions from what a person types: words that must all appear in some cell; `column:word`, `column>5`, `column=x`
 * look at one column, quotes keep spaces (a quote among them is written twice), a leading minus excludes. `null` is found where a value is null,
 * beside texts that have the word.
 */
export function readFilter(
  text: string,
  columns: Columns,
): {
  terms: Term[]
  unknown: UnknownColumn[]
  /** Conditions that no value can meet, in words. */
  vain: string[]
} {
  const terms: Term[] = []
  const vain: string[] = []
  const unknown: UnknownColumn[] = []
  for (const match of text.matchAll(PATTERN)) {
    const [whole, minus, quotedName, operator, quoted, bare] = match
    const exclude = minus === '-'
    const word = quoted === undefined ? bare : within(quoted)
    const given = quotedName?.startsWith('"') ? within(quotedName.slice(1, -1)) : quotedName
    const name = given?.toLowerCase()
    const column = name && columns.find(({ id, title }) => id.toLowerCase() === name || title.toLowerCase() === name)
    if (column) {
      terms.push({ column: column.id, operator: operator as Term['operator'], word, exclude })
      if (/[<>]/.test(operator) && !isOf(column.kind, word))
        vain.push(`${column.title} holds ${column.kind === 'number' ? 'numbers' : 'times'}, and “${word}” is none.`)
    } else if (!given) terms.push({ column: null, operator: ':', word, exclude })
    else if (isText(given, operator, word))
      terms.push({ column: null, operator: ':', word: `${quotedName}${operator}${word}`, exclude })
    else {
      const title = nearest(
        given,
        columns.map((each) => each.title),
      )
      const instead = (piece: string) =>
        `${text.slice(0, match.index)}${minus}${piece}${text.slice(match.index + whole.length)}`
      unknown.push({
        name: given,
        meant: title === undefined ? null : { title, filter: instead(writeTerm(title, operator as '=', word)) },
        asText: instead(`"${`${given}${operator}${word}`.replaceAll('"', '""')}"`),
      })
    }
  }
  return { terms, unknown, vain }
}

export const parseTerms = (text: string, columns: Columns): Term[] => readFilter(text, columns).terms

function isOf(kind: ColumnKind | undefined, word: string): boolean {
  if (kind === 'number') return word.trim() !== '' && !Number.isNaN(Number(word))
  return kind !== 'time' || /^\d+:|^\d{4,}/.test(word)
}

/** Times, addresses and names of resources have colons of their own: no column is meant by them. */
const isText = (name: string, operator: string, word: string) =>
  /^[\d.]/.test(name) || (operator === ':' && /^\/\/|:/.test(word)) || (operator === '=' && /^=*$/.test(word))

/** The known name that a mistyped one most likely stands for, if any is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const far = Math.max(1, Math.floor(name.length / 3))
  const by = known
    .map((title) => ({ title, edits: title.toLowerCase().startsWith(wanted) ? 1 : edits(wanted, title.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  return by[0] && by[0].edits <= far ? by[0].title : undefined
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [at, letter] of [...a].entries()) {
    const next = [at + 1]
    for (let to = 1; to <= b.length; to++)
      next[to] = Math.min(row[to] + 1, next[to - 1] + 1, row[to - 1] + Number(letter !== b[to - 1]))
    row = next
  }
  return row[b.length]
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
  const isNull = (value === null || value === undefined) && word.toLowerCase() === 'null'
  if (operator === ':') return isNull || text.toLowerCase().includes(word.toLowerCase())
  if (operator === '=' || operator === '!=')
    return (isNull || text.toLowerCase() === word.toLowerCase()) === (operator === '=')
  if (value === null || value === undefined) return false
  const order =
    Number.isFinite(Number(word)) && Number.isFinite(Number(text)) ? Number(text) - Number(word) : text < word ? -1 : 1
  return { '>': order > 0, '<': order < 0, '>=': order >= 0, '<=': order <= 0 }[operator]
}
