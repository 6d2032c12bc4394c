import type { InvokeResult, MappingSettings } from '../contract.ts'
import type { GivenUp } from './failures.ts'
import type { StreamRecord } from './records.ts'

/** How a batch reaches the function, and what surrounds that. All waits end by throwing once the mapping stops. */
export interface Surroundings {
  readonly settings: Pick<MappingSettings, 'bisect' | 'retryAttempts' | 'recordAgeS' | 'reportItemFailures'>
  invoke(records: readonly StreamRecord[]): Promise<InvokeResult>
  /** How many of the first records are too old to be tried, by the mapping's limit or since the stream has forgotten them. */
  tooOld(records: readonly StreamRecord[]): number
  giveUp(given: Pick<GivenUp, 'records' | 'condition' | 'invocations' | 'last'>): Promise<void>
  /** The records have been tried so often in vain, and will be again: what is kept of that survives a crash. */
  failed(records: readonly StreamRecord[], attempts: number): void
  /** Engine time before the attempt after so many. */
  pause(attempts: number): Promise<void>
  /** Records that need nothing more. */
  done(records: readonly StreamRecord[]): Promise<void>
}

interface Attempts {
  readonly made: number
  readonly last: InvokeResult | undefined
}

/**
 * Brings a batch to its end: handled, or given up. One that fails is tried again, whole or, with `bisect`, in halves, of which the first
 * comes to its end before the second; halving costs no attempt. With `reportItemFailures` records before the first that the function
 * names are done with.
 */
export async function handle(
  records: readonly StreamRecord[],
  around: Surroundings,
  attempts: Attempts = { made: 0, last: undefined },
): Promise<void> {
  const { settings } = around
  let { made, last } = attempts
  let rest = records
  for (;;) {
    const old = around.tooOld(rest)
    if (old > 0) {
      const gone = rest.slice(0, old)
      await around.giveUp({ records: gone, condition: 'RecordAgeExceeded', invocations: made, last })
      await around.done(gone)
      rest = rest.slice(old)
    }
    if (rest.length === 0) return
    last = await around.invoke(rest)
    made++
    const handled = handledOf(last, rest, settings.reportItemFailures)
    if (handled > 0) await around.done(rest.slice(0, handled))
    rest = rest.slice(handled)
    if (rest.length === 0) return
    if (settings.bisect && (handled > 0 || rest.length > 1)) {
      // What the function named is tried alone first; only where it named the first record, halves are made.
      const before = { made: made - 1, last }
      if (handled > 0) return handle(rest, around, before)
      const half = Math.ceil(rest.length / 2)
      await handle(rest.slice(0, half), around, before)
      return handle(rest.slice(half), around, before)
    }
    if (settings.retryAttempts >= 0 && made > settings.retryAttempts) {
      await around.giveUp({ records: rest, condition: 'RetryAttemptsExhausted', invocations: made, last })
      return around.done(rest)
    }
    around.failed(rest, made)
    await around.pause(made)
  }
}

/**
 * How many of the first records the function has handled. An answer with `batchItemFailures` counts to the first of them; one that
 * names what is not in the batch fails it whole (Lambda guide, "Configuring partial batch response with Kinesis").
 */
function handledOf(result: InvokeResult, records: readonly StreamRecord[], reports: boolean): number {
  if (result.failed) return 0
  if (!reports) return records.length
  const answer: unknown = JSON.parse(Buffer.from(result.payload).toString('utf8'))
  const failures = (answer as { batchItemFailures?: unknown } | null)?.batchItemFailures
  if (failures === undefined || failures === null) return records.length
  if (!Array.isArray(failures)) return 0
  const at = new Map(records.map(({ sequenceNumber }, index) => [sequenceNumber, index]))
  const places = failures.map((item) => at.get((item as { itemIdentifier?: string } | null)?.itemIdentifier ?? '') ?? 0)
  return Math.min(records.length, ...places)
}
