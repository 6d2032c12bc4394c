import type { Random } from '../../../kit/pure/random.ts'

export interface GeneratedRecord {
  readonly key: string
  readonly text: string
}

/** Makes the record of a time (epoch ms) and a running number. */
export type MakeRecord = (timeMs: number, index: number) => GeneratedRecord

/** Draws from `count` keys, the n-th in proportion to 1 / n^skew (Zipf's law); skew 0 is uniform. */
export function zipf(random: Random, count: number, skew: number): () => number {
  if (skew === 0) return () => random.int(count)
  const sums = new Float64Array(count)
  let sum = 0
  for (let i = 0; i < count; i++) sums[i] = sum += 1 / (i + 1) ** skew
  return () => {
    const wanted = random.next() * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const PAGES = ['/', '/search', '/product', '/product', '/product', '/cart', '/checkout', '/account', '/help']
const REFERRERS = ['direct', 'search', 'newsletter', 'social', 'partner']
const DEVICES = ['mobile', 'mobile', 'desktop', 'tablet']
const COUNTRIES = ['US', 'DE', 'GB', 'FR', 'JP', 'BR', 'IN', 'CA']

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.int(from.length)]
}

function padded(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

let isoMs = Number.NaN
let isoText = ''

/** ISO 8601 text; many records in a row have one time. */
function iso(timeMs: number): string {
  if (timeMs !== isoMs) {
    isoMs = timeMs
    isoText = new Date(timeMs).toISOString()
  }
  return isoText
}

/** A value near 0 with a spread of about 1: the sum of four uniform draws. */
function spread(random: Random): number {
  return random.next() + random.next() + random.next() + random.next() - 2
}

/** Users walk through pages; a session ends after some, and now and then one buys. */
function clickstream(random: Random, key: () => number): MakeRecord {
  const sessions = new Map<number, { id: number; left: number }>()
  return (timeMs, index) => {
    const user = key()
    let session = sessions.get(user)
    if (!session || session.left === 0) {
      session = { id: index, left: 1 + random.int(12) }
      // Bounded: the oldest visitors are forgotten and come back with a new session.
      if (sessions.size >= 10_000) sessions.delete(sessions.keys().next().value!)
      sessions.set(user, session)
    }
    session.left--
    const page = pick(random, PAGES)
    const text = JSON.stringify({
      event_time: iso(timeMs),
      event_id: index,
      user_id: `u${padded(user, 6)}`,
      session_id: `s${padded(session.id, 9)}`,
      page: page === '/product' ? `/product/${padded(random.int(5000), 4)}` : page,
      action: page === '/checkout' && random.next() < 0.4 ? 'purchase' : 'view',
      referrer: pick(random, REFERRERS),
      device: pick(random, DEVICES),
      country: pick(random, COUNTRIES),
      duration_ms: Math.round(200 + random.next() ** 3 * 60_000),
    })
    return { key: `u${padded(user, 6)}`, text }
  }
}

/** Sensors drift around a value of their own; a few fail and send far-off readings for a while. */
function iot(random: Random, key: () => number): MakeRecord {
  const drift = new Map<number, number>()
  return (timeMs, index) => {
    const device = key()
    const level = (drift.get(device) ?? 18 + (device % 17)) + spread(random) * 0.2
    if (drift.size >= 10_000 && !drift.has(device)) drift.delete(drift.keys().next().value!)
    drift.set(device, level)
    const faulty = random.next() < 0.002
    const text = JSON.stringify({
      event_time: iso(timeMs),
      sequence: index,
      device_id: `d${padded(device, 6)}`,
      site: `site-${padded(device % 40, 2)}`,
      temperature: Number((faulty ? level + 60 : level).toFixed(2)),
      humidity: Number((45 + spread(random) * 10).toFixed(1)),
      battery: Number((3.1 + random.next() * 0.9).toFixed(3)),
      signal_dbm: -50 - random.int(60),
      firmware: `2.${device % 6}.${device % 9}`,
      status: faulty ? 'fault' : 'ok',
    })
    return { key: `d${padded(device, 6)}`, text }
  }
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE']
const ROUTES = ['/orders', '/orders/{id}', '/customers/{id}', '/login', '/invoices', '/health']

/** Requests of services: mostly fast and fine, with a long tail and some errors. */
function applog(random: Random, key: () => number): MakeRecord {
  return (timeMs, index) => {
    const service = key()
    const draw = random.next()
    const status = draw < 0.93 ? 200 : draw < 0.97 ? 404 : draw < 0.99 ? 500 : 503
    const text = JSON.stringify({
      event_time: iso(timeMs),
      request_id: `r${padded(index, 10)}`,
      service: `svc-${padded(service, 4)}`,
      host: `ip-10-0-${service % 16}-${random.int(250)}`,
      method: pick(random, METHODS),
      route: pick(random, ROUTES),
      status,
      latency_ms: Number((3 + random.next() ** 4 * (status >= 500 ? 8000 : 900)).toFixed(1)),
      bytes: 200 + random.int(20_000),
      level: status >= 500 ? 'ERROR' : status === 404 ? 'WARN' : 'INFO',
    })
    return { key: `svc-${padded(service, 4)}`, text }
  }
}

export const TEMPLATES: Record<'clickstream' | 'iot' | 'applog', (random: Random, key: () => number) => MakeRecord> = {
  clickstream,
  iot,
  applog,
}
