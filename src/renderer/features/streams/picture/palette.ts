import { tokenValue } from '../../../lib/theme.ts'

export interface Palette {
  readonly ramp: readonly string[]
  readonly line: string
  readonly lane: string
  readonly panel: string
  readonly text: string
  readonly quiet: string
  readonly red: string
  readonly amber: string
  readonly accent: string
  readonly series: readonly string[]
}

export const RAMP = Array.from({ length: 9 }, (_, i) => `--seq-${i}`)

/** The tokens as they are now: a canvas cannot take a CSS variable. */
export function readPalette(): Palette {
  return {
    ramp: RAMP.map(tokenValue),
    line: tokenValue('--line-strong'),
    lane: tokenValue('--seq-0'),
    panel: tokenValue('--panel'),
    text: tokenValue('--text'),
    quiet: tokenValue('--text-3'),
    red: tokenValue('--red'),
    amber: tokenValue('--amber'),
    accent: tokenValue('--accent'),
    series: Array.from({ length: 10 }, (_, i) => tokenValue(`--cat-${i + 1}`)),
  }
}

/** "#1d3552" as three bytes. */
export function rgb(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}
