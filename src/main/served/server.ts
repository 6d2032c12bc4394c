import { readFile } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { WebSocketServer } from 'ws'
import { createServer } from '../../engines/kit/node/builtin-http.ts'
import { refusal } from '../../engines/kit/node/loopback.ts'
import { tokenMatches } from '../../engines/kit/node/token.ts'
import type { Port } from '../../engines/kit/pure/rpc.ts'
import { CONTENT_SECURITY_POLICY, CONTENT_TYPES } from '../policy.ts'
import { FRAME_BYTES_MAX, socketPort } from './socket.ts'

export interface ServedOptions {
  /** The built renderer; without one only the socket is served, for commands that attach. */
  readonly rendererDirectory: string | null
  readonly port: number
}

/** The workspace behind the pages: what opens its socket, and who serves it. */
export interface Opened {
  readonly token: string
  readonly attach: (port: Port) => void
}

export interface ServedShell {
  readonly url: string
  /** From now on pages reach this workspace. */
  open(workspace: Opened): void
  /** Lets go of all pages. A socket that is asked for from now on waits for the workspace that is opened next. */
  close(): void
  stop(): Promise<void>
}

/** The renderer and one WebSocket on 127.0.0.1. The socket needs the token; the files hold no secret. */
export async function startServed(options: ServedOptions): Promise<ServedShell> {
  const server = createServer((request, response) => void serveFile(options.rendererDirectory, request, response))
  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX })
  let opened = Promise.withResolvers<Opened>()
  server.on('upgrade', async (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const refuse = (reason: string) =>
      socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${reason}`)
    const url = addressOf(request)
    const reason = refusal(request.headers)?.message
    if (reason !== undefined) return refuse(reason)
    if (url?.pathname !== '/rpc') return refuse('There is no such socket.')
    const { token, attach } = await opened.promise
    if (!tokenMatches(url.searchParams.get('token'), token)) return refuse('The token is wrong.')
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('error', () => accepted.terminate())
      attach(socketPort(accepted))
    })
  })
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  const port = await listen(server, options.port)
  const close = () => {
    opened = Promise.withResolvers<Opened>()
    for (const client of sockets.clients) client.terminate()
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    open: (workspace) => opened.resolve(workspace),
    close,
    stop: async () => {
      close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Binds the port, or the next free one: the caller says which it became. */
export function listen(server: Server, wanted: number, tries = 64): Promise<number> {
  return new Promise((resolve, reject) => {
    const attempt = (port: number, left: number) => {
      const failed = (error: NodeJS.ErrnoException) => {
        if ((error.code === 'EADDRINUSE' || error.code === 'EACCES') && left > 0 && port !== 0)
          attempt(port + 1, left - 1)
        else reject(error)
      }
      server.once('error', failed)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', failed)
        resolve((server.address() as { port: number }).port)
      })
    }
    attempt(wanted, tries)
  })
}

/** What is asked for; null where it is no address, which any client may send. */
function addressOf(request: IncomingMessage): URL | null {
  return URL.parse(request.url ?? '/', 'http://127.0.0.1')
}

function pathOf(request: IncomingMessage): string | null {
  const address = addressOf(request)
  if (!address) return null
  try {
    return decodeURIComponent(address.pathname)
  } catch {
    return null
  }
}

/**
 * A link on another workspace's page brings a person here, from another port of this machine. They see a whole page, which holds no secret
 * and which nobody can draw in theirs; its socket still opens to none but itself.
 */
function isVisit({ headers }: IncomingMessage): boolean {
  return (
    headers['sec-fetch-site'] === 'same-site' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  )
}

async function serveFile(directory: string | null, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers } = request
  const reason = refusal(isVisit(request) ? { ...headers, 'sec-fetch-site': 'none' } : headers)?.message
  if (reason) return refuse(response, 403, reason)
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET is served here.')
  if (!directory) return refuse(response, 404, 'This process serves no pages.')
  const wanted = pathOf(request)
  if (wanted === null) return refuse(response, 400, 'The address cannot be read.')
  const path = normalize(wanted)
  const file = join(directory, path === sep ? 'index.html' : path)
  if (!file.startsWith(directory + sep)) return refuse(response, 404, 'There is no such file.')
  try {
    const body = await readFile(file)
    const hashed = path.startsWith(`${sep}assets${sep}`)
    response.writeHead(200, {
      'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Length': body.length,
      'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  } catch {
    refuse(response, 404, 'There is no such file.')
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
  response.end(`${reason}\n`)
}
