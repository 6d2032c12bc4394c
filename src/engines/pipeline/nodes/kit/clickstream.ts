import type { Random } from '../../../kit/pure/random.ts'
import { iso, type MakeRecord, padded, pick, Remembered } from './draw.ts'

/** Where a visitor goes from a page; a page named twice is twice as likely. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  '/': ['/search', '/search', '/product', '/product', '/account', '/help'],
  '/search': ['/product', '/product', '/product', '/search', '/'],
  '/product': ['/product', '/product', '/search', '/cart', '/'],
  '/cart': ['/checkout', '/checkout', '/product', '/search'],
  '/checkout': ['/', '/account'],
  '/account': ['/', '/search', '/help'],
  '/help': ['/', '/search'],
}
const ENTRANCES = ['/', '/', '/', '/search', '/product', '/product']
const REFERRERS = ['direct', 'search', 'newsletter', 'social', 'partner']
const DEVICES = ['mobile', 'mobile', 'desktop', 'tablet']
const COUNTRIES = ['US', 'DE', 'GB', 'FR', 'JP', 'BR', 'IN', 'CA']
/** A visitor who comes back later than this begins a new session, as web analytics count them. */
const IDLE_MS = 30 * 60_000

interface Session {
  readonly id: number
  readonly referrer: string
  readonly device: string
  page: string
  pages: number
  left: number
  lastMs: number
}

/** Users walk along links in sessions that end after some pages or half an hour; now and then one buys. */
export function clickstream(random: Random, key: () => number): MakeRecord {
  const sessions = new Remembered<Session>()
  return (timeMs, index) => {
    const user = key()
    const last = sessions.get(user)
    const goesOn = last !== undefined && last.left > 0 && timeMs - last.lastMs <= IDLE_MS
    const session = goesOn
      ? last
      : sessions.set(user, {
          id: index,
          referrer: pick(random, REFERRERS),
          device: pick(random, DEVICES),
          page: '',
          pages: 0,
          left: 1 + random.int(12),
          lastMs: timeMs,
        })
    const page = goesOn ? pick(random, LINKS[session.page]) : pick(random, ENTRANCES)
    session.page = page
    session.pages++
    session.left--
    session.lastMs = timeMs
    const draw = random.next()
    const text = JSON.stringify({
      event_time: iso(timeMs),
      event_id: index,
      user_id: `u${padded(user, 6)}`,
      session_id: `s${padded(session.id, 9)}`,
      session_page: session.pages,
      page: page === '/product' ? `/product/${padded(random.int(5000), 4)}` : page,
      action: page === '/checkout' && draw < 0.4 ? 'purchase' : page === '/cart' && draw < 0.7 ? 'add' : 'view',
      referrer: session.referrer,
      device: session.device,
      country: COUNTRIES[(user * 5) % COUNTRIES.length],
      duration_ms: Math.round(200 + random.next() ** 3 * 60_000),
    })
    return { key: `u${padded(user, 6)}`, text }
  }
}
