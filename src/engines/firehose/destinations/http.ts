import { z } from 'zod'
import { realTime } from '../../kit/node/real-time.ts'

/** An answer is read this far; what is longer is no acknowledgement. */
const ANSWER_BYTES_MAX = 1024 * 1024

/**
 * The address of an endpoint. The service takes https alone; http is for servers of this machine. Nothing but this address is contacted:
 * redirects are not followed.
 */
export const EndpointUrl = z
  .string()
  .max(1000)
  .superRefine((text, context) => {
    const complain = (message: string) => context.addIssue({ code: 'custom', message })
    if (!URL.canParse(text)) return complain('it is not an address')
    const { protocol, hostname, username, password } = new URL(text)
    if (username || password) return complain('it cannot contain a user or a password')
    if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
      complain('it must begin with https://, or with http:// for a server of this machine')
  })

/** What is sent as a header. */
export const HeaderText = z.string().regex(/^[\x20-\x7e]*$/, 'it is sent as a header: printable ASCII alone')

const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

export type HttpProblem = 'timeout' | 'too-large' | 'failed'

/** Why there is no answer. */
export class NoAnswer extends Error {
  readonly problem: HttpProblem
  constructor(problem: HttpProblem, message: string) {
    super(message)
    this.problem = problem
  }
}

export interface HttpCall {
  readonly url: string
  readonly method?: 'POST' | 'GET'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** One request to an endpoint. Throws NoAnswer, or the signal's reason when the engine stops. */
export async function call({ url, headers, body, timeoutMs, signal, method = 'POST' }: HttpCall): Promise<HttpAnswer> {
  const ending = new AbortController()
  const abort = () => ending.abort()
  signal.addEventListener('abort', abort, { once: true })
  let late = false
  const timer = realTime.after(timeoutMs, () => {
    late = true
    ending.abort()
  })
  try {
    const content = typeof body === 'string' ? body : new Uint8Array(body)
    const answer = await fetch(url, { method, headers, body: content, redirect: 'manual', signal: ending.signal })
    return { status: answer.status, contentType: answer.headers.get('content-type') ?? '', text: await read(answer) }
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    if (late) throw new NoAnswer('timeout', `The endpoint did not answer in ${timeoutMs / 1000} s.`)
    if (thrown instanceof NoAnswer) throw thrown
    throw new NoAnswer('failed', reasonOf(thrown))
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', abort)
  }
}

async function read(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  if (!answer.body) return ''
  for await (const piece of answer.body) {
    bytes += piece.length
    if (bytes > ANSWER_BYTES_MAX)
      throw new NoAnswer('too-large', `The endpoint's answer is longer than ${ANSWER_BYTES_MAX} bytes.`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function reasonOf(thrown: unknown): string {
  const error = thrown as { message?: string; cause?: { code?: string; message?: string } }
  const { code, message } = error.cause ?? {}
  return `The endpoint could not be reached: ${[code, message].filter(Boolean).join(' ') || error.message}.`
}

/** A JSON object, or undefined where the text is none. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** JSON for a header: what is not ASCII stands as an escape. */
export function asciiJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped)
}

/** The start of a text, for messages. */
export const shortened = (text: string) => (text.length > 500 ? `${text.slice(0, 497)}…` : text)
