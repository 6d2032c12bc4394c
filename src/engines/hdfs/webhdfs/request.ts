import type { IncomingMessage } from 'node:http'
import type { Cluster } from '../cluster.ts'
import { hadoop } from '../errors.ts'
import type { Caller } from '../namenode/access.ts'
import { Parameters } from './parameters.ts'

const PREFIX = '/webhdfs/v1'
/** hadoop.http.staticuser.user: who does not say who they are. */
const NOBODY = 'dr.who'

export interface WebRequest {
  readonly cluster: Cluster
  readonly caller: Caller
  readonly path: string
  readonly parameters: Parameters
  /** `host:port` as the client wrote it. */
  readonly address: string
  /** The address of the request, for a redirect. */
  readonly url: URL
  readonly body: AsyncIterable<Uint8Array>
  /** The DataNode that a redirect has named. */
  readonly datanode: string | undefined
}

export interface WebAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: object
  readonly bytes?: AsyncIterable<Uint8Array>
}

export function readRequest(cluster: Cluster, request: IncomingMessage): WebRequest {
  const address = request.headers.host!
  const url = new URL(request.url ?? '/', `http://${address}`)
  if (url.pathname !== PREFIX && !url.pathname.startsWith(`${PREFIX}/`))
    throw hadoop('FileNotFoundException', `Not found: ${url.pathname}. The WebHDFS API begins with ${PREFIX}.`)
  const parameters = new Parameters(url.searchParams)
  const user = parameters.text('doas') ?? parameters.text('user.name') ?? NOBODY
  if (!/^[A-Za-z_][A-Za-z0-9._-]*\$?$/.test(user))
    throw hadoop('IllegalArgumentException', `Invalid value for webhdfs parameter "user.name": ${user}`)
  let path: string
  try {
    path = decodeURIComponent(url.pathname.slice(PREFIX.length)) || '/'
  } catch {
    throw hadoop('InvalidPathException', `Invalid path name ${url.pathname}`)
  }
  return {
    cluster,
    caller: { user, superuser: user === cluster.namenode.superuser },
    path,
    parameters,
    address,
    url,
    body: request,
    datanode: parameters.text('datanode'),
  }
}

export const ok = (json?: object): WebAnswer => ({ status: 200, ...(json && { json }) })
export const yes = (boolean: boolean): WebAnswer => ok({ boolean })
