import { z } from 'zod'

/** Where an error belongs, so that the UI can put it there: a document, a field, a node, a position in SQL. */
export const ErrorPlace = z.object({
  file: z.string().optional(),
  /** JSON path inside the file, such as `nodes[2].config.bucket`. */
  path: z.string().optional(),
  node: z.string().optional(),
  field: z.string().optional(),
  /** 1-based. */
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  endLine: z.number().int().optional(),
  endColumn: z.number().int().optional(),
})
export type ErrorPlace = z.infer<typeof ErrorPlace>

export const WireError = z.object({
  code: z.string(),
  message: z.string(),
  domain: z.enum(['user', 'external', 'internal']),
  retry: z.boolean(),
  at: ErrorPlace.optional(),
})
export type WireError = z.infer<typeof WireError>

export type ErrorDomain = WireError['domain']

/**
 * An expected failure. `code` is the service's own word (`ResourceNotFoundException`, `SYNTAX_ERROR`), `domain` says whose
 * fault it is, `retry` whether the same request may succeed later. It arrives in the UI and at AWS clients as the same value.
 */
export class EngineError extends Error {
  readonly code: string
  readonly domain: ErrorDomain
  readonly retry: boolean
  readonly at?: ErrorPlace

  constructor(
    code: string,
    message: string,
    options: { domain?: ErrorDomain; retry?: boolean; at?: ErrorPlace; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = code
    this.code = code
    this.domain = options.domain ?? 'user'
    this.retry = options.retry ?? false
    if (options.at) this.at = options.at
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      domain: this.domain,
      retry: this.retry,
      ...(this.at && { at: this.at }),
    }
  }

  static fromWire(wire: WireError): EngineError {
    return new EngineError(wire.code, wire.message, wire)
  }

  /** Any thrown value as an EngineError: what is not one already is a bug of ours and says so. */
  static from(thrown: unknown): EngineError {
    if (thrown instanceof EngineError) return thrown
    if (isAbort(thrown))
      return new EngineError('Cancelled', 'The request was cancelled.', { retry: true, cause: thrown })
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return new EngineError('InternalFailure', message, { domain: 'internal', cause: thrown })
  }
}

export function isAbort(thrown: unknown): boolean {
  return (
    thrown instanceof Error && (thrown.name === 'AbortError' || (thrown as { code?: unknown }).code === 'Cancelled')
  )
}

/** States an invariant of ours. A breach is a bug, not a user's error: it crashes the worker, and the supervisor restarts it. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
