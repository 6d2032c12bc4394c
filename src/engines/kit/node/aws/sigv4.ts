import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { EngineError } from '../../pure/errors.ts'
import { encodeText, type HttpRequest, parseQuery } from './http.ts'

/** Whom a request says it is from and for: `AKID/20261123/us-east-1/kinesis/aws4_request`. */
export interface Scope {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
}

export interface KeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What verification leaves behind, for the chunks of a signed stream. */
export interface Verified {
  readonly signature: string
  readonly signingKey: Buffer
  readonly scope: string
  readonly time: string
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/** A clock that is further off gets RequestTimeTooSkewed (Signature Version 4, "Elements of an AWS API request signature"). */
const SKEW_MS = 15 * 60 * 1000

interface Signature {
  readonly scope: Scope
  readonly credential: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly presigned: boolean
}

/** The scope of a signed request, from its header or its query; undefined for one that carries none. */
export function scopeOf(request: HttpRequest): Scope | undefined {
  return parseSignature(request)?.scope
}

function parseSignature(request: HttpRequest): Signature | undefined {
  const header = request.headers.authorization
  if (header?.startsWith('AWS4-')) {
    const fields = new Map(
      header
        .slice(header.indexOf(' ') + 1)
        .split(',')
        .map((part) => part.trim().split(/=(.*)/s, 2) as [string, string]),
    )
    return signatureOf(fields.get('Credential'), fields.get('SignedHeaders'), fields.get('Signature'), false)
  }
  if (!request.query.includes('X-Amz-Credential')) return undefined
  const query = new Map(parseQuery(request.query))
  return signatureOf(
    query.get('X-Amz-Credential'),
    query.get('X-Amz-SignedHeaders'),
    query.get('X-Amz-Signature'),
    true,
  )
}

function signatureOf(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
  presigned: boolean,
): Signature | undefined {
  const parts = credential?.split('/') ?? []
  if (parts.length < 5) return undefined
  // An access key id may hold slashes; the scope is the last four parts.
  const [date, region, service] = parts.slice(-4)
  return {
    scope: { accessKeyId: parts.slice(0, -4).join('/'), date, region, service },
    credential: parts.slice(-4).join('/'),
    signedHeaders: (signedHeaders ?? '').split(';'),
    signature: signature ?? '',
    presigned,
  }
}

/**
 * Checks Signature Version 4 of a request, in its header or presigned (AWS IAM User Guide, "Create a signed AWS API request").
 * `s3` says that the path is signed as it is, not normalised and escaped once more.
 */
export function verifySignature(request: HttpRequest, keys: KeyPair, realNowMs: number, s3: boolean): Verified {
  const given = parseSignature(request)
  if (!given) throw new EngineError('MissingAuthenticationToken', 'Request is missing Authentication Token')
  if (given.scope.accessKeyId !== keys.accessKeyId)
    throw s3
      ? new EngineError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.')
      : new EngineError('UnrecognizedClientException', 'The security token included in the request is invalid.')
  if (s3) requireSignedHeaders(request, given)
  const query = parseQuery(request.query)
  const time = given.presigned ? parameter(query, 'X-Amz-Date') : (request.headers['x-amz-date'] ?? '')
  checkTime(given, time, query, realNowMs)
  const signingKey = deriveKey(keys.secretAccessKey, given.scope)
  const toSign = [ALGORITHM, time, given.credential, sha256(canonicalRequest(request, given, query, s3))].join('\n')
  const expected = hmac(signingKey, toSign).toString('hex')
  if (!equal(expected, given.signature)) throw mismatch(s3)
  checkBody(request, given)
  return { signature: given.signature, signingKey, scope: given.credential, time }
}

/** What says more than the signature does is refused: who got a presigned address must not turn a put into a copy. */
function requireSignedHeaders(request: HttpRequest, given: Signature): void {
  const signed = new Set(given.signedHeaders)
  const more = Object.keys(request.headers).find((name) => name.startsWith('x-amz-') && !signed.has(name))
  if (more !== undefined)
    throw new EngineError('AccessDenied', `There were headers present in the request which were not signed: ${more}`)
}

/** A presigned address expires, whether its signature is looked at or not. */
export function requireUnexpired(request: HttpRequest, realNowMs: number): void {
  const given = request.query.includes('X-Amz-Expires') ? parseSignature(request) : undefined
  if (!given?.presigned) return
  const query = parseQuery(request.query)
  checkTime(given, parameter(query, 'X-Amz-Date'), query, realNowMs)
}

const mismatch = (s3: boolean) =>
  new EngineError(
    s3 ? 'SignatureDoesNotMatch' : 'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )

function checkTime(given: Signature, time: string, query: readonly [string, string][], nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time)
  if (!match) throw new EngineError('IncompleteSignature', `The request's X-Amz-Date '${time}' is no date.`)
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number)
  const signedMs = Date.UTC(year, month - 1, day, hour, minute, second)
  if (given.presigned) {
    const expires = Number(parameter(query, 'X-Amz-Expires'))
    if (!(expires >= 1 && expires <= 604_800))
      throw new EngineError('AuthorizationQueryParametersError', 'X-Amz-Expires must be between 1 and 604800 seconds')
    if (nowMs > signedMs + expires * 1000) throw new EngineError('AccessDenied', 'Request has expired')
  } else if (Math.abs(nowMs - signedMs) > SKEW_MS) {
    throw new EngineError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    )
  }
}

