import type { Span } from '../../../../engines/batch/contract.ts'

/** A run of vCPUs that an attempt has for its time: `from` and `to` on the axis of the environment's capacity. */
export interface Block {
  readonly span: Span
  readonly from: number
  readonly to: number
}

const SMALLEST = 0.25

/**
 * Attempts of one environment stacked as they share its vCPUs: each has the lowest that are free when it starts, in parts where they are not
 * side by side, so that the height of the stack at any moment is what is used then.
 */
export function stack(spans: readonly Span[], nowMs: number): Block[] {
  const unit = spans.every(({ vcpus }) => Number.isInteger(vcpus)) ? 1 : SMALLEST
  /** Of each cell of a unit: until when it is taken. */
  const taken: number[] = []
  return [...spans]
    .sort((a, b) => a.startedMs - b.startedMs)
    .flatMap((span) => {
      let missing = Math.max(1, Math.round(span.vcpus / unit))
      const blocks: Block[] = []
      for (let cell = 0; missing > 0; cell++) {
        if ((taken[cell] ?? Number.NEGATIVE_INFINITY) > span.startedMs) continue
        taken[cell] = span.stoppedMs ?? nowMs
        missing--
        const last = blocks.at(-1)
        if (last?.to === cell * unit) blocks[blocks.length - 1] = { ...last, to: last.to + unit }
        else blocks.push({ span, from: cell * unit, to: (cell + 1) * unit })
      }
      return blocks
    })
}
