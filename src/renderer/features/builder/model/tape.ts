import type { NodeRun, RunState } from '../../../../engines/pipeline/contract.ts'

export interface Frame {
  /** Real ms since the run began. */
  readonly atMs: number
  readonly run: RunState
}

export interface Span {
  readonly state: NodeRun['state']
  readonly fromMs: number
  readonly toMs: number
}

const FRAMES_MAX = 1200

/**
 * The states of a run as they were seen, to scrub through it afterwards. When it is full, every second frame of the older
 * half goes: a long run is kept whole, its beginning coarser.
 */
export interface Tape {
  readonly runId: string
  /** When the run began, on the clock of `nowMs`. */
  readonly startMs: number
  /** How long it had been going when the first state was seen: of that nothing is known. */
  readonly unseenMs: number
  readonly frames: readonly Frame[]
  readonly spans: ReadonlyMap<string, readonly Span[]>
}

/** What a run needs to be shown at all is no time that was missed. */
const MISSED_LEAST_MS = 2000

/** `sinceMs` is how long the run had been going by then. */
export function startTape(run: RunState, nowMs: number, sinceMs = 0): Tape {
  const unseenMs = sinceMs < MISSED_LEAST_MS ? 0 : sinceMs
  return addFrame({ runId: run.runId, startMs: nowMs - unseenMs, unseenMs, frames: [], spans: new Map() }, run, nowMs)
}

export function addFrame(tape: Tape, run: RunState, nowMs: number): Tape {
  const atMs = nowMs - tape.startMs
  const frames = [...thin(tape.frames), { atMs, run }]
  const spans = new Map(tape.spans)
  for (const node of run.nodes) spans.set(node.node, addSpan(tape.spans.get(node.node) ?? [], node.state, atMs))
  return { ...tape, frames, spans }
}

function thin(frames: readonly Frame[]): readonly Frame[] {
  if (frames.length < FRAMES_MAX) return frames
  const half = frames.length / 2
  return frames.filter((_, i) => i >= half || i % 2 === 0)
}

function addSpan(spans: readonly Span[], state: Span['state'], atMs: number): readonly Span[] {
  const last = spans.at(-1)
  if (!last) return [{ state, fromMs: atMs, toMs: atMs }]
  // A state holds until the next one is seen.
  const closed = { ...last, toMs: atMs }
  return last.state === state
    ? [...spans.slice(0, -1), closed]
    : [...spans.slice(0, -1), closed, { state, fromMs: atMs, toMs: atMs }]
}

export function lengthMs(tape: Tape): number {
  return tape.frames.at(-1)?.atMs ?? 0
}

/** The last frame at or before a moment. */
export function frameAt(tape: Tape, atMs: number): Frame | undefined {
  let [low, high] = [0, tape.frames.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (tape.frames[middle].atMs <= atMs) low = middle
    else high = middle - 1
  }
  return tape.frames[low]
}

/** Round steps for a time axis of about `count` marks, ms. */
export function axisMarks(lengthMs: number, count = 8): number[] {
  const steps = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 216e5]
  const step = steps.find((s) => lengthMs / s <= count) ?? steps.at(-1)!
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, i) => i * step)
}
