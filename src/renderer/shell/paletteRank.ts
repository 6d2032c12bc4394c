import { defaultFilter } from 'cmdk'

/** What stands beside a name (its group, its kind) says less than the name. */
const BESIDE = 0.75
const SCATTERED = 0.4

/**
 * How well an entry of the palette answers what was typed, 0 to 1, by its name and what stands beside it: it begins so, a word of it does, it holds
 * the text, or each word of the text. Letters that are only scattered over it come after all of these.
 */
export function paletteRank([name, ...beside]: readonly string[], typed: string): number {
  const wanted = typed.trim().toLowerCase()
  const found = [rankOf(name, wanted), ...beside.map((text) => BESIDE * rankOf(text, wanted))]
  return Math.max(...found) || SCATTERED * defaultFilter(name, wanted)
}

function rankOf(text: string, wanted: string): number {
  const name = text.toLowerCase()
  if (name === wanted) return 1
  if (name.startsWith(wanted)) return 0.95
  const words = name.split(/[\s./_:-]+/)
  const parts = wanted.split(/\s+/)
  const begins = (part: string) => words.some((word) => word.startsWith(part))
  if (begins(wanted)) return 0.85
  if (parts.every(begins)) return 0.8
  if (name.includes(wanted)) return 0.7
  return parts.every((part) => name.includes(part)) ? 0.6 : 0
}
