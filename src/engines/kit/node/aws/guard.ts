import { EngineError } from '../../pure/errors.ts'

const LOOPBACK = /^(?:(?:[a-z0-9_-]+\.)*localhost|127\.0\.0\.1|\[::1\])$/

/**
 * Whether a request comes from this machine on purpose. A web page that a person visits can reach 127.0.0.1 too: it is known by its
 * Origin, by Sec-Fetch-Site, and, where it has rebound its own name to 127.0.0.1, by its Host.
 */
export function refusal(headers: Readonly<Record<string, string>>): EngineError | undefined {
  const host = (headers.host ?? '').toLowerCase()
  const name = host.replace(/:\d+$/, '')
  if (!LOOPBACK.test(name))
    return new EngineError('AccessDenied', 'This port answers to names of this machine only: localhost or 127.0.0.1.')
  const { origin } = headers
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`)
    return new EngineError('AccessDenied', 'Requests from web pages are refused.')
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return new EngineError('AccessDenied', 'Requests from web pages are refused.')
  return undefined
}
