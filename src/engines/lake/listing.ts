/** A page of a listing, over any source of keys in UTF-8 byte order. */
export interface Listing<T> {
  objects: T[]
  commonPrefixes: string[]
  next?: string
}

/** Above every key: keys have at most 1,024 bytes. */
export const LAST_KEY = '\u{10ffff}'.repeat(257)

/** The least string above all that begin with `prefix`, in UTF-8 byte order. */
export function prefixEnd(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!)
  while (points.length > 0) {
    const last = points.pop()!
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return LAST_KEY
}

/** Rows asked for at once by folder: few after a leap, since the next folder is likely leapt over too, then ever more. */
const BATCH_MIN = 2
const BATCH_MAX = 512

/**
 * Objects and common prefixes after `startAfter`. Where a prefix comes up it is counted once and its keys are leapt over, so a listing
 * by folder costs as much as the folders shown. `rows(after, below, limit)` gives keys with after < key < below.
 */
export function listPage<T extends { key: string }>(
  query: { prefix: string; delimiter: string; startAfter: string; max: number },
  rows: (from: string, inclusive: boolean, below: string, limit: number) => T[],
): Listing<T> {
  const { prefix, delimiter, startAfter, max } = query
  const page: Listing<T> = { objects: [], commonPrefixes: [] }
  const below = prefix === '' ? LAST_KEY : prefixEnd(prefix)
  let inclusive = compareUtf8(startAfter, prefix) < 0
  let from = inclusive ? prefix : startAfter
  let last = ''
  let size = BATCH_MIN
  for (;;) {
    const limit = delimiter === '' ? max - page.objects.length + 1 : size
    const batch = rows(from, inclusive, below, limit)
    let leap: string | undefined
    for (const row of batch) {
      const end = delimiter === '' ? -1 : row.key.indexOf(delimiter, prefix.length)
      if (page.objects.length + page.commonPrefixes.length === max) return { ...page, next: last }
      if (end === -1) {
        page.objects.push(row)
        last = row.key
        continue
      }
      const common = row.key.slice(0, end + delimiter.length)
      page.commonPrefixes.push(common)
      leap = prefixEnd(common)
      // Sorts after every key of the prefix that anybody writes.
      last = `${common}\u{10ffff}`
      break
    }
    if (leap !== undefined) {
      from = leap
      inclusive = true
      size = BATCH_MIN
    } else if (batch.length < limit) return page
    else {
      from = batch[batch.length - 1].key
      inclusive = false
      size = Math.min(BATCH_MAX, size * 4)
    }
    if (compareUtf8(from, below) >= 0) return page
  }
}

/** Order of UTF-8 bytes, which is order of code points; JavaScript's own compares UTF-16 and differs above U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
