import { EngineError } from '../pure/errors.ts'

const LOOPBACK = /^(?:(?:[a-z0-9_-]+\.)*localhost|127\.0\.0\.1|\[::1\])$/

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Why a request must be refused, for every listener of ours. */
export function refusal(headers: Headers): EngineError | undefined {
  return foreignHost(headers) ?? (isFromForeignPage(headers) ? foreignPage() : undefined)
}

/**
 * A web page that a person visits can reach 127.0.0.1 too: it is known by its Origin, by Sec-Fetch-Site, and, where it has rebound its own name
 * to 127.0.0.1, by its Host.
 */
export function foreignHost(headers: Headers): EngineError | undefined {
  if (LOOPBACK.test(hostOf(headers).replace(/:\d+$/, ''))) return undefined
  return new EngineError('AccessDenied', 'This port answers to names of this machine only: localhost or 127.0.0.1.')
}

/** An Origin is compared with the Host rather than with our port, since a tunnel may change the port. */
export function isFromForeignPage(headers: Headers): boolean {
  const site = text(headers['sec-fetch-site'])
  const foreign = headers.origin !== undefined && originHost(text(headers.origin)) !== hostOf(headers)
  return foreign || (site !== '' && site !== 'same-origin' && site !== 'none')
}

export const foreignPage = () => new EngineError('AccessDenied', 'Requests from web pages are refused.')

const hostOf = (headers: Headers): string => text(headers.host).toLowerCase()

function text(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : undefined
}
