import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { unchunk } from '../../src/engines/kit/node/aws/chunked.ts'
import type { HttpRequest } from '../../src/engines/kit/node/aws/http.ts'
import { scopeOf, verifySignature } from '../../src/engines/kit/node/aws/sigv4.ts'

/** The keys and requests of the examples in the S3 API reference, "Authenticating Requests (AWS Signature Version 4)". */
const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const THEN = Date.UTC(2013, 4, 24)
const SCOPE = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'

const signed = (signedHeaders: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${SCOPE},SignedHeaders=${signedHeaders},Signature=${signature}`

const EMPTY = createHash('sha256').update('').digest('hex')

const getRange: HttpRequest = {
  method: 'GET',
  path: '/test.txt',
  query: '',
  headers: {
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': '20130524T000000Z',
    authorization: signed(
      'host;range;x-amz-content-sha256;x-amz-date',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ),
  },
  body: new Uint8Array(0),
}

const presigned: HttpRequest = {
  method: 'GET',
  path: '/test.txt',
  query: [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(SCOPE)}`,
    'X-Amz-Date=20130524T000000Z',
    'X-Amz-Expires=86400',
    'X-Amz-SignedHeaders=host',
    'X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  ].join('&'),
  headers: { host: 'examplebucket.s3.amazonaws.com' },
  body: new Uint8Array(0),
}

function frame(size: number, signature: string): Buffer {
  const head = `${size.toString(16)};chunk-signature=${signature}\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.alloc(size, 'a'), Buffer.from('\r\n')])
}

const streamed: HttpRequest = {
  method: 'PUT',
  path: '/examplebucket/chunkObject.txt',
  query: '',
  headers: {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'content-length': '66824',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    authorization: signed(
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    ),
  },
  body: Buffer.concat([
    frame(65536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
    frame(1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'),
    frame(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
  ]),
}

describe('signatures of the S3 reference', () => {
  it('hold, and break with any change', () => {
    expect(scopeOf(getRange)).toMatchObject({ region: 'us-east-1', service: 's3' })
    expect(() => verifySignature(getRange, KEYS, THEN, true)).not.toThrow()
    const changed: HttpRequest[] = [
      { ...getRange, method: 'HEAD' },
      { ...getRange, path: '/test.tx' },
      { ...getRange, query: 'acl' },
      { ...getRange, headers: { ...getRange.headers, range: 'bytes=0-8' } },
    ]
    for (const request of changed)
      expect(() => verifySignature(request, KEYS, THEN, true)).toThrow(
        expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
      )
    expect(() => verifySignature({ ...getRange, body: Buffer.from('x') }, KEYS, THEN, true)).toThrow(
      expect.objectContaining({ code: 'XAmzContentSHA256Mismatch' }),
    )
    expect(() => verifySignature(getRange, KEYS, THEN + 16 * 60_000, true)).toThrow(
      expect.objectContaining({ code: 'RequestTimeTooSkewed' }),
    )
  })

  it('hold in a presigned address until it expires', () => {
    expect(scopeOf(presigned)?.service).toBe('s3')
    expect(() => verifySignature(presigned, KEYS, THEN + 86_000_000, true)).not.toThrow()
    expect(() => verifySignature(presigned, KEYS, THEN + 86_401_000, true)).toThrow('Request has expired')
    const longer = { ...presigned, query: presigned.query.replace('=86400', '=604800') }
    expect(() => verifySignature(longer, KEYS, THEN, true)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    )
  })

  it('hold chunk by chunk', () => {
    const verified = verifySignature(streamed, KEYS, THEN, true)
    const plain = unchunk(streamed, verified)
    expect(plain.body.length).toBe(66_560)
    expect(plain.headers['content-encoding']).toBeUndefined()
    const damaged = Buffer.from(streamed.body)
    damaged[66_000] = 98
    expect(() => unchunk({ ...streamed, body: damaged }, verified)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    )
  })
})

describe('aws-chunked bodies', () => {
  const chunked = (body: string): HttpRequest => ({
    method: 'PUT',
    path: '/b/k',
    query: '',
    headers: {
      host: 'localhost',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked,gzip',
    },
    body: Buffer.from(body),
  })

  it('lose their frames; their trailers become headers', () => {
    const plain = unchunk(chunked('3\r\nabc\r\n2\r\nde\r\n0\r\nX-Amz-Checksum-Crc32: AAAA\r\n\r\n'))
    expect(Buffer.from(plain.body).toString()).toBe('abcde')
    expect(plain.headers).toMatchObject({ 'x-amz-checksum-crc32': 'AAAA', 'content-encoding': 'gzip' })
  })

  it.each([
    '',
    '3\r\nab',
    'x\r\nabc\r\n0\r\n\r\n',
    '3\r\nabcd\r\n0\r\n\r\n',
    'ffffffffff\r\n',
    '3',
    '-1\r\n\r\n',
    '0\r\n: x\r\n',
  ])('are refused where they are broken: %j', (body) =>
    expect(() => unchunk(chunked(body))).toThrow(expect.objectContaining({ code: 'InvalidChunkSizeError' })))
})
