import { identifier, literal } from '../../kit/node/duck.ts'
import type { CatalogColumn } from '../catalog.ts'
import { FormatError, parseFormat } from '../translate/formats.ts'
import type { CopyCommand } from './parse.ts'

/** How a text of a file becomes a column's value, and when it does not. */
export interface Field {
  readonly column: CatalogColumn
  /** The value, null where the text is not one. */
  readonly value: string
  /** Whether the text is there and is no value. */
  readonly wrong: string
  /** Code and reason as STL_LOAD_ERRORS has them ("Load error reference"). */
  readonly errorCode: number
  readonly reason: string
}

/** Dates in the ways that DATEFORMAT 'auto' recognises ("Using automatic recognition with DATEFORMAT and TIMEFORMAT"). */
const AUTO_DATES = [
  '%Y-%m-%d',
  '%Y/%m/%d',
  '%Y%m%d',
  '%m/%d/%Y',
  '%m-%d-%Y',
  '%m.%d.%Y',
  '%d-%b-%Y',
  '%b-%d-%Y',
  '%b %d, %Y',
  '%d %b %Y',
  '%B %d, %Y',
]

/** The rule for a text `source` that goes into a column. */
export function fieldOf(column: CatalogColumn, source: string, copy: CopyCommand): Field {
  const text = given(source, column, copy)
  const type = column.duck.replace(/\(.*/, '')
  const made = convert(type, text, column, copy)
  const missing = column.notNull ? ` OR (${text}) IS NULL` : ''
  const wrong = `((${text}) IS NOT NULL AND (${made.value}) IS NULL${missing})`
  const anyDate = copy.on.has('ACCEPTANYDATE') && (type === 'DATE' || type.startsWith('TIMESTAMP'))
  // ACCEPTANYDATE loads null for what is no date.
  if (anyDate) return { column, ...made, wrong: column.notNull ? `(${made.value}) IS NULL` : 'FALSE' }
  if (type !== 'VARCHAR') return { column, ...made, wrong }
  if (!column.length || copy.on.has('TRUNCATECOLUMNS')) {
    const value = column.length ? truncated(text, column.length) : text
    return { column, ...made, value, wrong: column.notNull ? `(${text}) IS NULL` : 'FALSE' }
  }
  return { column, ...made, wrong: `(strlen(${text}) > ${column.length}${missing})` }
}

/** Cut at a whole character within so many bytes. */
function truncated(text: string, bytes: number): string {
  return `(CASE WHEN strlen(${text}) <= ${bytes} THEN ${text} ELSE list_max(list_filter(list_transform(range(0, ${bytes + 1}), lambda n: left(${text}, n)), lambda s: strlen(s) <= ${bytes})) END)`
}

/** The text after the options that turn texts into null. */
function given(source: string, column: CatalogColumn, copy: CopyCommand): string {
  let text = source
  const isText = column.duck.startsWith('VARCHAR')
  if (copy.on.has('REMOVEQUOTES')) text = `regexp_replace(${text}, '^(["''])(.*)\\1$', '\\2')`
  if (copy.on.has('TRIMBLANKS') || !isText) text = isText ? `rtrim(${text}, ' ')` : `trim(${text})`
  if (copy.on.has('BLANKSASNULL')) text = `(CASE WHEN trim(${text}) = '' AND ${text} <> '' THEN NULL ELSE ${text} END)`
  // An empty field is null for numbers and dates, and an empty text for texts unless EMPTYASNULL says otherwise.
  if (!isText || copy.on.has('EMPTYASNULL')) text = `nullif(${text}, '')`
  return text
}

function convert(type: string, text: string, column: CatalogColumn, copy: CopyCommand) {
  switch (type) {
    case 'VARCHAR':
      return { value: text, errorCode: 1204, reason: 'String length exceeds DDL length' }
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'HUGEINT':
      return {
        value: `CASE WHEN regexp_full_match(${text}, '[-+]?[0-9]+') THEN TRY_CAST(${text} AS ${type}) END`,
        errorCode: 1207,
        reason: `Invalid digit or a value out of the range of ${column.declared}`,
      }
    case 'DECIMAL': {
      const scale = /,\s*(\d+)\)/.exec(column.duck)?.[1] ?? '0'
      // Digits behind the scale are cut off, unless ROUNDEC says otherwise.
      const cut = copy.on.has('ROUNDEC')
        ? text
        : `regexp_replace(${text}, '^([-+]?[0-9]*[.][0-9]{${scale}})[0-9]+$', '\\1')`
      return {
        value: `TRY_CAST(${cut} AS ${column.duck})`,
        errorCode: 1209,
        reason: `Invalid numeric value for ${column.declared}`,
      }
    }
    case 'BOOLEAN':
      return { value: `TRY_CAST(${text} AS BOOLEAN)`, errorCode: 1210, reason: 'Unknown boolean format' }
    case 'DATE':
      return dates('DATE', text, copy.dateFormat, 1205, 'Invalid Date Format')
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return dates(type, text, copy.timeFormat, 1206, 'Invalid Timestamp Format')
    default:
      return {
        value: `TRY_CAST(${text} AS ${column.duck})`,
        errorCode: 1208,
        reason: `Invalid value for ${column.declared}`,
      }
  }
}

function dates(type: string, text: string, format: string | undefined, errorCode: number, reason: string) {
  return { value: readDate(type, text, format), errorCode, reason: `${reason}${format ? ` - format ${format}` : ''}` }
}

function readDate(type: string, text: string, format: string | undefined): string {
  if (format === 'epochsecs') return `make_timestamp(CAST(TRY_CAST(${text} AS DOUBLE) * 1000000 AS BIGINT))`
  if (format === 'epochmillisecs') return `make_timestamp(CAST(TRY_CAST(${text} AS DOUBLE) * 1000 AS BIGINT))`
  if (format === undefined) return `TRY_CAST(${text} AS ${type})`
  if (format === 'auto')
    return `coalesce(TRY_CAST(${text} AS ${type}), CAST(try_strptime(${text}, [${AUTO_DATES.map(literal).join(', ')}]) AS ${type}))`
  return `CAST(try_strptime(${text}, ${literal(parseFormat(format))}) AS ${type})`
}

/** Checks the formats before anything is read. */
export function checkFormats(copy: CopyCommand): string | undefined {
  for (const format of [copy.dateFormat, copy.timeFormat]) {
    if (!format || ['auto', 'epochsecs', 'epochmillisecs'].includes(format)) continue
    try {
      parseFormat(format)
    } catch (thrown) {
      if (thrown instanceof FormatError) return thrown.message
      throw thrown
    }
  }
  return undefined
}

export const fieldName = (index: number) => identifier(`c${index}`)
