import type { Clients } from '../contract.ts'
import type { ClockSettings } from '../kit/pure/clock.ts'

/** The clock as runs set it: one clock serves all, so the first run sets it, and the last to let go gives it back as it was. */
export class ClockLease {
  private readonly system: Pick<Clients['system'], 'status' | 'setClock'>
  private users = 0
  private before: ClockSettings | undefined
  private turn: Promise<unknown> = Promise.resolve()

  constructor(system: Pick<Clients['system'], 'status' | 'setClock'>) {
    this.system = system
  }

  take(settings: Pick<ClockSettings, 'mode' | 'speed'>): Promise<void> {
    return this.inTurn(async () => {
      if (this.users > 0) {
        this.users++
        return
      }
      const { clock } = await this.system.status({})
      await this.system.setClock({ ...settings, paused: false })
      this.before = clock
      this.users++
    })
  }

  release(): Promise<void> {
    return this.inTurn(async () => {
      if (--this.users === 0 && this.before) await this.system.setClock(this.before).catch(() => {})
    })
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work)
    this.turn = done.catch(() => {})
    return done
  }
}
