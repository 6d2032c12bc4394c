import type { z } from 'zod'
import type { RunSummary } from '../../../engines/pipeline/contract.ts'

const GOING = new Set<z.infer<typeof RunSummary>['state']>(['starting', 'running', 'paused', 'draining'])

/** Whether a run has not come to its end. */
export function isGoing({ state }: Pick<z.infer<typeof RunSummary>, 'state'>): boolean {
  return GOING.has(state)
}
