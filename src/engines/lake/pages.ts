import { realTime } from '../kit/node/real-time.ts'
import { Recent } from '../kit/pure/recent.ts'
import type { Bucket } from './bucket.ts'
import type { ObjectPage } from './contract.ts'
import { listPage } from './listing.ts'
import { toInfo } from './objects.ts'
import type { Store } from './store.ts'

/**
 * How long a page that was looked at ahead may stand for its files, ms: only an edit in place, by another program, between two pages of
 * one listing can go unseen in it. Whatever changes through the lake or changes a folder ends it at once.
 */
const FRESH_MS = 100

/** Listings that are paged through at the same time. */
const LISTINGS = 4

export interface PageQuery {
  prefix: string
  delimiter: string
  startAfter: string
  max: number
}

interface SeenPage {
  readonly bucket: Bucket
  readonly page: ObjectPage
  readonly changes: number
  readonly atMs: number
}

/** Pages of listings. Half of a page's time goes into one look at each of its files: to who pages on, the next is ready already. */
export class Pages {
  private readonly store: Store
  private readonly ahead = new Recent<SeenPage>(LISTINGS)

  constructor(store: Store) {
    this.store = store
  }

  /** One page of a bucket that has been reconciled. */
  list(bucket: Bucket, query: PageQuery): ObjectPage {
    const { page } = this.takeSeen(bucket, query) ?? this.look(bucket, query)
    const pagesOn = query.startAfter !== '' && page.next !== undefined
    if (pagesOn) setImmediate(() => this.lookAhead(bucket, { ...query, startAfter: page.next! }))
    return page
  }

  private takeSeen(bucket: Bucket, query: PageQuery): SeenPage | undefined {
    const seen = this.ahead.take(nameOf(bucket, query))
    const holds =
      seen?.bucket === bucket &&
      seen.changes === this.store.changes(bucket.name) &&
      realTime.monotonicMs() - seen.atMs < FRESH_MS
    return holds ? seen : undefined
  }

  private look(bucket: Bucket, query: PageQuery): SeenPage {
    const atMs = realTime.monotonicMs()
    const { objects, ...page } = listPage(query, (from, inclusive, below, limit) =>
      this.store.range(bucket.name, from, inclusive, below, limit),
    )
    const there = objects.map((row) => bucket.check(row)).filter((row) => row !== undefined)
    const changes = this.store.changes(bucket.name)
    return { bucket, page: { ...page, objects: there.map(toInfo) }, changes, atMs }
  }

  private lookAhead(bucket: Bucket, query: PageQuery): void {
    try {
      this.ahead.set(nameOf(bucket, query), this.look(bucket, query))
    } catch {
      // Who asks for that page is told.
    }
  }
}

const nameOf = (bucket: Bucket, query: PageQuery): string => JSON.stringify([bucket.name, ...Object.values(query)])
