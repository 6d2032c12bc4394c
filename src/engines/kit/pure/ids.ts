import type { Random } from './random.ts'

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** A version 4 UUID from the engine's own randomness, so that a seeded run names things alike. */
export function uuid(random: Random): string {
  const b = random.bytes(16)
  b[6] = (b[6] & 0x0f) | 0x40
  b[8] = (b[8] & 0x3f) | 0x80
  const hex = Array.from(b, (byte) => HEX[byte]).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export const ACCOUNT_ID = '000000000000'
export const DEFAULT_REGION = 'us-east-1'

export function arn(service: string, resource: string, region = DEFAULT_REGION): string {
  return `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`
}
