import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { EngineError } from '../../pure/errors.ts'
import { giveBack } from '../../pure/memory.ts'
import { createServer } from '../builtin-http.ts'
import type { AnswerBody, HttpAnswer, HttpRequest } from './http.ts'
import { SniffedSocket, sniff } from './sniff.ts'

const MIB = 1024 * 1024

export interface ListenerOptions {
  /** Answers a request whose head is whole; `body` reads the rest. Must not throw. */
  readonly answer: (head: RequestHead, signal: AbortSignal) => Promise<HttpAnswer>
  /** The form of an error that happens before there is a service, such as a body that is too large. */
  readonly refuse: (head: RequestHead | undefined, error: EngineError) => HttpAnswer
}

/** A request whose body is still on its way. */
export interface RequestHead extends Omit<HttpRequest, 'body'> {
  /** The whole body, in memory that the caller owns. Fails with RequestEntityTooLarge past `bytesMax`. */
  readonly body: (bytesMax: number) => Promise<Uint8Array>
}

export interface Listener {
  readonly port: number
  /** Ends idle connections at once, and the others when what they asked for is answered, or after a moment. */
  close(): Promise<void>
}

/** All bodies under way together: past it clients are told to slow down. */
const BODIES_BYTES_MAX = 512 * MIB

const HTTP1 = {
  // Clients keep connections for reuse; ours must outlive theirs, or they write into a closing one.
  keepAliveTimeout: 75_000,
  headersTimeout: 15_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 64 * 1024,
  noDelay: true,
  highWaterMark: 256 * 1024,
}

const HTTP2 = {
  settings: { initialWindowSize: 16 * MIB, maxConcurrentStreams: 512, maxFrameSize: MIB, maxHeaderListSize: 64 * 1024 },
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
}

const CONNECTIONS_MAX = 2048
const IDLE_MS = 120_000
const SNIFF_MS = 15_000
/** Characters from which on a text is worth a buffer of its own. */
const LONG_TEXT = 16 * 1024

/** One port of 127.0.0.1 that speaks HTTP/1.1 and HTTP/2 with prior knowledge. */
export async function listen(port: number, options: ListenerOptions): Promise<Listener> {
  const bodies = { bytes: 0 }
  const sessions = new Set<ServerHttp2Session>()
  const sockets = new Set<Socket>()
  const http2 = createHttp2Server(HTTP2)
  const http1 = createServer(HTTP1, (request, response) => void serve1(request, response, options, bodies))
  serveSessions(http2, sessions, (stream, headers) => void serve2(stream, headers, options, bodies))
  http1.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseGarbage(error, socket, options))
  divert(http1, http2, sockets)
  await bind(http1, port)
  return {
    port: (http1.address() as AddressInfo).port,
    close: () => close(http1, sessions, sockets),
  }
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', backlog: 1024 }, () => {
      server.off('error', reject)
      // Running out of file handles must not end the process: the connection waits.
      server.on('error', () => {})
      resolve()
    })
  })
}

/** Looks at a connection's first bytes before either server has it. */
function divert(http1: Server, http2: Http2Server, sockets: Set<Socket>): void {
  const [asHttp1] = http1.listeners('connection') as ((socket: Socket) => void)[]
  http1.removeAllListeners('connection')
  http1.maxConnections = CONNECTIONS_MAX
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.setTimeout(SNIFF_MS, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    sniff(socket, (isHttp2, head) => {
      socket.removeAllListeners('timeout')
      socket.setTimeout(0)
      if (isHttp2) {
        http2.emit('connection', new SniffedSocket(socket, head))
        return
      }
      asHttp1.call(http1, socket)
      // The parser takes later bytes off the handle, below the stream. So these go to it at once: put back into the stream, they would wait
      // for it to flow, and what came meanwhile would be parsed before them.
      socket.emit('data', head)
    })
  })
}

