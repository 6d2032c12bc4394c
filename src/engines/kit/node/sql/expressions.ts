/** Expressions of DuckDB for what both Trino and Redshift have and DuckDB has not. */

/** CRC-32 of each byte (polynomial EDB88320, reflected). */
const CRC_TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc >>> 0
})

/** The CRC-32 of a binary as a bigint, byte by byte. */
export function crc32Of(blob: string): string {
  const bytes = `list_transform(range(octet_length(${blob})), lambda i: ('0x' || hex(${blob})[2 * i + 1:2 * i + 2])::BIGINT)`
  return `xor(list_reduce(${bytes}, lambda crc, byte: xor(crc >> 8, [${CRC_TABLE.join(', ')}][(xor(crc, byte) & 255) + 1]), 4294967295::BIGINT), 4294967295::BIGINT)`
}

/** American Soundex: equal codes side by side count once, also over an H or W; vowels part them. */
export function soundexOf(text: string): string {
  const letters = `upper(regexp_replace(${text}, '[^A-Za-z]', '', 'g'))`
  const rest = `translate(regexp_replace(${letters}[2:], '[HW]', '', 'g'), 'ABCDEFGIJKLMNOPQRSTUVXYZ', '012301202245501262301202')`
  const codes = `translate(${letters}[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230120022455012623010202') || ${rest}`
  const once = [...'0123456'].reduce((of, digit) => `regexp_replace(${of}, '${digit}+', '${digit}', 'g')`, codes)
  return `CASE WHEN ${letters} = '' THEN '' ELSE ${letters}[1] || left(replace((${once})[2:], '0', '') || '000', 3) END`
}
