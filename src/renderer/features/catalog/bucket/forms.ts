import type { CorsRule, LifecycleRule, Notification } from '../../../../engines/lake/contract.ts'
import { type Problems, pairsOf, pairsText, plural } from '../../../lib/index.ts'
import { linesOf } from '../lines.ts'

const DAY = /^\d{4}-\d\d-\d\d$/

export type LifecycleForm = ReturnType<typeof lifecycleForm>

export const lifecycleForm = (rule?: LifecycleRule) => ({
  id: rule?.id ?? '',
  enabled: rule?.enabled ?? true,
  prefix: rule?.prefix ?? '',
  tags: pairsText(rule?.tags ?? {}),
  largerThan: rule?.largerThan ?? null,
  smallerThan: rule?.smallerThan ?? null,
  expiry: (rule?.expireAtMs !== undefined
    ? 'date'
    : rule?.expireMarkers
      ? 'markers'
      : rule && rule.expireDays === undefined
        ? 'never'
        : 'days') as 'never' | 'days' | 'date' | 'markers',
  expireDays: rule ? (rule.expireDays ?? null) : 30,
  expireDate: rule?.expireAtMs === undefined ? '' : new Date(rule.expireAtMs).toISOString().slice(0, 10),
  noncurrentDays: rule?.noncurrentDays ?? null,
  noncurrentKept: rule?.noncurrentKept ?? null,
  abortUploadDays: rule?.abortUploadDays ?? null,
})

export function lifecycleProblems(form: LifecycleForm, others: readonly string[]): Problems {
  const tagged = Object.keys(pairsOf(form.tags)).length > 0
  const nothing = form.expiry === 'never' && form.noncurrentDays === null && form.abortUploadDays === null
  return {
    ...idProblem(form.id, others),
    ...(nothing && { expiry: 'A rule does at least one thing: set this or a number of days below.' }),
    ...(tagged && form.expiry === 'markers' && { expiry: 'Markers have no tags: leave the tags empty.' }),
    ...(form.expiry === 'days' && form.expireDays === null && { expireDays: 'How many days?' }),
    ...(form.expiry === 'date' && !isDay(form.expireDate) && { expireDate: 'A day, as 2027-01-31' }),
    ...(form.noncurrentKept !== null && form.noncurrentDays === null && { noncurrentDays: 'How many days?' }),
    ...(tagged && form.abortUploadDays !== null && { abortUploadDays: 'Uploads have no tags: leave the tags empty.' }),
    ...(form.largerThan !== null &&
      form.smallerThan !== null &&
      form.smallerThan <= form.largerThan && { smallerThan: 'No object is smaller than this and larger than that.' }),
  }
}

const isDay = (text: string): boolean => DAY.test(text) && !Number.isNaN(Date.parse(text))

export function lifecycleRule(form: LifecycleForm): LifecycleRule {
  const { id, enabled, prefix, expiry, largerThan, smallerThan, noncurrentDays, noncurrentKept, abortUploadDays } = form
  return {
    id,
    enabled,
    prefix,
    tags: pairsOf(form.tags),
    ...(largerThan !== null && { largerThan }),
    ...(smallerThan !== null && { smallerThan }),
    ...(expiry === 'days' && { expireDays: form.expireDays! }),
    ...(expiry === 'date' && { expireAtMs: Date.parse(form.expireDate) }),
    ...(expiry === 'markers' && { expireMarkers: true }),
    ...(noncurrentDays !== null && { noncurrentDays }),
    ...(noncurrentKept !== null && { noncurrentKept }),
    ...(abortUploadDays !== null && { abortUploadDays }),
  }
}

/** What a rule does, as one reads it. */
export function lifecycleWords(rule: LifecycleRule): string {
  const { expireDays, expireAtMs, noncurrentDays, noncurrentKept, abortUploadDays } = rule
  return [
    expireDays !== undefined && `deletes after ${plural(expireDays, 'day')}`,
    expireAtMs !== undefined && `deletes on ${new Date(expireAtMs).toISOString().slice(0, 10)}`,
    rule.expireMarkers && 'deletes lone delete markers',
    noncurrentDays !== undefined &&
      `old versions after ${plural(noncurrentDays, 'day')}${noncurrentKept ? `, all but ${noncurrentKept}` : ''}`,
    abortUploadDays !== undefined && `open uploads after ${plural(abortUploadDays, 'day')}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

export type CorsForm = ReturnType<typeof corsForm>
export type Method = CorsRule['methods'][number]

export const corsForm = (rule?: CorsRule) => ({
  origins: rule?.origins.join('\n') ?? '',
  methods: rule?.methods ?? (['GET'] as Method[]),
  headers: rule?.headers.join('\n') ?? '',
  exposed: rule?.exposed.join('\n') ?? '',
  maxAgeSeconds: rule?.maxAgeSeconds ?? null,
})

const hasTwoStars = (text: string): boolean => text.split('*').length > 2

export function corsProblems(form: CorsForm): Problems {
  const origins = linesOf(form.origins)
  return {
    ...(origins.length === 0 && { origins: 'At least one: https://example.com, or * for all' }),
    ...(origins.some(hasTwoStars) && { origins: 'At most one * in an origin' }),
    ...(form.methods.length === 0 && { methods: 'At least one' }),
    ...(linesOf(form.headers).some(hasTwoStars) && { headers: 'At most one * in a header' }),
    ...(form.exposed.includes('*') && { exposed: 'Without *: each header by its name' }),
  }
}

export const corsRule = (form: CorsForm, id: string | undefined): CorsRule => ({
  ...(id !== undefined && { id }),
  origins: linesOf(form.origins),
  methods: form.methods,
  headers: linesOf(form.headers),
  exposed: linesOf(form.exposed),
  ...(form.maxAgeSeconds !== null && { maxAgeSeconds: form.maxAgeSeconds }),
})

export const notificationForm = (one?: Notification): Notification =>
  one ?? { id: '', function: '', events: ['s3:ObjectCreated:*'], prefix: '', suffix: '' }

export function notificationProblems(form: Notification, others: readonly string[]): Problems {
  return {
    ...idProblem(form.id, others),
    ...(form.function === '' && { function: 'Which function is told?' }),
    ...(form.events.length === 0 && { events: 'At least one' }),
  }
}

function idProblem(id: string, others: readonly string[]): Problems {
  if (id === '') return { id: 'A name of your own, such as old-logs' }
  if (id.length > 255) return { id: 'At most 255 characters' }
  return others.includes(id) ? { id: 'There is one of this name already' } : {}
}
