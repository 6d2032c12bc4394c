import type { EngineContext } from '../../kit/node/engine.ts'
import type { Secret, SecretPlace, Secrets } from '../../kit/node/secrets.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { uuid } from '../../kit/pure/ids.ts'
import type { Connection, ConnectionInput } from '../contract.ts'
import { alreadyExists, connectionArn, notFound } from '../errors.ts'
import type { EventStore, KeptConnection } from '../store.ts'

type Guarded = Pick<KeptConnection, 'auth' | 'http'>
/** What a connection says to an API. */
export type OpenConnection = Pick<ConnectionInput, 'auth' | 'http'> & Pick<Connection, 'arn' | 'modifiedMs'>
type Change = (value: Secret, place: SecretPlace) => Promise<Secret>

/** How APIs are asked to let somebody in. Secrets are kept sealed, and opened for a request alone. */
export class Connections {
  private readonly context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'secrets' | 'log'>
  private readonly store: EventStore

  constructor(context: Connections['context'], store: EventStore) {
    this.context = context
    this.store = store
  }

  list(): Connection[] {
    return this.kept().map(told)
  }

  find(name: string): KeptConnection {
    const found = this.kept().find((each) => each.name === name || each.arn === name)
    if (!found) throw notFound(`Failed to describe the connection(s). Connection '${name}' does not exist.`)
    return found
  }

  async create(input: ConnectionInput): Promise<Connection> {
    const { clock, random, secrets } = this.context
    const guarded = await sealed(input.name, input, secrets)
    if (this.kept().some(({ name }) => name === input.name))
      throw alreadyExists(`Connection ${input.name} already exists.`)
    const nowMs = clock.now()
    const arn = connectionArn(input.name, uuid(random))
    return this.keep({ ...input, ...guarded, arn, createdMs: nowMs, modifiedMs: nowMs })
  }

  async update(name: string, { auth, http, ...change }: Partial<ConnectionInput>): Promise<Connection> {
    const before = this.find(name)
    const guarded = await sealed(
      before.name,
      { auth: auth ?? before.auth, http: http ?? before.http },
      this.context.secrets,
    )
    return this.keep({ ...this.find(name), ...change, ...guarded, modifiedMs: this.context.clock.now() })
  }

  delete(name: string): Connection {
    const connection = this.find(name)
    this.store.delete('connection', connection.name)
    return told(connection)
  }

  /** Throws `SecretUnreadable` where the workspace came from elsewhere. */
  async open(name: string): Promise<OpenConnection> {
    const { secrets } = this.context
    const connection = this.find(name)
    const guarded = await changed(connection.name, connection, (value, place) => secrets.open(value, place))
    return { ...connection, ...guarded } as OpenConnection
  }

  /** Secrets that an earlier Millrace kept as they were given. Where no key can be had, they stay until there is one. */
  async sealOld(): Promise<void> {
    const old = this.kept().filter((each) => guardedValues(each).some((value) => typeof value === 'string'))
    if (old.length === 0 && !this.store.isOverwriting) return
    const { secrets, log } = this.context
    try {
      const all = await Promise.all(old.map(async (each) => ({ ...each, ...(await sealed(each.name, each, secrets)) })))
      this.store.overwrite(() => {
        for (const each of all) this.store.save('connection', each.name, each)
      })
    } catch (thrown) {
      log.warn(`Secrets of connections are not sealed yet: ${EngineError.from(thrown).message}`)
    }
  }

  private kept(): KeptConnection[] {
    return this.store.things('connection')
  }

  private keep(connection: KeptConnection): Connection {
    this.store.save('connection', connection.name, connection)
    return told(connection)
  }
}

/** Texts that must not be told. */
export const secretsIn = ({ auth, http }: OpenConnection): string[] => [
  ...(guardedValues({ auth, http }) as string[]),
  ...(auth.kind === 'BASIC' ? [basicOf(auth)] : []),
]

const guardedValues = ({ auth, http }: Guarded): Secret[] => [
  secretOf(auth),
  ...[http, ...(auth.kind === 'OAUTH_CLIENT_CREDENTIALS' ? [auth.http] : [])]
    .flatMap((parameters) => Object.values(parameters).flat())
    .flatMap(({ secret, value }) => (secret ? [value] : [])),
]

function secretOf(auth: Guarded['auth']): Secret {
  if (auth.kind === 'BASIC') return auth.password
  return auth.kind === 'API_KEY' ? auth.value : auth.secret
}

/** As it stands in the header `Authorization`. */
export const basicOf = ({ user, password }: { user: string; password: string }): string =>
  Buffer.from(`${user}:${password}`).toString('base64')

const sealed = (name: string, guarded: Guarded, secrets: Secrets): Promise<Guarded> =>
  changed(name, guarded, async (value, place) => (typeof value === 'string' ? secrets.seal(value, place) : value))

/** The same with each secret changed. */
async function changed(name: string, { auth, http }: Guarded, change: Change): Promise<Guarded> {
  const at = (field: string) => ({ of: `the connection ${name}`, field })
  const list = (field: string, parameters: Guarded['http']['headers']) =>
    Promise.all(
      parameters.map(async (each) =>
        each.secret ? { ...each, value: await change(each.value, at(`${field} ${each.key}`)) } : each,
      ),
    )
  const all = async ({ headers, query, body }: Guarded['http'], of = '') => ({
    headers: await list(`${of}header`, headers),
    query: await list(`${of}query`, query),
    body: await list(`${of}body`, body),
  })
  const authOf = async (): Promise<Guarded['auth']> => {
    if (auth.kind === 'BASIC') return { ...auth, password: await change(auth.password, at('password')) }
    if (auth.kind === 'API_KEY') return { ...auth, value: await change(auth.value, at('key')) }
    return { ...auth, secret: await change(auth.secret, at('client secret')), http: await all(auth.http, 'token ') }
  }
  return { auth: await authOf(), http: await all(http) }
}

function told({ auth, http, ...connection }: KeptConnection): Connection {
  return { ...connection, auth: toldAuth(auth), http: toldHttp(http) }
}

function toldAuth(auth: Guarded['auth']): Connection['auth'] {
  if (auth.kind === 'BASIC') return { kind: auth.kind, user: auth.user }
  if (auth.kind === 'API_KEY') return { kind: auth.kind, header: auth.header }
  const { secret: _, http, ...rest } = auth
  return { ...rest, http: toldHttp(http) }
}

function toldHttp({ headers, query, body }: Guarded['http']): Connection['http'] {
  const list = (parameters: Guarded['http']['headers']) =>
    parameters.map(({ key, value, secret }) => ({
      key,
      secret,
      ...(!secret && typeof value === 'string' && { value }),
    }))
  return { headers: list(headers), query: list(query), body: list(body) }
}