function serveSessions(
  http2: Http2Server,
  sessions: Set<ServerHttp2Session>,
  serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): void {
  http2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
    session.setTimeout(IDLE_MS, () => session.close())
    session.setLocalWindowSize(64 * MIB)
  })
  http2.on('sessionError', (_error, session) => session.destroy())
  http2.on('stream', serve)
}

async function close(http1: Server, sessions: Set<ServerHttp2Session>, sockets: Set<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => http1.close(() => resolve()))
  for (const session of sessions) session.close()
  http1.closeIdleConnections()
  const patience = setTimeout(() => {
    for (const session of sessions) session.destroy()
    for (const socket of sockets) socket.destroy()
  }, 1000)
  await closed
  clearTimeout(patience)
}

/** What cannot be read as HTTP gets a clean answer and no more of the connection. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex, options: ListenerOptions): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const timeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const reason = timeout
    ? new EngineError('RequestTimeout', 'The request did not arrive in time.')
    : new EngineError('BadRequest', 'This is not an HTTP request.')
  const answer = options.refuse(undefined, reason)
  const status = timeout
    ? '408 Request Timeout'
    : error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request'
  const body = String(answer.body)
  const head = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(
    `HTTP/1.1 ${status}\r\n${head.join('')}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

async function serve1(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenerOptions,
  bodies: { bytes: number },
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  response.on('error', () => {})
  const lease = new BodyLease(bodies)
  const headers = plainHeaders(request.headers)
  // HTTP/1's parser copies each piece of a body for us alone; pieces in HTTP/2 are slices of what its session reads.
  const head = headOf(request.method ?? 'GET', request.url ?? '/', headers, request, lease, true)
  try {
    const answer = written(await answerSafely(head, gone.signal, options))
    if (!request.complete) response.setHeader('connection', 'close')
    response.writeHead(answer.status, sized(answer))
    const { body, ownsBody } = answer
    if (ownsBody && ArrayBuffer.isView(body)) response.once('finish', () => giveBack(body))
    if (isWhole(body)) response.end(body)
    else await pour(body, response)
    // The rest of a refused body is not worth reading.
    if (!request.complete) request.resume()
  } catch {
    response.destroy()
  } finally {
    lease.end()
  }
}

async function serve2(
  stream: ServerHttp2Stream,
  incoming: IncomingHttpHeaders,
  options: ListenerOptions,
  bodies: { bytes: number },
): Promise<void> {
  const gone = new AbortController()
  stream.once('close', () => gone.abort())
  stream.on('error', () => {})
  const lease = new BodyLease(bodies)
  const headers = plainHeaders(incoming)
  const authority = incoming[':authority']
  if (typeof authority === 'string') headers.host = authority
  const head = headOf(incoming[':method'] ?? 'GET', incoming[':path'] ?? '/', headers, stream, lease, false)
  try {
    const answer = written(await answerSafely(head, gone.signal, options))
    if (stream.destroyed) return
    const { connection: _, ...answerHeaders } = sized(answer)
    stream.respond({ ':status': answer.status, ...answerHeaders })
    if (isWhole(answer.body)) stream.end(answer.body)
    else await pour(answer.body, stream)
  } catch {
    stream.destroy()
  } finally {
    lease.end()
  }
}

async function answerSafely(head: RequestHead, signal: AbortSignal, options: ListenerOptions): Promise<HttpAnswer> {
  try {
    return await options.answer(head, signal)
  } catch (thrown) {
    return options.refuse(head, EngineError.from(thrown))
  }
}

/** A long text is made bytes once: counting and writing it as text each go through all of it. */
const written = (answer: HttpAnswer): HttpAnswer =>
  typeof answer.body === 'string' && answer.body.length > LONG_TEXT
    ? { ...answer, body: Buffer.from(answer.body) }
    : answer

const isWhole = (body: AnswerBody): body is Uint8Array | string => typeof body === 'string' || ArrayBuffer.isView(body)

