import type { FileInspection } from '../../../../engines/catalog/contract.ts'
import { VALUE_TYPES } from '../../../../engines/kit/pure/file-reading.ts'
import type { Option } from '../../../ui/index.ts'

type Reading = FileInspection['reading']
type Options<K extends keyof Reading> = readonly Option<Reading[K] & string>[]

export const FORMATS: Options<'format'> = [
  { value: 'csv', label: 'Delimited text' },
  { value: 'json', label: 'JSON lines' },
  { value: 'json-array', label: 'JSON array' },
]
export const ENCODINGS: Options<'encoding'> = [
  { value: 'utf-8', label: 'UTF-8' },
  { value: 'utf-16le', label: 'UTF-16 LE' },
  { value: 'utf-16be', label: 'UTF-16 BE' },
  { value: 'latin-1', label: 'Latin-1' },
  { value: 'windows-1252', label: 'Windows-1252' },
]
export const DELIMITERS: readonly Option[] = [
  { value: ',', label: 'Comma ,' },
  { value: ';', label: 'Semicolon ;' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: 'Bar |' },
  { value: ':', label: 'Colon :' },
]
export const QUOTES: readonly Option[] = [
  { value: '"', label: 'Double "' },
  { value: "'", label: "Single '" },
  { value: '', label: 'None' },
]
export const HEADERS: readonly Option<'yes' | 'no'>[] = [
  { value: 'yes', label: 'Column names' },
  { value: 'no', label: 'A row like others' },
]
export const DECIMALS: Options<'decimal'> = [
  { value: '.', label: 'Point 1,234.5' },
  { value: ',', label: 'Comma 1.234,5' },
]
export const DATE_ORDERS: Options<'dateOrder'> = [
  { value: 'YMD', label: 'Year month day' },
  { value: 'DMY', label: 'Day month year' },
  { value: 'MDY', label: 'Month day year' },
]
export const TYPES: readonly Option[] = VALUE_TYPES.map((value) => ({ value, label: value }))
