import type { Filter } from '../../../../engines/bi/contract.ts'
import { wordsOf } from './fields.ts'
import { formatDimension, formatPeriod, shorten } from './format.ts'

/** A filter in words: "State is WN, AA", "Day from 2001-01-01 to 2001-03-31", "Month is Mar 2001". */
export function filterWords(filter: Filter): { column: string; says: string } {
  const column = wordsOf(filter.column)
  switch (filter.type) {
    case 'in': {
      const values = filter.values.map((value) => formatDimension(value))
      const few = values.slice(0, 3).join(', ') + (values.length > 3 ? ` and ${values.length - 3} more` : '')
      return { column, says: `${filter.exclude ? 'is not' : 'is'} ${shorten(few, 60)}` }
    }
    case 'range': {
      const from = filter.from === undefined || filter.from === null ? '' : `from ${formatDimension(filter.from)}`
      const to =
        filter.to === undefined || filter.to === null
          ? ''
          : `${filter.excludeTo ? 'to under' : 'to'} ${formatDimension(filter.to)}`
      return { column, says: [from, to].filter(Boolean).join(' ') || 'any' }
    }
    case 'contains':
      return { column, says: `contains “${shorten(filter.text, 40)}”` }
    case 'null':
      return { column, says: filter.isNull ? 'is empty' : 'is not empty' }
    case 'period':
      return { column, says: `is ${formatPeriod(filter.value, filter.granularity)}` }
  }
}

export function filterText(filter: Filter): string {
  const { column, says } = filterWords(filter)
  return `${column} ${says}`
}
