import { crc32Of } from '../../kit/node/sql/expressions.ts'

/** More macros (see functions.ts): hashes and encodings of binaries, byte by byte where DuckDB has nothing like them. */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** HMAC (RFC 2104) over a hash whose blocks have 64 bytes. */
const hmac = (hash: string) => {
  const key = `rpad(hex(CASE WHEN octet_length(k) > 64 THEN unhex(${hash}(k)) ELSE k END), 128, '0')`
  const padded = (pad: number) =>
    `unhex(array_to_string(list_transform(range(64), lambda i: lpad(hex(xor(('0x' || ${key}[2 * i + 1:2 * i + 2])::BIGINT, ${pad})), 2, '0')), ''))`
  return `(b BLOB, k BLOB) AS CASE WHEN b IS NOT NULL AND k IS NOT NULL THEN unhex(${hash}(${padded(0x5c)} || unhex(${hash}(${padded(0x36)} || b)))) END`
}

const signed = (bytes: 4 | 8) => {
  const [from, to] = bytes === 8 ? ['UBIGINT', 'BIGINT'] : ['UINTEGER', 'INTEGER']
  return `(b BLOB) AS CASE WHEN octet_length(b) <> ${bytes} THEN trino_fail('expected ${bytes}-byte input, but got instead: ' || octet_length(b))::${to}
     ELSE ('0x' || hex(b))::${from}::BIT::${to} END`
}

const real = (bytes: 4 | 8) =>
  `(b BLOB) AS CASE WHEN octet_length(b) <> ${bytes} THEN trino_fail('Input floating-point value must be exactly ${bytes} bytes long')::${bytes === 8 ? 'DOUBLE' : 'FLOAT'}
     ELSE b::BIT::${bytes === 8 ? 'DOUBLE' : 'FLOAT'} END`

export const ENCODINGS: Readonly<Record<string, readonly string[]>> = {
  md5: ['(b) AS unhex(md5(b))'],
  sha1: ['(b) AS unhex(sha1(b))'],
  sha256: ['(b) AS unhex(sha256(b))'],
  hmac_md5: [hmac('md5')],
  hmac_sha1: [hmac('sha1')],
  hmac_sha256: [hmac('sha256')],
  crc32: [`(b BLOB) AS ${crc32Of('b')}`],
  from_base64url: [
    `(s) AS from_base64(rpad(replace(replace(s, '-', '+'), '_', '/'), (ceil(length(s) / 4.0) * 4)::INTEGER, '='))`,
  ],
  to_base64url: [`(b) AS replace(replace(to_base64(b), '+', '-'), '/', '_')`],
  to_base32: [
    `(b BLOB) AS CASE WHEN octet_length(b) = 0 THEN '' ELSE rpad(array_to_string(list_transform(range(0, octet_length(b) * 8, 5),
       lambda i: '${BASE32}'[('0b' || rpad((b::BIT::VARCHAR)[i + 1:i + 5], 5, '0'))::INTEGER + 1]), ''), (ceil(octet_length(b) / 5.0) * 8)::INTEGER, '=') END`,
  ],
  from_base32: [
    `(s) AS unhex(array_to_string(list_transform(range(length(rtrim(s, '=')) * 5 // 8), lambda i: lpad(hex(('0b' || array_to_string(list_transform(
       string_split(rtrim(s, '='), ''), lambda c: lpad(bin(strpos('${BASE32}', c) - 1), 5, '0')), '')[8 * i + 1:8 * i + 8])::BIGINT), 2, '0')), ''))`,
  ],
  to_big_endian_64: [`(x) AS unhex(lpad(hex(x::BIGINT), 16, '0'))`],
  to_big_endian_32: [`(x) AS unhex(right(lpad(hex(x::BIGINT), 16, '0'), 8))`],
  from_big_endian_64: [signed(8)],
  from_big_endian_32: [signed(4)],
  to_ieee754_64: ['(x) AS x::DOUBLE::BIT::BLOB'],
  to_ieee754_32: ['(x) AS x::FLOAT::BIT::BLOB'],
  from_ieee754_64: [real(8)],
  from_ieee754_32: [real(4)],
}