function canonicalRequest(
  request: HttpRequest,
  given: Signature,
  query: readonly [string, string][],
  s3: boolean,
): string {
  const canonicalQuery = query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]): [string, string] => [encodeText(name), encodeText(value)])
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const headers = given.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`,
  )
  const path = s3 ? request.path : request.path.split('/').map(encodeText).join('/')
  return [
    request.method,
    path,
    canonicalQuery,
    headers.join(''),
    given.signedHeaders.join(';'),
    bodyHash(request, given),
  ].join('\n')
}

/** What the client says the body's hash is; S3 carries it in a header, the others sign it only. */
function bodyHash(request: HttpRequest, given: Signature): string {
  const declared = request.headers['x-amz-content-sha256']
  if (declared) return declared
  return given.presigned && given.scope.service === 's3' ? UNSIGNED : sha256(request.body)
}

function checkBody(request: HttpRequest, given: Signature): void {
  const declared = request.headers['x-amz-content-sha256']
  if (!declared || declared === UNSIGNED || declared.startsWith('STREAMING-')) return
  if (!given.presigned && declared !== sha256(request.body))
    throw new EngineError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}

function deriveKey(secret: string, scope: Scope): Buffer {
  const date = hmac(`AWS4${secret}`, scope.date)
  return hmac(hmac(hmac(date, scope.region), scope.service), 'aws4_request')
}

/** Signature of one chunk of a signed stream, over the one before it (S3, "Signature calculations: multiple chunks"). */
export function chunkSignature(verified: Verified, previous: string, chunk: Uint8Array): string {
  const lines = [`${ALGORITHM}-PAYLOAD`, verified.time, verified.scope, previous, sha256(''), sha256(chunk)]
  return hmac(verified.signingKey, lines.join('\n')).toString('hex')
}

/** Signature of the trailing headers of a signed stream; `trailer` is `name:value\n` for each. */
export function trailerSignature(verified: Verified, previous: string, trailer: string): string {
  const lines = [`${ALGORITHM}-TRAILER`, verified.time, verified.scope, previous, sha256(trailer)]
  return hmac(verified.signingKey, lines.join('\n')).toString('hex')
}

export function equal(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

const parameter = (query: readonly [string, string][], name: string): string =>
  query.find(([other]) => other === name)?.[1] ?? ''
