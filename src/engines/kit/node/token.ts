import { timingSafeEqual } from 'node:crypto'

/** Compares a presented token in constant time. */
export function tokenMatches(presented: string | null, token: string): boolean {
  const [a, b] = [Buffer.from(presented ?? ''), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
