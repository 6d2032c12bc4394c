import { realTime } from '../../kit/node/real-time.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { ConnectionInput } from '../contract.ts'
import type { OpenConnection } from './connections.ts'

type OAuth = Extract<ConnectionInput['auth'], { kind: 'OAUTH_CLIENT_CREDENTIALS' }>

const TIMEOUT_MS = 5000
/** A token is not used in its last moments. */
const SPARE_MS = 10_000

interface Token {
  readonly text: string
  readonly untilMs: number
}

/** Access tokens by the client credentials grant (RFC 6749, section 4.4), one for each connection, in memory alone. Real time, as their servers count. */
export class OAuthTokens {
  private readonly tokens = new Map<string, Token>()

  /** The token of a connection; asked for where there is none that still holds. Throws what its server answered. */
  async token(connection: OpenConnection, auth: OAuth): Promise<string> {
    const key = keyOf(connection)
    const kept = this.tokens.get(key)
    if (kept && kept.untilMs > realTime.now()) return kept.text
    const made = await ask(auth)
    this.tokens.set(key, made)
    return made.text
  }

  /** It was not accepted: the next request asks for another. */
  forget(connection: OpenConnection): void {
    this.tokens.delete(keyOf(connection))
  }

  /** Of a connection, if there is one: it must not be told either. */
  of(connection: OpenConnection): string[] {
    const kept = this.tokens.get(keyOf(connection))
    return kept ? [kept.text] : []
  }
}

/** Another with each change of the connection. */
const keyOf = ({ arn, modifiedMs }: OpenConnection): string => `${arn} ${modifiedMs}`

async function ask({ client, secret, endpoint, method, http }: OAuth): Promise<Token> {
  const url = new URL(endpoint)
  const fields = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: secret })
  for (const { key, value } of http.body) fields.set(key, value)
  for (const { key, value } of [...http.query, ...(method === 'GET' ? pairs(fields) : [])])
    url.searchParams.set(key, value)
  const headers = new Headers({ accept: 'application/json' })
  for (const { key, value } of http.headers) headers.set(key, value)
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(url, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(method !== 'GET' && { body: fields }),
    })
    const said = (await answer.json()) as { access_token?: unknown; expires_in?: unknown }
    if (!answer.ok || typeof said.access_token !== 'string') throw new Error(`HTTP ${answer.status} without a token`)
    const lastsMs = said.expires_in === undefined ? Number.POSITIVE_INFINITY : Number(said.expires_in) * 1000
    return { text: said.access_token, untilMs: realTime.now() + lastsMs - SPARE_MS }
  } catch (thrown) {
    const { message } = (thrown as { cause?: Error }).cause ?? (thrown as Error)
    throw new EngineError('SDK_CLIENT_ERROR', `${url.origin} gives no token: ${message}`, {
      retry: true,
      cause: thrown,
    })
  }
}

const pairs = (fields: URLSearchParams) => [...fields].map(([key, value]) => ({ key, value }))
