import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../engines/kit/node/files.ts'
import { realTime } from '../engines/kit/node/real-time.ts'
import { createClockMemory, SharedClock } from '../engines/kit/node/shared-clock.ts'
import type { ClockSettings } from '../engines/kit/pure/clock.ts'

/** Room of a clock without a speed. A crash adds as much to the age of all records, so it must be small beside the least retention, 24 hours. */
const LEAPING_ROOM_MS = 4 * 3600_000

/**
 * The workspace's clock over restarts. Virtual time may only run up to a ceiling that is already on disk; a restart begins at the
 * ceiling after a crash and at the last moment after a clean stop, so time never runs backwards.
 */
export class EngineTime {
  readonly memory: SharedArrayBuffer
  readonly clock: SharedClock
  private readonly file: string
  private ceilingMs = 0
  private readonly keeper: { cancel(): void }

  constructor(workspaceDirectory: string, slot: number) {
    this.file = join(workspaceDirectory, '.millrace', 'clock.json')
    const kept = readKept(this.file)
    this.memory = createClockMemory(Math.max(kept, realTime.now()))
    this.clock = new SharedClock(this.memory, slot)
    this.keepAhead()
    this.keeper = realTime.every(50, () => this.keepAhead())
  }

  configure(change: Partial<ClockSettings>): ClockSettings {
    const settings = this.clock.configure(change)
    this.keepAhead()
    return settings
  }

  stop(): void {
    this.keeper.cancel()
    writeFileAtomic(this.file, JSON.stringify({ notBeforeMs: this.clock.now() }))
    this.clock.dispose()
  }

  private keepAhead(): void {
    const { mode, speed } = this.clock.settings
    // Real time that a run left ahead of the wall clock must be kept too; otherwise the wall clock itself is the floor.
    if (mode === 'real' && this.clock.now() <= realTime.now()) return
    // Enough room for two seconds at any speed, so that the file is written rarely and time never waits for it.
    const room = speed === null ? LEAPING_ROOM_MS : Math.max(10_000, speed * 2_000)
    const now = this.clock.now()
    if (this.ceilingMs - now > room / 2) return
    this.ceilingMs = now + room
    writeFileAtomic(this.file, JSON.stringify({ notBeforeMs: this.ceilingMs }))
    this.clock.setCeiling(this.ceilingMs)
  }
}

function readKept(file: string): number {
  if (!existsSync(file)) return 0
  try {
    const { notBeforeMs } = JSON.parse(readFileSync(file, 'utf8'))
    return typeof notBeforeMs === 'number' ? notBeforeMs : 0
  } catch {
    // The file is written atomically, so a damaged one was damaged from outside; wall time is then the best we know.
    return 0
  }
}
