import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../kit/node/files.ts'
import { BucketSettings } from './contract.ts'
import { encodeSegment } from './paths.ts'
import type { Store } from './store.ts'

/** Buckets' settings: in the index, and of each bucket in a file beside it, from which a lost index has them again. */
export class Settings {
  private readonly store: Store
  private readonly directory: string

  constructor(store: Store, directory: string) {
    this.store = store
    this.directory = directory
  }

  /** `nowMs` is when the bucket is said to be made, where nobody knows. */
  of(bucket: string, nowMs: number): BucketSettings {
    const file = this.file(bucket)
    const known = this.store.settings(bucket)
    if (known) {
      if (Object.keys(known).length > 0 && !existsSync(file)) this.keep(bucket, known)
      return known
    }
    const kept = existsSync(file) ? BucketSettings.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}
    this.store.putSettings(bucket, nowMs, kept)
    return kept
  }

  put(bucket: string, nowMs: number, settings: BucketSettings): void {
    this.store.transaction(() => {
      // What was put before a bucket had versions is the version `null` of its key.
      if (settings.versioning) this.store.nameNull(bucket)
      this.store.putSettings(bucket, nowMs, settings)
    })
    this.keep(bucket, settings)
  }

  drop(bucket: string): void {
    rmSync(this.file(bucket), { force: true })
    this.store.dropBucket(bucket)
  }

  private keep(bucket: string, settings: BucketSettings): void {
    writeFileAtomic(this.file(bucket), JSON.stringify(settings))
  }

  private file(bucket: string): string {
    return join(this.directory, `${encodeSegment(bucket)}.json`)
  }
}
