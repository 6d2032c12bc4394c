import { createStore, type StoreApi } from 'zustand/vanilla'
import type { RunState, RunWarning } from '../../../engines/pipeline/contract.ts'
import type { Document } from './model/items.ts'
import { isActive, type NodeView, nextSparks, runViews, type WireView } from './model/run-view.ts'
import { addFrame, frameAt, lengthMs, startTape, type Tape } from './model/tape.ts'

interface RunStoreState {
  /** The newest state of the run that is shown. */
  readonly run: RunState | null
  readonly tape: Tape | null
  /** Where the tape is being looked at, ms; null follows the run. */
  readonly scrubMs: number | null
  readonly nodes: ReadonlyMap<string, NodeView>
  readonly wires: ReadonlyMap<string, WireView>
  readonly sparks: ReadonlyMap<string, readonly number[]>
  /** Of the newest state; the same list while they are the same. */
  readonly warnings: readonly RunWarning[]
}

const EMPTY: RunStoreState = {
  run: null,
  tape: null,
  scrubMs: null,
  nodes: new Map(),
  wires: new Map(),
  sparks: new Map(),
  warnings: [],
}

/**
 * What the canvas shows of a run: the last items of its feed, folded. Cards and wires subscribe by id and are drawn again only
 * when their own numbers change.
 */
export class RunStore {
  readonly store: StoreApi<RunStoreState> = createStore<RunStoreState>(() => EMPTY)
  private document: Document | null = null

  setDocument(document: Document | null): void {
    this.document = document
  }

  /** `wallMs` is what a person's own clock says, in which the run tells when it began. */
  take(run: RunState, nowMs: number, wallMs: number): void {
    const before = this.store.getState()
    const fresh = before.run?.runId !== run.runId
    const tape =
      fresh || !before.tape ? startTape(run, nowMs, wallMs - run.startedMs) : addFrame(before.tape, run, nowMs)
    const sparks = nextSparks(fresh ? new Map() : before.sparks, run)
    const scrubMs = fresh ? null : before.scrubMs
    const warnings = keepEqualList(before.warnings, run.warnings)
    if (scrubMs !== null) this.store.setState({ run, tape, sparks, warnings })
    else this.show(run, { run, tape, sparks, scrubMs, warnings })
  }

  clear(): void {
    this.store.setState(EMPTY)
  }

  /** Looks at an earlier moment of the run; null follows it again. */
  scrub(atMs: number | null): void {
    const { tape, run } = this.store.getState()
    if (!tape || !run) return
    const end = lengthMs(tape)
    const following = atMs === null || (atMs >= end && isActive(run))
    const shown = following ? run : (frameAt(tape, atMs)?.run ?? run)
    this.show(shown, { scrubMs: following ? null : Math.max(tape.unseenMs, Math.min(atMs, end)) })
  }

  private show(shown: RunState, change: Partial<RunStoreState>): void {
    const before = this.store.getState()
    const views = runViews(shown, this.document ?? { wires: [] }, change.sparks ?? before.sparks)
    this.store.setState({
      ...change,
      nodes: keepEqual(before.nodes, views.nodes),
      wires: keepEqual(before.wires, views.wires),
    })
  }
}

function keepEqualList(before: readonly RunWarning[], next: readonly RunWarning[]): readonly RunWarning[] {
  return next.length === before.length && next.every((warning, i) => same(warning, before[i])) ? before : next
}

/** Keeps the objects of what did not change, so that nobody draws it again. */
function keepEqual<V extends object>(before: ReadonlyMap<string, V>, next: Map<string, V>): Map<string, V> {
  for (const [id, view] of next) {
    const old = before.get(id)
    if (old && same(old, view)) next.set(id, old)
  }
  return next
}

function same(a: object, b: object): boolean {
  const other = b as Record<string, unknown>
  return Object.entries(a).every(([key, value]) => {
    if (value === other[key]) return true
    if (Array.isArray(value) && Array.isArray(other[key])) {
      const [x, y] = [value, other[key] as unknown[]]
      return x.length === y.length && x.every((v, i) => v === y[i])
    }
    return false
  })
}
