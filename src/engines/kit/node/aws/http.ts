/** One HTTP request, whole, as the gate hands it on. */
export interface HttpRequest {
  readonly method: string
  /** As it came, percent escapes kept: a signature is over these very characters. */
  readonly path: string
  /** Without the question mark; '' where there is none. */
  readonly query: string
  /** Names in lower case; `host` is always there (from `:authority` in HTTP/2). */
  readonly headers: Readonly<Record<string, string>>
  /** Owned by whoever answers. */
  readonly body: Uint8Array
}

export type AnswerBody = Uint8Array | string | AsyncIterable<Uint8Array>

export interface HttpAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: AnswerBody
  /** The body's bytes are nobody else's: their memory is given back once they are sent. */
  readonly ownsBody?: boolean
  /** Set where it is an error, for the request log. */
  readonly errorCode?: string
}

/** Query parameters in order, decoded; a name without `=` has the value ''. */
export function parseQuery(query: string): [string, string][] {
  if (query === '') return []
  return query.split('&').map((part) => {
    const equals = part.indexOf('=')
    return equals === -1
      ? [decodeText(part, true), '']
      : [decodeText(part.slice(0, equals), true), decodeText(part.slice(equals + 1), true)]
  })
}

/** Percent-decodes; a text with broken escapes or bytes that are no UTF-8 stands as it is written. */
export function decodeText(text: string, plusIsSpace = false): string {
  const spaced = plusIsSpace && text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** Percent-encodes as AWS signs it: all but unreserved characters. */
export function encodeText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
