import { EngineError } from '../kit/pure/errors.ts'
import { type BucketSettings, type CorsRule, type LifecycleRule, type Notification, S3_EVENTS } from './contract.ts'

export const OBJECT_TAGS_MAX = 10
export const BUCKET_TAGS_MAX = 50
const LIFECYCLE_RULES_MAX = 1000
const CORS_RULES_MAX = 100
const ID_MAX = 255
const DAY_MS = 86_400_000

const argument = (message: string) => new EngineError('InvalidArgument', message)
const request = (message: string) => new EngineError('InvalidRequest', message)
const tag = (message: string) => new EngineError('InvalidTag', message)

type Change = { [K in keyof BucketSettings]?: BucketSettings[K] | null }

/** S3's rules for what a bucket is told to do, whoever tells it; throws S3's own errors. */
export function checkSettings({ tags, lifecycle, cors, notifications }: Change): void {
  if (tags) checkedTags(Object.entries(tags), BUCKET_TAGS_MAX)
  if (lifecycle) checkLifecycle(lifecycle)
  if (cors) checkCors(cors)
  if (notifications) checkNotifications(notifications)
}

/** Tags by S3's rules (S3 User Guide, "Categorizing your objects using tags"). */
export function checkedTags(pairs: readonly (readonly [string, string])[], max: number): Record<string, string> {
  if (pairs.length > max) throw new EngineError('BadRequest', `Tags cannot be greater than ${max}`)
  const tags = new Map<string, string>()
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) throw tag('The TagKey you have provided is invalid')
    if (value.length > 256) throw tag('The TagValue you have provided is invalid')
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value) || key.toLowerCase().startsWith('aws:'))
      throw tag('The TagKey or TagValue you have provided is invalid')
    if (tags.has(key)) throw tag('Cannot provide multiple Tags with the same key')
    tags.set(key, value)
  }
  return Object.fromEntries(tags)
}

function checkLifecycle(rules: readonly LifecycleRule[]): void {
  if (rules.length === 0 || rules.length > LIFECYCLE_RULES_MAX)
    throw request(`A lifecycle has 1 to ${LIFECYCLE_RULES_MAX} rules.`)
  if (rules.some(({ id }) => id.length > ID_MAX)) throw argument('ID length should not exceed allowed limit of 255')
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    throw argument('Rule ID must be unique. Found same ID for more than one rule')
  for (const rule of rules) {
    const { expireDays, expireAtMs, expireMarkers, noncurrentDays, abortUploadDays } = rule
    if ((expireDays ?? expireAtMs ?? expireMarkers ?? noncurrentDays ?? abortUploadDays) === undefined)
      throw request('At least one action needs to be specified in a rule.')
    if (expireAtMs !== undefined && expireAtMs % DAY_MS !== 0) throw argument("'Date' must be at midnight GMT")
    if (Object.keys(rule.tags).length > 0 && (abortUploadDays !== undefined || expireMarkers))
      throw request('AbortIncompleteMultipartUpload and ExpiredObjectDeleteMarker cannot be specified with Tags.')
  }
}

const stars = (text: string): number => text.split('*').length - 1

/** Limits of rules (S3 User Guide, "Elements of a CORS configuration"). */
function checkCors(rules: readonly CorsRule[]): void {
  if (rules.length > CORS_RULES_MAX)
    throw request('The number of CORS rules should not exceed allowed limit of 100 rules.')
  for (const { id = '', origins, headers, exposed } of rules) {
    if (id.length > ID_MAX) throw request('ID length should not exceed allowed limit of 255')
    const origin = origins.find((text) => stars(text) > 1)
    if (origin !== undefined) throw request(`AllowedOrigin "${origin}" can not have more than one wildcard.`)
    const header = headers.find((text) => stars(text) > 1)
    if (header !== undefined) throw request(`AllowedHeader "${header}" can not have more than one wildcard.`)
    const wild = exposed.find((text) => stars(text) > 0)
    if (wild !== undefined)
      throw request(`ExposeHeader "${wild}" contains wildcard. We currently do not support wildcard for ExposeHeader.`)
  }
}

function checkNotifications(notifications: readonly Notification[]): void {
  const unknown = notifications.flatMap(({ events }) => events).find((event) => !S3_EVENTS.includes(event))
  if (unknown !== undefined) throw new EngineError('NotImplemented', `The event '${unknown}' never comes here.`)
  if (new Set(notifications.map(({ id }) => id)).size < notifications.length)
    throw argument('Same ID used for multiple configurations. ID must be unique')
}