function pour(body: AsyncIterable<Uint8Array>, to: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    const from = Readable.from(body, { objectMode: false, highWaterMark: MIB })
    from.once('error', reject)
    to.once('close', () => {
      from.destroy()
      resolve()
    })
    from.pipe(to)
  })
}

function sized(answer: HttpAnswer): Record<string, string> {
  if (!isWhole(answer.body) || answer.status === 204 || answer.status === 304) return answer.headers
  if ('content-length' in answer.headers) return answer.headers
  const length = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.length
  return { ...answer.headers, 'content-length': String(length) }
}

function plainHeaders(headers: IncomingHttpHeaders | IncomingMessage['headers']): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (name.charCodeAt(0) === 58 || value === undefined) continue
    plain[name] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return plain
}

function headOf(
  method: string,
  target: string,
  headers: Record<string, string>,
  stream: Readable,
  lease: BodyLease,
  ownsPieces: boolean,
): RequestHead {
  // A proxy's form of the target names the host again.
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = url.indexOf('?')
  return {
    method,
    path: (mark === -1 ? url : url.slice(0, mark)) || '/',
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers,
    body: (bytesMax) => readBody(stream, headers, bytesMax, lease, ownsPieces),
  }
}

/** Counts one request's body into all that are under way. */
class BodyLease {
  private readonly bodies: { bytes: number }
  private bytes = 0

  constructor(bodies: { bytes: number }) {
    this.bodies = bodies
  }

  take(bytes: number): void {
    this.bytes += bytes
    this.bodies.bytes += bytes
    if (this.bodies.bytes > BODIES_BYTES_MAX)
      throw new EngineError('SlowDown', 'Too many large requests at once. Reduce your request rate.', {
        domain: 'external',
        retry: true,
      })
  }

  end(): void {
    this.bodies.bytes -= this.bytes
    this.bytes = 0
  }
}

function readBody(
  stream: Readable,
  headers: Record<string, string>,
  bytesMax: number,
  lease: BodyLease,
  ownsPieces: boolean,
): Promise<Uint8Array> {
  const declared = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  if (declared === 0) return Promise.resolve(new Uint8Array(0))
  if (declared !== undefined && declared > bytesMax) return Promise.reject(tooLarge(bytesMax))
  return new Promise((resolve, reject) => {
    if (declared !== undefined) lease.take(declared)
    // A body of known length is gathered in place, in memory of its own that may be transferred.
    const whole = declared === undefined ? undefined : unfilled(declared)
    const pieces: Uint8Array[] = []
    let length = 0
    const done = () => {
      stream.off('data', take)
      stream.off('end', end)
      stream.off('error', cut)
      stream.off('close', cut)
    }
    const stop = (error: EngineError) => {
      done()
      stream.on('error', () => {})
      stream.resume()
      reject(error)
    }
    const take = (piece: Buffer) => {
      if (length + piece.length > (declared ?? bytesMax)) return stop(tooLarge(bytesMax))
      const bytes = piece.length
      if (whole) {
        whole.set(piece, length)
        if (ownsPieces) giveBack(piece)
      } else {
        pieces.push(piece)
        try {
          lease.take(bytes)
        } catch (thrown) {
          return stop(EngineError.from(thrown))
        }
      }
      length += bytes
    }
    const cut = () => stop(new EngineError('IncompleteBody', 'The body ended before its length.', { retry: true }))
    const end = () => {
      if (whole && length < whole.length) return cut()
      done()
      resolve(whole ?? gather(pieces, length))
    }
    stream.on('data', take)
    stream.on('error', cut)
    stream.on('close', cut)
    stream.on('end', end)
  })
}

/** Memory that is not zeroed, for what is written over whole or thrown away. */
const unfilled = (bytes: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)

function gather(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

const tooLarge = (bytesMax: number) =>
  new EngineError('RequestEntityTooLarge', `The request's body is larger than ${bytesMax} bytes.`)
