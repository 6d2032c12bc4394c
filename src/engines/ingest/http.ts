import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { createServer } from '../kit/node/builtin-http.ts'
import { refusal } from '../kit/node/loopback.ts'
import { realTime } from '../kit/node/real-time.ts'
import { tokenMatches } from '../kit/node/token.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { recordsOf } from './body.ts'
import type { HttpSettings } from './contract.ts'
import { type Admission, closing, type TakenRecord } from './intake.ts'
import { fitsRecord, type Keys } from './keys.ts'
import { type Listening, listenOn } from './listen.ts'
import { ListeningSource } from './listening-source.ts'

const MIB = 1024 * 1024
/** So long a request waits for room, real time: shorter than clients wait for an answer. */
const WAIT_MS = 20_000
const CONNECTIONS_MAX = 512
const RETRY_AFTER_S = 1

const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  InvalidToken: 401,
  NotFound: 404,
  MethodNotAllowed: 405,
  UnsupportedMediaType: 415,
  InvalidBody: 400,
  RequestEntityTooLarge: 413,
  TooManyRequests: 429,
  ServiceUnavailable: 503,
}

const unpack = promisify(gunzip)

/** POST / on a port of 127.0.0.1. A request is answered 200 only once its records have been settled. */
export class HttpIngest extends ListeningSource {
  private readonly settings: HttpSettings
  private readonly token: string
  private readonly keys: Keys
  private answered = 0
  private refused = 0

  private constructor(settings: HttpSettings, token: string, keys: Keys, listening: Listening) {
    super(`http://127.0.0.1:${listening.port}/`, listening)
    this.settings = settings
    this.token = token
    this.keys = keys
  }

  static async open(settings: HttpSettings, token: string, keys: Keys): Promise<HttpIngest> {
    const server = createServer()
    server.maxConnections = CONNECTIONS_MAX
    const made = new HttpIngest(settings, token, keys, await listenOn(server, settings.port))
    server.on('request', (request, response) => void made.answer(request, response))
    return made
  }

  protected note(): string {
    const refused = this.refused > 0 ? `, ${this.refused.toLocaleString('en')} refused` : ''
    return `${this.answered === 1 ? '1 request' : `${this.answered.toLocaleString('en')} requests`} taken${refused}`
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.on('close', () => gone.abort(closing()))
    try {
      const count = await this.receive(request, gone.signal)
      this.answered++
      send(response, 200, { records: count })
    } catch (thrown) {
      const error = EngineError.from(thrown)
      this.refused++
      // What is left of the body is not read: the connection cannot be used for another request.
      if (!request.complete) response.setHeader('Connection', 'close')
      send(response, STATUS[error.code] ?? 500, { error: error.code, message: error.message })
      if (!request.complete) response.once('finish', () => request.destroy())
    }
    this.intake.look()
  }

  private async receive(request: IncomingMessage, gone: AbortSignal): Promise<number> {
    this.check(request)
    const bodyMax = this.settings.bodyMiB * MIB
    const length = Number(request.headers['content-length'] ?? Number.NaN)
    if (length > bodyMax) throw tooLarge(bodyMax)
    const zipped = request.headers['content-encoding'] !== undefined
    const admission = await this.admission(Number.isNaN(length) || zipped ? bodyMax : length, gone)
    let records: TakenRecord[]
    try {
      records = this.recordsIn(request, await bodyOf(request, bodyMax))
    } catch (thrown) {
      admission.release()
      throw thrown
    }
    await admission.take(records)
    return records.length
  }

  private check(request: IncomingMessage): void {
    const foreign = refusal(request.headers)
    if (foreign) throw foreign
    const [scheme, presented] = (request.headers.authorization ?? '').split(' ')
    if (scheme.toLowerCase() !== 'bearer' || !tokenMatches(presented ?? null, this.token))
      throw new EngineError('InvalidToken', 'Send the header Authorization: Bearer with the token of this workspace.')
    if ((request.url ?? '/').split('?')[0] !== '/') throw new EngineError('NotFound', 'Records are posted to /.')
    if (request.method !== 'POST') throw new EngineError('MethodNotAllowed', 'Only POST is served here.')
  }

  private async admission(bytes: number, gone: AbortSignal): Promise<Admission> {
    if (this.settings.whenFull === 'refuse') {
      const admission = this.intake.admit(bytes)
      if (admission) return admission
      throw new EngineError('TooManyRequests', 'What follows takes records more slowly than they come.', {
        retry: true,
      })
    }
    const late = new AbortController()
    const timer = realTime.after(WAIT_MS, () =>
      late.abort(
        new EngineError('ServiceUnavailable', `There was no room for ${WAIT_MS / 1000} s: nothing of this was taken.`, {
          retry: true,
        }),
      ),
    )
    try {
      return await this.intake.admitted(bytes, AbortSignal.any([late.signal, gone]))
    } finally {
      timer.cancel()
    }
  }

  private recordsIn(request: IncomingMessage, body: Uint8Array): TakenRecord[] {
    const { recordKiB } = this.settings
    const asked = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('key')
    const shared = asked ?? request.headers['x-partition-key']?.toString()
    const records = recordsOf(request.headers['content-type'] ?? '', body).map((record) => {
      const data = typeof record === 'string' ? Buffer.from(record) : record
      const key = shared
        ? this.keys.of(shared)
        : typeof record === 'string'
          ? this.keys.byField(record)
          : this.keys.own()
      if (!fitsRecord(key, data, recordKiB))
        throw new EngineError(
          'RequestEntityTooLarge',
          `A record may have ${recordKiB} KiB with its key: nothing of this was taken.`,
        )
      return { key, data }
    })
    if (records.length === 0) throw new EngineError('InvalidBody', 'There is no record in the body.')
    return records
  }
}

async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > bytesMax) throw tooLarge(bytesMax)
    pieces.push(piece)
  }
  const body = Buffer.concat(pieces)
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity') return body
  if (encoding !== 'gzip')
    throw new EngineError('UnsupportedMediaType', `The content encoding ${encoding} is not taken: send gzip or none.`)
  try {
    return await unpack(body, { maxOutputLength: bytesMax })
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax)
    throw new EngineError('InvalidBody', 'The body is not gzip.')
  }
}

function tooLarge(bytesMax: number): EngineError {
  return new EngineError('RequestEntityTooLarge', `A body may have ${bytesMax / MIB} MiB.`)
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(status === 405 && { Allow: 'POST' }),
    ...((status === 429 || status === 503) && { 'Retry-After': String(RETRY_AFTER_S) }),
  })
  response.end(`${JSON.stringify(body)}\n`)
}
