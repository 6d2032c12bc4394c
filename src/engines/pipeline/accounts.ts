import { EngineError } from '../kit/pure/errors.ts'
import { type PriceTable, priceOf } from '../kit/pure/prices.ts'
import { titleOf } from './check.ts'
import { contextOf, type Part, type RunScope } from './context.ts'
import type { Account } from './contract.ts'
import type { NodeMeter } from './meters.ts'
import { freeTask } from './waits.ts'

/** What became of the rows of every node, by reading its sink back; `say` is told what is being read. */
export async function accountsOf(scope: RunScope, say: (work: string) => void): Promise<Account[]> {
  const accounts: Account[] = []
  for (const part of scope.parts.values()) {
    const { meter } = part
    const context = contextOf(scope, part, freeTask(scope.clock))
    say(`${titleOf(part.node)}: reading back what arrived`)
    const found = part.skipped ? null : ((await part.kind.behaviour.account?.(context, part.state)) ?? null)
    accounts.push({
      node: part.node.id,
      rowsIn: meter.rowsIn,
      rowsOut: meter.rowsOut,
      filtered: meter.rowsFiltered,
      failed: found?.failed ?? meter.rowsFailed,
      readBack: found?.readBack ?? null,
      agrees: found ? found.agrees : balance(part),
      ...(found?.note && { note: found.note }),
    })
  }
  return accounts
}

/** Rows of a node without a sink of its own: all that came in went on, was filtered, or failed. */
function balance(part: Part): boolean | null {
  const { meter } = part
  if (part.skipped || part.inboxes.size === 0 || part.records.size === 0) return null
  return meter.rowsIn === meter.rowsOut + meter.rowsFiltered + meter.rowsFailed
}

/** The loud failure of a run whose sums do not add up. */
export function accountsError(accounts: readonly Account[]): EngineError | undefined {
  const wrong = accounts.filter((account) => account.agrees === false)
  if (wrong.length === 0) return undefined
  const lines = wrong.map(
    (a) =>
      `${a.node}: ${a.rowsIn} rows in, ${a.rowsOut} out, ${a.filtered} filtered, ${a.failed} failed` +
      `${a.readBack === null ? '' : `; ${a.readBack} read back`}${a.note ? ` (${a.note})` : ''}`,
  )
  return new EngineError('AccountsDiffer', `The accounts of this run differ. ${lines.join('. ')}.`, {
    domain: 'internal',
    at: { node: wrong[0].node },
  })
}

/** US dollars of all that the nodes were charged with; null where a price is missing. */
export function costOf(meters: readonly NodeMeter[], prices: PriceTable): number | null {
  let usd = 0
  for (const { charges, athenaCostUsd } of meters) {
    usd += athenaCostUsd
    for (const [item, quantity] of charges) {
      const cost = priceOf(prices, item, quantity)
      if (cost === null) return null
      usd += cost
    }
  }
  return usd
}
