import { open } from 'node:fs/promises'

/**
 * Waits for the disk beside the thread, for a store that commits without waiting (`synchronous = normal`): once its write-ahead log has been
 * synced, all that was committed before is there, since a checkpoint that takes it out of the log syncs both files itself (SQLite documentation,
 * "Write-Ahead Logging"). Who asks at about the same time shares one wait.
 */
export class WalSync {
  private readonly file: string
  private running: Promise<void> | undefined
  private following: Promise<void> | undefined

  /** `store` is the database's file. */
  constructor(store: string) {
    this.file = `${store}-wal`
  }

  /** On disk: all that was committed until now. */
  sync(): Promise<void> {
    if (!this.running) return this.begin()
    // The one under way may have passed what was committed since.
    this.following ??= this.running.catch(() => {}).then(() => this.begin())
    return this.following
  }

  private begin(): Promise<void> {
    this.following = undefined
    const running = syncFile(this.file).finally(() => {
      this.running = undefined
    })
    this.running = running
    return running
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
