import { EngineError } from '../pure/errors.ts'

const LOOPBACK = /^(?:(?:[a-z0-9_-]+\.)*localhost|127\.0\.0\.1|\[::1\])$/

/**
 * Why a request must be refused, for every listener of ours. A web page that a person visits can reach 127.0.0.1 too: it is known by its
 * Origin, by Sec-Fetch-Site, and, where it has rebound its own name to 127.0.0.1, by its Host. An Origin is compared with the Host rather
 * than with our port, since a tunnel may change the port.
 */
export function refusal(headers: Readonly<Record<string, string | string[] | undefined>>): EngineError | undefined {
  const host = text(headers.host).toLowerCase()
  if (!LOOPBACK.test(host.replace(/:\d+$/, '')))
    return new EngineError('AccessDenied', 'This port answers to names of this machine only: localhost or 127.0.0.1.')
  const site = text(headers['sec-fetch-site'])
  const foreign = headers.origin !== undefined && originHost(text(headers.origin)) !== host
  if (foreign || (site !== '' && site !== 'same-origin' && site !== 'none'))
    return new EngineError('AccessDenied', 'Requests from web pages are refused.')
  return undefined
}

function text(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : undefined
}
