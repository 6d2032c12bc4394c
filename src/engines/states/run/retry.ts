import type { Random } from '../../kit/pure/random.ts'
import type { Catcher, Retrier } from '../asl/types.ts'

/** "States.Runtime and States.DataLimitExceeded … will not be caught by States.ALL" (developer guide, "Error names"). */
const NOT_CAUGHT_BY_ALL = ['States.Runtime', 'States.DataLimitExceeded']
const TIMEOUTS = ['States.Timeout', 'States.HeartbeatTimeout']

export function catches({ ErrorEquals: names }: Pick<Catcher, 'ErrorEquals'>, error: string): boolean {
  return names.some((name) => {
    if (name === error) return true
    if (name === 'States.ALL') return !NOT_CAUGHT_BY_ALL.includes(error)
    if (name === 'States.Timeout') return error === 'States.HeartbeatTimeout'
    return name === 'States.TaskFailed' && ![...TIMEOUTS, ...NOT_CAUGHT_BY_ALL].includes(error)
  })
}

/** Ms until the next attempt after `tries` that failed; undefined where there is none. */
export function delayAfter(retrier: Retrier, tries: number, random: Random): number | undefined {
  const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds, JitterStrategy = 'NONE' } = retrier
  if (tries >= MaxAttempts) return undefined
  const seconds = Math.min(IntervalSeconds * BackoffRate ** tries, MaxDelaySeconds ?? Number.POSITIVE_INFINITY)
  return Math.round(seconds * 1000 * (JitterStrategy === 'FULL' ? random.next() : 1))
}
