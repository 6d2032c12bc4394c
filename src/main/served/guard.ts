import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Why a request must be refused, or null. A page of another site must reach nothing: the Host has to be a loopback name (which stops
 * DNS rebinding), and an Origin, where the browser sends one, has to be the Host's own. It is compared with the Host rather than with
 * our port, since a tunnel may change the port.
 */
export function refusal(request: Pick<IncomingMessage, 'headers'>): string | null {
  const host = request.headers.host ?? ''
  if (!LOOPBACK.test(host)) return `The host ${host || '(none)'} is not a loopback name.`
  const { origin } = request.headers
  if (origin !== undefined && originHost(origin) !== host.toLowerCase())
    return `Pages of ${origin} may not use this program.`
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return `Requests from another site are refused.`
  return null
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host.toLowerCase()
  } catch {
    return null
  }
}

/** Compares a presented token in constant time. */
export function tokenMatches(presented: string | null, token: string): boolean {
  const [a, b] = [Buffer.from(presented ?? ''), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
