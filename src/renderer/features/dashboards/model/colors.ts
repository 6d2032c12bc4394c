/** How many colours the categorical palette has (`--cat-1` … `--cat-10`). */
const PALETTE = 10

/**
 * Colours of one dashboard: a measure and a value of a column keep theirs in every visual, whatever is filtered away
 * around them. The order of a document's measures, and of a column's values when they are first seen, decides.
 */
export class ColorBook {
  private readonly measures = new Map<string, number>()
  private readonly values = new Map<string, Map<string, number>>()

  /** Measures in the order of the document; those known keep their place. */
  enroll(measures: Iterable<string>): void {
    for (const key of measures) if (!this.measures.has(key)) this.measures.set(key, this.measures.size)
  }

  measure(key: string): string {
    this.enroll([key])
    return paint(this.measures.get(key) ?? 0)
  }

  /** Values of a column seen together, so that those of one chart differ as long as the palette lasts. */
  enrollValues(column: string, values: Iterable<string>): void {
    const known = this.values.get(column) ?? new Map<string, number>()
    this.values.set(column, known)
    for (const value of [...new Set(values)].filter((text) => !known.has(text)).sort(byText))
      known.set(value, known.size)
  }

  value(column: string, value: string): string {
    if (!this.values.get(column)?.has(value)) this.enrollValues(column, [value])
    return paint(this.values.get(column)?.get(value) ?? 0)
  }
}

const byText = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

function paint(index: number): string {
  return `var(--cat-${(index % PALETTE) + 1})`
}

/** What a measure's colour belongs to: its column, not how this visual adds it up. */
export function measureKey(use: { column: string; aggregate?: string | undefined }): string {
  return use.column === '*' ? 'count of rows' : use.column
}

/** A token of the sequential ramp for a share of 0 to 1. */
export function rampColor(share: number): string {
  return `var(--seq-${Math.round(Math.min(1, Math.max(0, share)) * 8)})`
}

/** The token of text that reads on a step of the ramp, in both themes. */
export function rampInk(share: number): string {
  return share > 0.62 ? 'var(--page)' : 'var(--text)'
}
