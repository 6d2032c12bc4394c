import { asText, type Value } from './values.ts'

type Selected = { [name: string]: Value }

export interface CsvOutputForm {
  readonly always: boolean
  readonly quote: string
  readonly quoteEscape: string
  readonly fieldDelimiter: string
  readonly recordDelimiter: string
}

export function csvWriter(form: CsvOutputForm): (record: Selected) => string {
  const { always, quote, quoteEscape, fieldDelimiter, recordDelimiter } = form
  const special = [quote, fieldDelimiter, recordDelimiter, '\n', '\r']
  const field = (value: Value): string => {
    const text = asText(value)
    if (!always && !special.some((one) => text.includes(one))) return text
    return quote + text.replaceAll(quote, quoteEscape + quote) + quote
  }
  return (record) => Object.values(record).map(field).join(fieldDelimiter) + recordDelimiter
}

/** What is MISSING is left out. */
export const jsonWriter =
  (recordDelimiter: string) =>
  (record: Selected): string =>
    JSON.stringify(record) + recordDelimiter
