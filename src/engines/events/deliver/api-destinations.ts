import type { EngineContext } from '../../kit/node/engine.ts'
import { realTime } from '../../kit/node/real-time.ts'
import { masked } from '../../kit/node/secrets.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { uuid } from '../../kit/pure/ids.ts'
import type { ApiDestination, ApiDestinationInput, Destination } from '../contract.ts'
import { alreadyExists, apiDestinationArn, invalid, notFound } from '../errors.ts'
import type { EventStore } from '../store.ts'
import { basicOf, type Connections, type OpenConnection, secretsIn } from './connections.ts'
import { OAuthTokens } from './oauth-tokens.ts'
import { apiDestinationOf } from './places.ts'

/** "API destinations … have a maximum timeout of 5 seconds" (EventBridge user guide). Real time. */
const TIMEOUT_MS = 5000
const BODY_SHOWN = 200

/** Statuses that the service tries again. */
const isNotNow = (status: number): boolean => [401, 407, 409, 429].includes(status) || status >= 500

/** API destinations, and requests to them, at most so many a second of engine time each. */
export class ApiDestinations {
  private readonly context: Pick<EngineContext<unknown>, 'clock' | 'random'>
  private readonly store: EventStore
  private readonly connections: Connections
  /** When a destination may be asked next. */
  private readonly nextMs = new Map<string, number>()
  private readonly tokens = new OAuthTokens()

  constructor(context: Pick<EngineContext<unknown>, 'clock' | 'random'>, store: EventStore, connections: Connections) {
    this.context = context
    this.store = store
    this.connections = connections
  }

  list(): ApiDestination[] {
    return this.store.things('apiDestination')
  }

  find(name: string): ApiDestination {
    const found = this.list().find((each) => each.name === name)
    if (!found)
      throw notFound(`Failed to describe the api-destination(s). An api-destination '${name}' does not exist.`)
    return found
  }

  create(input: ApiDestinationInput): ApiDestination {
    if (this.list().some(({ name }) => name === input.name))
      throw alreadyExists(`An api-destination ${input.name} already exists.`)
    const { clock, random } = this.context
    const nowMs = clock.now()
    return this.keep({
      ...input,
      arn: apiDestinationArn(input.name, uuid(random)),
      createdMs: nowMs,
      modifiedMs: nowMs,
    })
  }

  update(name: string, change: Partial<ApiDestinationInput>): ApiDestination {
    return this.keep({ ...this.find(name), ...change, modifiedMs: this.context.clock.now() })
  }

  delete(name: string): void {
    this.store.delete('apiDestination', this.find(name).name)
  }

  private keep(destination: ApiDestination): ApiDestination {
    this.connections.find(destination.connectionArn)
    const { protocol } = URL.parse(destination.endpoint.replaceAll('*', 'x')) ?? {}
    if (protocol !== 'https:' && protocol !== 'http:')
      throw invalid('InvocationEndpoint is an address that begins with https:// or http://.', 'InvocationEndpoint')
    this.store.save('apiDestination', destination.name, destination)
    return destination
  }

  require({ arn, http }: Destination): void {
    const { endpoint } = this.find(apiDestinationOf(arn)!)
    const wanted = endpoint.split('*').length - 1
    const given = http?.path.length ?? 0
    if (given !== wanted) throw invalid(`${endpoint} has ${wanted} path parameters, and ${given} are given.`, 'Targets')
  }

  /** Asks the API; throws what it answered where that was no success. */
  async invoke(to: Destination, payload: string): Promise<string> {
    const destination = this.find(apiDestinationOf(to.arn)!)
    const opened = await this.connections.open(destination.connectionArn)
    await this.pace(destination)
    try {
      return await this.ask(destination, to, payload, opened)
    } catch (thrown) {
      const { code, message, domain, retry } = EngineError.from(thrown)
      throw new EngineError(code, masked(message, [...secretsIn(opened), ...this.tokens.of(opened)]), { domain, retry })
    }
  }

  private async ask(
    destination: ApiDestination,
    to: Destination,
    payload: string,
    connection: OpenConnection,
  ): Promise<string> {
    const { auth, http } = connection
    const values = [...(to.http?.path ?? [])]
    const url = new URL(destination.endpoint.replaceAll('*', () => encodeURIComponent(values.shift() ?? '')))
    for (const [key, value] of Object.entries(to.http?.query ?? {})) url.searchParams.set(key, value)
    for (const { key, value } of http.query) url.searchParams.set(key, value)
    const headers = new Headers({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Amazon/EventBridge/ApiDestinations',
      ...to.http?.headers,
    })
    for (const { key, value } of http.headers) headers.set(key, value)
    if (auth.kind === 'API_KEY') headers.set(auth.header, auth.value)
    else if (auth.kind === 'BASIC') headers.set('authorization', `Basic ${basicOf(auth)}`)
    else headers.set('authorization', `Bearer ${await this.tokens.token(connection, auth)}`)
    const { method } = destination
    const body = method === 'GET' || method === 'HEAD' ? undefined : withMembers(payload, http.body)
    const ending = new AbortController()
    const timer = realTime.after(TIMEOUT_MS, () => ending.abort())
    try {
      const answer = await fetch(url, {
        method,
        headers,
        redirect: 'manual',
        signal: ending.signal,
        ...(body !== undefined && { body }),
      })
      if (answer.ok) return `${answer.status}`
      if (answer.status === 401 || answer.status === 407) this.tokens.forget(connection)
      const piece = await answer.body?.getReader().read()
      const said = new TextDecoder().decode(piece?.value).slice(0, BODY_SHOWN)
      throw new EngineError(`HTTP ${answer.status}`, said || answer.statusText, { retry: isNotNow(answer.status) })
    } catch (thrown) {
      if (thrown instanceof EngineError) throw thrown
      const cause = (thrown as { cause?: Error }).cause ?? (thrown as Error)
      const why = ending.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : cause.message
      throw new EngineError('SDK_CLIENT_ERROR', `${url.origin}: ${why}`, { retry: true })
    } finally {
      timer.cancel()
      // The rest of the answer is nobody's.
      ending.abort()
    }
  }

  private async pace({ arn, ratePerSecond }: ApiDestination): Promise<void> {
    const { clock } = this.context
    const atMs = Math.max(clock.now(), this.nextMs.get(arn) ?? 0)
    this.nextMs.set(arn, atMs + 1000 / ratePerSecond)
    if (atMs > clock.now()) await new Promise<void>((resolve) => clock.at(atMs, resolve))
  }
}

/** A connection's members of the body go into one that is a JSON object. */
function withMembers(payload: string, members: OpenConnection['http']['body']): string {
  if (members.length === 0) return payload
  const body = JSON.parse(payload) as unknown
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return payload
  return JSON.stringify({ ...body, ...Object.fromEntries(members.map(({ key, value }) => [key, value])) })
}
