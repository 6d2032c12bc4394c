import { EngineError } from '../kit/pure/errors.ts'
import type { DeliveryStreamInfo, Encryption } from './contract.ts'
import { invalid } from './prefix.ts'

/** Delivery streams of an account and region (Firehose quotas). */
export const DELIVERY_STREAMS_MAX = 5_000
const TAGS_MAX = 50
const ENCRYPTION_CALLS_MAX = 25
const DAY_MS = 24 * 60 * 60 * 1000

export function inUse(name: string, why: string): EngineError {
  return new EngineError('ResourceInUseException', `Firehose ${name} under accountId 000000000000 ${why}`)
}

/** Tags set and removed, by key. A set key replaces the one that is there. */
export function withTags(
  info: DeliveryStreamInfo,
  set: Readonly<Record<string, string>>,
  remove: readonly string[],
): DeliveryStreamInfo {
  const reserved = Object.keys(set).find((key) => /^aws:/i.test(key))
  if (reserved !== undefined) throw invalid('Tags', `the key ${reserved} begins with aws:, which is reserved`)
  const tags = Object.fromEntries(Object.entries({ ...info.tags, ...set }).filter(([key]) => !remove.includes(key)))
  if (Object.keys(tags).length > TAGS_MAX)
    throw new EngineError('LimitExceededException', `A Firehose stream has at most ${TAGS_MAX} tags.`, {
      at: { field: 'Tags' },
    })
  return { ...info, tags }
}

/** What a call to start or stop encryption makes of its state; the service allows 25 in 24 hours. */
export function changeEncryption(info: DeliveryStreamInfo, on: boolean, nowMs: number): Encryption {
  if (info.sourceStream !== undefined)
    throw new EngineError(
      'InvalidArgumentException',
      'Server-side encryption is for Firehose streams of the type DirectPut: records from a data stream are kept by that stream alone.',
      { at: { field: 'DeliveryStreamName' } },
    )
  const callsMs = (info.encryption?.callsMs ?? []).filter((ms) => ms > nowMs - DAY_MS)
  if (callsMs.length >= ENCRYPTION_CALLS_MAX) {
    const message = `StartDeliveryStreamEncryption and StopDeliveryStreamEncryption may be called ${ENCRYPTION_CALLS_MAX} times in 24 hours.`
    throw new EngineError('LimitExceededException', message)
  }
  return { status: on ? 'ENABLING' : 'DISABLING', callsMs: [...callsMs, nowMs] }
}
