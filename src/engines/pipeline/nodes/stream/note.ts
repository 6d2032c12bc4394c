import type { StreamContext } from './config.ts'
import type { Ledger } from './ledger.ts'

/** Tells the meter what waits, what was throttled and what it has cost. */
export function note(context: StreamContext, ledger: Ledger): void {
  ledger.cost.until(context.clock.now())
  const { refused } = ledger
  const rows = refused + (context.out('out') ? ledger.behind : 0)
  const what = refused > 0 ? 'held back by quotas' : 'still to be consumed'
  context.meter.pending(rows > 0 ? { what, rows } : null)
  if (ledger.throttled === 0) return
  const waiting = refused > 0 ? `, ${refused.toLocaleString('en')} waiting` : ''
  context.meter.note(`${ledger.throttled.toLocaleString('en')} throttled and sent again${waiting}`)
}
