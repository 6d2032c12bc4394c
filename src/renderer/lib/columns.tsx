import type { DataColumn } from '../ui/index.ts'
import { formatDuration, formatTime, formatUtc } from './format.ts'

type Ms = number | null | undefined

/** When something was, UTC on hover; empty, or the words given, where it was not yet. */
export function timeColumn<T>(
  id: string,
  title: string,
  valueMs: (row: T) => Ms,
  { never = '', ...column }: Partial<DataColumn<T>> & { never?: string } = {},
): DataColumn<T> {
  return {
    id,
    title,
    width: 150,
    value: (row) => valueMs(row) ?? null,
    render: (value) =>
      value === null ? never : <time title={formatUtc(Number(value))}>{formatTime(Number(value))}</time>,
    ...column,
  }
}

/** How long something took; empty, or the words given, where it has not ended. */
export function tookColumn<T>(
  valueMs: (row: T) => Ms,
  { unended = '', ...column }: Partial<DataColumn<T>> & { unended?: string } = {},
): DataColumn<T> {
  return {
    id: 'took',
    title: 'Took',
    kind: 'number',
    width: 80,
    value: (row) => valueMs(row) ?? null,
    render: (value) => (value === null ? unended : formatDuration(Number(value))),
    ...column,
  }
}
