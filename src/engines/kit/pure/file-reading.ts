import { z } from 'zod'

/** Encodings of text files; see `inPlace` for those that are read where they lie. */
export const Encoding = z.enum(['utf-8', 'utf-16le', 'utf-16be', 'latin-1', 'windows-1252'])
export type Encoding = z.infer<typeof Encoding>

export const DateOrder = z.enum(['YMD', 'DMY', 'MDY'])
export type DateOrder = z.infer<typeof DateOrder>

/** Types that the values of a delimited file can be read as, in Hive's words. */
export const VALUE_TYPES = ['string', 'bigint', 'decimal(38,0)', 'double', 'boolean', 'date', 'timestamp'] as const
export type ValueType = (typeof VALUE_TYPES)[number]

const BIGINT_MAX = 2n ** 63n - 1n

/** The narrowest type that keeps every digit of a whole number, which is written with a sign or without: text beyond 38 digits. */
export function wholeNumberType(text: string): 'bigint' | 'decimal(38,0)' | 'string' {
  const digits = text.replace(/^[+-]?0*/, '')
  if (digits.length < 19) return 'bigint'
  if (digits.length === 19 && BigInt(digits) <= BIGINT_MAX) return 'bigint'
  return digits.length <= 38 ? 'decimal(38,0)' : 'string'
}

/** Whether a double gives back another whole number than is written. */
export const roundsAsDouble = (text: string): boolean => {
  const digits = text.replace(/^[+-]?0*/, '')
  return digits.length > 15 && BigInt(Number(digits)) !== BigInt(digits)
}

/** How the files of one table are read. What is said of delimiters, numbers and dates is heard for `csv` alone. */
export const FileReading = z.object({
  format: z.enum(['csv', 'json', 'json-array', 'parquet']),
  encoding: Encoding,
  delimiter: z.string().length(1),
  /** Empty: none. */
  quote: z.string().max(1),
  header: z.boolean(),
  decimal: z.enum(['.', ',']),
  dateOrder: DateOrder,
  /** Texts that mean null, beside the empty one. */
  nulls: z.array(z.string()),
  /** With Hive types, in the order of the file. */
  columns: z.array(z.object({ name: z.string().min(1), type: z.string() })),
})
export type FileReading = z.infer<typeof FileReading>

/** The others are converted to UTF-8 first: DuckDB reads UTF-16 in one byte order, and Latin-1 without what Windows added to it. */
export function inPlace({ format, encoding }: Pick<FileReading, 'format' | 'encoding'>): boolean {
  return encoding === 'utf-8' || (format === 'csv' && (encoding === 'utf-16le' || encoding === 'latin-1'))
}
