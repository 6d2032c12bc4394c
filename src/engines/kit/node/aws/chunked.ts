import { EngineError } from '../../pure/errors.ts'
import type { HttpRequest } from './http.ts'
import { chunkSignature, equal, trailerSignature, type Verified } from './sigv4.ts'

const CR = 13
const LF = 10
/** A chunk's first line: a length, `;chunk-signature=` and 64 digits. */
const LINE_MAX = 4096

const broken = (what: string) => new EngineError('InvalidChunkSizeError', `The aws-chunked body is broken: ${what}.`)

/**
 * Takes the frames off an `aws-chunked` body (S3, "Signature calculations for the authorization header: transferring payload in
 * multiple chunks") and gives its trailing headers their place among the others. Chunk signatures are checked where the request's
 * was. Other requests come back as they are.
 */
export function unchunk(request: HttpRequest, verified?: Verified): HttpRequest {
  const { headers } = request
  const hash = headers['x-amz-content-sha256'] ?? ''
  const encodings = (headers['content-encoding'] ?? '').split(',').map((part) => part.trim())
  if (!hash.startsWith('STREAMING-') && !encodings.includes('aws-chunked')) return request
  const signed = verified && hash.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD') ? verified : undefined
  const { body, trailers } = decode(request.body, signed)
  const declared = headers['x-amz-decoded-content-length']
  if (declared !== undefined && Number(declared) !== body.length)
    throw new EngineError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    )
  const encoding = encodings.filter((name) => name !== 'aws-chunked' && name !== '').join(',')
  const { 'content-encoding': _, ...others } = headers
  return {
    ...request,
    body,
    headers: { ...others, ...trailers, ...(encoding !== '' && { 'content-encoding': encoding }) },
  }
}

function decode(
  framed: Uint8Array,
  signed: Verified | undefined,
): { body: Uint8Array; trailers: Record<string, string> } {
  const pieces: Uint8Array[] = []
  let at = 0
  let total = 0
  let previous = signed?.signature ?? ''
  for (;;) {
    const [line, next] = readLine(framed, at)
    at = next
    const [size, extension] = line.split(';', 2)
    if (!/^[0-9a-fA-F]{1,8}$/.test(size)) throw broken('a chunk has no length')
    const length = Number.parseInt(size, 16)
    if (at + length > framed.length) throw broken('a chunk is cut short')
    const chunk = framed.subarray(at, at + length)
    if (signed) previous = checkChunk(signed, previous, chunk, extension)
    at += length
    if (length === 0) return { body: join(pieces, total), trailers: readTrailers(framed, at, signed, previous) }
    pieces.push(chunk)
    total += length
    if (framed[at] !== CR || framed[at + 1] !== LF) throw broken('a chunk does not end where its length says')
    at += 2
  }
}

/** One chunk is the common case, and is not copied. */
function join(pieces: readonly Uint8Array[], total: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]
  const whole = new Uint8Array(total)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function checkChunk(signed: Verified, previous: string, chunk: Uint8Array, extension: string | undefined): string {
  const given = /^chunk-signature=([0-9a-f]{64})$/.exec(extension ?? '')?.[1] ?? ''
  const expected = chunkSignature(signed, previous, chunk)
  if (!equal(expected, given)) throw doesNotMatch()
  return expected
}

const doesNotMatch = () =>
  new EngineError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )

function readTrailers(
  framed: Uint8Array,
  start: number,
  signed: Verified | undefined,
  previous: string,
): Record<string, string> {
  const trailers: Record<string, string> = {}
  let canonical = ''
  for (let at = start; at < framed.length; ) {
    const [line, next] = readLine(framed, at)
    at = next
    if (line === '') break
    const colon = line.indexOf(':')
    if (colon < 1) throw broken('a trailing header has no name')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') {
      if (signed && !equal(trailerSignature(signed, previous, canonical), value)) throw doesNotMatch()
      continue
    }
    trailers[name] = value
    canonical += `${name}:${value}\n`
  }
  return trailers
}

function readLine(framed: Uint8Array, start: number): [string, number] {
  const end = framed.indexOf(LF, start)
  if (end === -1 || end - start > LINE_MAX) throw broken('a line does not end')
  const last = framed[end - 1] === CR && end > start ? end - 1 : end
  return [Buffer.from(framed.buffer, framed.byteOffset + start, last - start).toString('latin1'), end + 1]
}
