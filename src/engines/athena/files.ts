import type { Clients } from '../contract.ts'

/** An object of the lake as a file. */
export type Located = Awaited<ReturnType<Clients['lake']['locate']>>[number]

/** Objects whose names begin with `_` or `.` are no data ("hidden files"), as in Hive. */
export function isDataKey(key: string): boolean {
  return !key.split('/').some((segment) => segment.startsWith('_') || segment.startsWith('.'))
}

export function splitUri(uri: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri)
  return { bucket: match?.[1] ?? '', prefix: match?.[2] ?? '' }
}
