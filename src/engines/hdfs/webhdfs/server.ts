import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createServer } from '../../kit/node/builtin-http.ts'
import { refusal } from '../../kit/node/loopback.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Cluster } from '../cluster.ts'
import { remoteException } from '../errors.ts'
import { DELETE, POST, PUT, refuse } from './change.ts'
import { GET } from './get.ts'
import { readRequest, type WebAnswer } from './request.ts'

const METHODS = { GET, PUT, POST, DELETE } as const
const PORTS_TRIED = 100

/** WebHDFS on a port of 127.0.0.1, for the NameNode and all DataNodes. */
export class WebHdfs {
  readonly url: string
  private readonly server: Server
  private readonly sockets = new Set<Socket>()

  private constructor(server: Server, port: number) {
    this.server = server
    this.url = `http://127.0.0.1:${port}/webhdfs/v1`
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
    })
  }

  /** On the wanted port, or the next that is free. */
  static async open(cluster: Cluster, wanted: number): Promise<WebHdfs> {
    const server = createServer((request, response) => void answer(cluster, request, response))
    // A file may take longer to come than any time that could be named.
    server.requestTimeout = 0
    for (let port = wanted; ; port++) {
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject)
          server.listen(port, '127.0.0.1', () => {
            server.off('error', reject)
            resolve()
          })
        })
        return new WebHdfs(server, (server.address() as { port: number }).port)
      } catch (cause) {
        const { code } = cause as { code?: string }
        if ((code !== 'EADDRINUSE' && code !== 'EACCES') || port === wanted + PORTS_TRIED || port >= 65_535)
          throw new EngineError('PortUnavailable', `No port from ${wanted} on could be opened for WebHDFS.`, {
            domain: 'external',
            cause,
          })
      }
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const socket of this.sockets) socket.destroy()
    await closed
  }
}

async function answer(cluster: Cluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const foreign = refusal(request.headers)
    if (foreign) return send(response, { status: 403, json: { error: foreign.code, message: foreign.message } })
    const method = (request.method ?? 'GET') as keyof typeof METHODS
    const read = readRequest(cluster, request)
    const op = (read.parameters.text('op') ?? '').toUpperCase()
    const operations = METHODS[method] ?? {}
    const run = Object.hasOwn(operations, op) ? operations[op] : refuse(method, op)
    const answered = await run(read)
    if (answered.bytes) await stream(response, answered)
    else send(response, answered)
  } catch (thrown) {
    const { status, ...exception } = remoteException(thrown)
    if (response.headersSent) response.destroy()
    else send(response, { status, json: { RemoteException: exception } })
  } finally {
    // What is left of a body that was refused: the client may still be sending it.
    request.resume()
  }
}

function send(response: ServerResponse, { status, headers = {}, json }: WebAnswer): void {
  const body = json === undefined ? '' : JSON.stringify(json)
  response.writeHead(status, {
    'X-Content-Type-Options': 'nosniff',
    ...(json && { 'Content-Type': 'application/json' }),
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  })
  response.end(body)
}

/** A file that breaks off in the middle must not look whole: the connection ends without it. */
async function stream(response: ServerResponse, { status, headers, bytes }: WebAnswer): Promise<void> {
  response.writeHead(status, { 'X-Content-Type-Options': 'nosniff', ...headers })
  // The memory of a piece is written again once the next is asked for: it must have left by then.
  for await (const piece of bytes!)
    await new Promise<void>((resolve, reject) => response.write(piece, (error) => (error ? reject(error) : resolve())))
  response.end()
}
