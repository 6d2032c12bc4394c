import type { Clients } from '../contract.ts'

/** An object of the lake as a file. */
export type Located = Awaited<ReturnType<Clients['lake']['locate']>>[number]

/** A data file of a table: its place in the lake beside that on the disk. */
export interface DataFile extends Located {
  readonly uri: string
}

/** The objects under a location that hold data, by key. */
export async function dataFiles(lake: Pick<Clients['lake'], 'locate'>, location: string): Promise<DataFile[]> {
  const { bucket, prefix } = splitUri(location)
  const objects = await lake.locate({ uri: location })
  return objects
    .filter(({ key, size }) => size > 0 && isDataKey(key.slice(prefix.length)))
    .map((object) => ({ ...object, uri: `s3://${bucket}/${object.key}` }))
}

/** Objects whose names begin with `_` or `.` are no data ("hidden files"), as in Hive. */
export function isDataKey(key: string): boolean {
  return !key.split('/').some((segment) => segment.startsWith('_') || segment.startsWith('.'))
}

export function splitUri(uri: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri)
  return { bucket: match?.[1] ?? '', prefix: match?.[2] ?? '' }
}

/** A location as the prefix of what lies in it: `s3://b/day=1` alone would be one of `s3://b/day=10/` too. */
export function folderUri(location: string): string {
  return location.endsWith('/') ? location : `${location}/`
}
