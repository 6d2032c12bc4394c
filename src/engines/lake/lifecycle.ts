import type { Log } from '../kit/node/engine.ts'
import type { Clock, Timer } from '../kit/pure/clock.ts'
import type { Bucket } from './bucket.ts'
import type { LifecycleRule } from './contract.ts'
import { LAST_KEY, prefixEnd } from './listing.ts'
import { tagsOf } from './metadata.ts'
import { deleteObjects, toInfo } from './objects.ts'
import type { ObjectRow, Store, VersionRow } from './store.ts'
import type { Uploads } from './uploads.ts'
import { versionOf } from './versions.ts'

const DAY_MS = 86_400_000
const BATCH = 500

/** When something that came at a time is due: so many days later, at the next midnight, UTC (S3 User Guide, "Lifecycle configuration elements"). */
export const dueMs = (sinceMs: number, days: number): number => Math.ceil(sinceMs / DAY_MS + days) * DAY_MS

/** Carries out the buckets' lifecycle rules at every midnight, UTC, of the engine's clock; costs nothing while there are none. */
export class Lifecycle {
  private readonly tools: { clock: Clock; store: Store; log: Log; uploads: Uploads; buckets: () => Bucket[] }
  private timer: Timer | undefined
  private sweeping: Promise<void> | undefined
  private closed = false

  constructor(tools: Lifecycle['tools']) {
    this.tools = tools
  }

  /** Rules are there or have changed: the next midnight is looked out for. */
  plan(): void {
    this.timer?.cancel()
    const { clock, buckets } = this.tools
    if (this.closed || !buckets().some(({ settings }) => settings.lifecycle?.some(({ enabled }) => enabled))) return
    const midnightMs = (Math.floor(clock.now() / DAY_MS) + 1) * DAY_MS
    this.timer = clock.at(midnightMs, () => this.sweep().then(() => this.plan()))
  }

  /** What is due by now, the midnights that nobody saw among it. */
  sweep(): Promise<void> {
    this.sweeping ??= this.sweepAll()
      .catch((thrown) => this.tools.log.error('A lifecycle rule could not be carried out', thrown))
      .finally(() => {
        this.sweeping = undefined
      })
    return this.sweeping
  }

  async close(): Promise<void> {
    this.closed = true
    this.timer?.cancel()
    await this.sweeping
  }

  private async sweepAll(): Promise<void> {
    for (const bucket of this.tools.buckets()) {
      for (const rule of bucket.settings.lifecycle ?? []) {
        if (!rule.enabled || this.closed) continue
        await bucket.reconcileGently(rule.prefix)
        await this.expire(bucket, rule)
        await this.expireVersions(bucket, rule)
        await this.abortUploads(bucket, rule)
      }
    }
  }

  private async expire(bucket: Bucket, rule: LifecycleRule): Promise<void> {
    const { store, clock } = this.tools
    const { expireDays, expireAtMs } = rule
    if (expireDays === undefined && expireAtMs === undefined) return
    const nowMs = clock.now()
    const due = (row: ObjectRow) =>
      expireDays !== undefined ? dueMs(row.modifiedMs, expireDays) <= nowMs : nowMs >= expireAtMs!
    const below = rule.prefix === '' ? LAST_KEY : prefixEnd(rule.prefix)
    let from = rule.prefix
    for (let inclusive = true; !this.closed; inclusive = false) {
      const rows = store.range(bucket.name, from, inclusive, below, BATCH)
      if (rows.length === 0) return
      from = rows[rows.length - 1].key
      const keys = rows.filter((row) => due(row) && meets(rule, row)).map(({ key }) => ({ key }))
      if (keys.length > 0) await deleteObjects(bucket, keys, nowMs, 'LifecycleExpiration')
    }
  }

  private async expireVersions(bucket: Bucket, rule: LifecycleRule): Promise<void> {
    const { noncurrentDays, noncurrentKept = 0, expireMarkers } = rule
    if (noncurrentDays === undefined && !expireMarkers) return
    const { store, clock } = this.tools
    const nowMs = clock.now()
    const byKey = Map.groupBy(store.noncurrent(bucket.name), ({ key }) => key)
    for (const [key, rows] of byKey) {
      if (!key.startsWith(rule.prefix) || this.closed) continue
      const current = store.get(bucket.name, key)
      const newestFirst: (ObjectRow | VersionRow)[] = rows.toSorted((a, b) => b.serial - a.serial)
      if (current) newestFirst.unshift(current)
      // A version ceased to be current when the next newer one came.
      const gone = newestFirst.filter(
        (row, index) =>
          noncurrentDays !== undefined &&
          index > noncurrentKept &&
          dueMs(newestFirst[index - 1].modifiedMs, noncurrentDays) <= nowMs &&
          meets(rule, row),
      )
      const left = newestFirst.filter((row) => !gone.includes(row))
      if (expireMarkers && left.length === 1 && 'marker' in left[0] && left[0].marker === 1) gone.push(left[0])
      const objects = gone.map((row) => ({ key, versionId: versionOf(row) }))
      if (objects.length > 0) await deleteObjects(bucket, objects, nowMs, 'LifecycleExpiration')
    }
  }

  private async abortUploads(bucket: Bucket, { abortUploadDays, prefix }: LifecycleRule): Promise<void> {
    if (abortUploadDays === undefined) return
    const { uploads, clock } = this.tools
    for (const { key, uploadId, createdMs } of uploads.list(bucket.name))
      if (key.startsWith(prefix) && dueMs(createdMs, abortUploadDays) <= clock.now())
        await uploads.abort({ bucket: bucket.name, key, uploadId })
  }
}

/** The rule's filter beside its prefix, which the caller has seen to. */
export function meets(rule: LifecycleRule, row: ObjectRow): boolean {
  if (rule.largerThan !== undefined && row.size <= rule.largerThan) return false
  if (rule.smallerThan !== undefined && row.size >= rule.smallerThan) return false
  const wanted = Object.entries(rule.tags)
  if (wanted.length === 0) return true
  const tags = tagsOf(toInfo(row))
  return wanted.every(([name, value]) => tags[name] === value)
}
