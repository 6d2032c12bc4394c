import type { EngineContext } from '../../kit/node/engine.ts'
import type { Secret, SecretPlace, Secrets } from '../../kit/node/secrets.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { uuid } from '../../kit/pure/ids.ts'
import type { Connection, ConnectionInput } from '../contract.ts'
import { alreadyExists, connectionArn, notFound } from '../errors.ts'
import type { EventStore, KeptConnection } from '../store.ts'

type Guarded = Pick<KeptConnection, 'auth' | 'http'>
/** What a connection says to an API. */
export type OpenConnection = Pick<ConnectionInput, 'auth' | 'http'>
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
    return (await changed(connection.name, connection, (value, place) => secrets.open(value, place))) as OpenConnection
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
  auth.kind === 'BASIC' ? auth.password : auth.value,
  ...Object.values(http).flatMap((list) => list.flatMap(({ secret, value }) => (secret ? [value] : []))),
]

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
  return {
    auth:
      auth.kind === 'BASIC'
        ? { ...auth, password: await change(auth.password, at('password')) }
        : { ...auth, value: await change(auth.value, at('key')) },
    http: {
      headers: await list('header', http.headers),
      query: await list('query', http.query),
      body: await list('body', http.body),
    },
  }
}

function told({ auth, http, ...connection }: KeptConnection): Connection {
  const list = (parameters: Guarded['http']['headers']) =>
    parameters.map(({ key, value, secret }) => ({
      key,
      secret,
      ...(!secret && typeof value === 'string' && { value }),
    }))
  return {
    ...connection,
    auth: auth.kind === 'BASIC' ? { kind: auth.kind, user: auth.user } : { kind: auth.kind, header: auth.header },
    http: { headers: list(http.headers), query: list(http.query), body: list(http.body) },
  }
}
