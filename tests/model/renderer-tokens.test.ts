import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(resolve(import.meta.dirname, '../../src/renderer/ui/tokens.css'), 'utf8')

/** Colours of one theme, by token; high contrast is laid over the theme it belongs to. */
function theme(name: string, contrast = false): Record<string, string> {
  const [plain, more] = css.split('@media (prefers-contrast: more)')
  const blocks = [
    ...plain.matchAll(/([^{}]*)\{([^{}]*)\}/g),
    ...(contrast ? more.matchAll(/([^{}]*)\{([^{}]*)\}/g) : []),
  ]
  const colours: Record<string, string> = {}
  for (const [, selector, body] of blocks)
    if (selector.includes(`data-theme="${name}"`))
      for (const [, token, value] of body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)) colours[token] = value
  return colours
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Contrast ratio of WCAG 2.2. */
function ratio(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const SURFACES = ['frame', 'panel', 'page', 'raised', 'input', 'hover', 'selected']
const TEXTS = ['text', 'text-2', 'text-3', 'accent', 'green', 'amber', 'red']

describe.each([
  ['dark', false],
  ['light', false],
  ['dark', true],
  ['light', true],
] as const)('%s theme, high contrast %s', (name, contrast) => {
  const colours = theme(name, contrast)

  it('keeps text at WCAG AA on every surface it is used on', () => {
    const weak = SURFACES.flatMap((surface) =>
      TEXTS.filter((text) => ratio(colours[text], colours[surface]) < 4.5).map(
        (text) => `${text} on ${surface}: ${ratio(colours[text], colours[surface]).toFixed(2)}`,
      ),
    )
    for (const [text, surface] of [
      ['accent', 'accent-soft'],
      ['green', 'green-soft'],
      ['amber', 'amber-soft'],
      ['red', 'red-soft'],
      ['on-accent', 'accent-solid'],
      ['text-2', 'pressed'],
    ])
      if (ratio(colours[text], colours[surface]) < 4.5) weak.push(`${text} on ${surface}`)
    expect(weak).toEqual([])
  })

  it('shows focus, borders of checks and data colours at 3 to 1', () => {
    const parts = ['focus', 'control-line', ...Array.from({ length: 10 }, (_, index) => `cat-${index + 1}`)]
    expect(parts.filter((part) => ratio(colours[part], colours.page) < 3)).toEqual([])
  })
})

it('defines the same tokens in both themes', () => {
  expect(Object.keys(theme('light')).sort()).toEqual(Object.keys(theme('dark')).sort())
})
