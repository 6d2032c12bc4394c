import type { Attempt, RetryStrategy } from '../contract.ts'

/**
 * Whether an attempt that failed is followed by another: the first rule whose globs all match decides; without a match it is retried (Batch
 * API reference, "EvaluateOnExit"). Attempts are counted, also those that never started.
 */
export function isRetried(retry: RetryStrategy, made: number, attempt: Attempt): boolean {
  if (made >= retry.attempts) return false
  const rule = retry.evaluateOnExit.find(
    ({ onStatusReason, onReason, onExitCode }) =>
      matches(onStatusReason, attempt.statusReason) &&
      matches(onReason, attempt.reason ?? '') &&
      matches(onExitCode, attempt.exitCode === undefined ? '' : String(attempt.exitCode)),
  )
  return rule?.action !== 'EXIT'
}

function matches(glob: string | undefined, text: string): boolean {
  if (glob === undefined) return true
  const [pattern, value] = [glob.toLowerCase(), text.toLowerCase()]
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern
}
