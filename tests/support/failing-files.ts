import { diskFiles, type JournalFiles } from '../../src/engines/kit/node/journal.ts'

/** A disk with so many bytes free, and a switch that makes syncs fail: for journals under test. */
export class FailingFiles implements JournalFiles {
  bytesFree = Number.POSITIVE_INFINITY
  failSync = false
  failTruncate = false
  syncs = 0

  makeFolder = diskFiles.makeFolder
  syncFolder = diskFiles.syncFolder
  open = diskFiles.open
  close = diskFiles.close
  read = diskFiles.read
  remove = diskFiles.remove

  /** Takes what fits, as a full disk does, and fails when nothing does. */
  async write(handle: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
    const whole = Buffer.concat(buffers as Uint8Array[])
    if (this.bytesFree <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    const taken = Math.min(whole.length, this.bytesFree)
    this.bytesFree -= taken
    return diskFiles.write(handle, [whole.subarray(0, taken)], position)
  }

  async sync(handle: number): Promise<void> {
    this.syncs++
    if (this.failSync) throw Object.assign(new Error('input/output error'), { code: 'EIO' })
    await diskFiles.sync(handle)
  }

  async truncate(handle: number, length: number): Promise<void> {
    if (this.failTruncate) throw Object.assign(new Error('input/output error'), { code: 'EIO' })
    await diskFiles.truncate(handle, length)
  }
}
