import type { Db } from './sqlite.ts'

interface Waiting {
  readonly work: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (thrown: unknown) => void
}

/**
 * Writes that come at about the same time share one transaction, and so one wait for the disk. Each is a savepoint of its own: what it
 * throws undoes it alone. All are answered once the transaction is on disk.
 */
export class CommitGroup {
  private readonly db: Db
  private waiting: Waiting[] = []

  constructor(db: Db) {
    this.db = db
  }

  run<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.commit())
      this.waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
    })
  }

  /** Makes what waits at once: before a store is closed. */
  flush(): void {
    this.commit()
  }

  private commit(): void {
    const group = this.waiting
    this.waiting = []
    if (group.length === 0) return
    const answers: (() => void)[] = []
    try {
      this.db
        .transaction(() => {
          for (const { work, resolve, reject } of group) {
            try {
              const result = this.db.transaction(work)()
              answers.push(() => resolve(result))
            } catch (thrown) {
              // A full disk ends the whole transaction: then nothing of the group was written.
              if (!this.db.inTransaction) throw thrown
              answers.push(() => reject(thrown))
            }
          }
        })
        .immediate()
    } catch (thrown) {
      for (const { reject } of group) reject(thrown)
      return
    }
    for (const answer of answers) answer()
  }
}
