import type { VersionPage } from './contract.ts'
import { compareUtf8, LAST_KEY, prefixEnd } from './listing.ts'
import { toInfo } from './objects.ts'
import type { Store } from './store.ts'
import { versionOf } from './versions.ts'

export interface VersionQuery {
  prefix: string
  delimiter: string
  after?: { key: string; versionId?: string | undefined } | undefined
  max: number
}

/** Above every version of a key, the current one among them. */
const ABOVE = Number.POSITIVE_INFINITY
/** The current object's place among the versions of its key. */
const CURRENT = Number.MAX_SAFE_INTEGER

/** A page of all versions and delete markers, by key, newest first; common prefixes are counted once and leapt over. */
export function listVersions(query: VersionQuery, store: Store, bucket: string): VersionPage {
  const { prefix, delimiter, max } = query
  const below = prefix === '' ? LAST_KEY : prefixEnd(prefix)
  const page: VersionPage = { versions: [], commonPrefixes: [] }
  let after = beginning(query, store, bucket)
  let previous = query.after?.versionId === undefined ? undefined : query.after.key
  let last: VersionPage['next']
  while (compareUtf8(after.key, below) < 0) {
    const rows = store.versionsAfter(bucket, after, below, max + 1)
    let leapt = false
    for (const row of rows) {
      if (page.versions.length + page.commonPrefixes.length === max) return { ...page, ...(last && { next: last }) }
      const end = delimiter === '' ? -1 : row.key.indexOf(delimiter, prefix.length)
      if (end !== -1) {
        const common = row.key.slice(0, end + delimiter.length)
        page.commonPrefixes.push(common)
        last = { key: common }
        after = { key: prefixEnd(common), serial: ABOVE }
        leapt = true
        break
      }
      const versionId = versionOf(row)
      page.versions.push({ ...toInfo(row), versionId, latest: row.key !== previous, marker: row.marker === 1 })
      previous = row.key
      last = { key: row.key, versionId }
      after = { key: row.key, serial: row.serial }
    }
    if (!leapt && rows.length <= max) return page
  }
  return page
}

function beginning({ prefix, delimiter, after }: VersionQuery, store: Store, bucket: string) {
  if (!after || compareUtf8(after.key, prefix) < 0) return { key: prefix, serial: ABOVE }
  if (after.versionId === undefined) {
    // A marker may be a common prefix of the page before: its keys were told already.
    if (delimiter !== '' && after.key.endsWith(delimiter) && after.key.length > prefix.length)
      return { key: prefixEnd(after.key), serial: ABOVE }
    return { key: after.key, serial: 0 }
  }
  const row = store.version(bucket, after.key, after.versionId)
  return { key: after.key, serial: row?.serial ?? CURRENT }
}
