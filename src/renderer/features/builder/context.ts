import { createContext, useContext } from 'react'
import { type StoreApi, useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { Problem } from '../../../engines/pipeline/contract.ts'
import type { Document, ItemKey } from './model/items.ts'
import type { Offers } from './model/ports.ts'
import type { NodeView, WireView } from './model/run-view.ts'
import { FRESH, type Staleness } from './model/stale.ts'
import type { RunStore } from './run-store.ts'
import type { Session, SessionState } from './session.ts'

/** What one open builder shares among its parts. */
export interface Builder {
  readonly session: Session
  readonly runs: RunStore
  readonly ui: StoreApi<BuilderUi>
}

export type Pane = 'rows' | 'problems' | 'run' | 'timeline' | 'history'

/** State of the screen that is no part of the document. */
export interface BuilderUi {
  /** While a wire is drawn: which ports take it and why others do not. */
  readonly offers: Offers | null
  readonly breakpoints: ReadonlyMap<string, string>
  /** Rows pinned at nodes' outputs. */
  readonly pins: ReadonlyMap<string, number>
  readonly pane: Pane
  /** How the shown run differs from the document as it is now. */
  readonly stale: Staleness
  /** A field that the inspector shall show and focus. */
  readonly wantedField: { node: string; field: string; turn: number } | null
  /** A wire whose condition shall be edited. */
  readonly wantedCondition: number
  /** Items the canvas shall bring into sight. */
  readonly reveal: { keys: readonly ItemKey[]; turn: number } | null
}

export function createBuilderUi(): StoreApi<BuilderUi> {
  return createStore<BuilderUi>(() => ({
    offers: null,
    breakpoints: new Map(),
    pins: new Map(),
    pane: 'rows',
    stale: FRESH,
    wantedField: null,
    wantedCondition: 0,
    reveal: null,
  }))
}

export const BuilderContext = createContext<Builder | null>(null)

export function useBuilder(): Builder {
  const builder = useContext(BuilderContext)
  if (!builder) throw new Error('There is no builder here.')
  return builder
}

export function useSession<T>(select: (state: SessionState) => T): T {
  return useStore(useBuilder().session.store, select)
}

export function useUi<T>(select: (state: BuilderUi) => T): T {
  return useStore(useBuilder().ui, select)
}

export function useDocument(): Document {
  return useSession((state) => state.history!.present)
}

export function useNodeView(id: string): NodeView | undefined {
  return useStore(useBuilder().runs.store, (state) => state.nodes.get(id))
}

export function useWireView(id: string): WireView | undefined {
  return useStore(useBuilder().runs.store, (state) => state.wires.get(id))
}

export function useRun() {
  return useStore(useBuilder().runs.store, (state) => state.run)
}

/** What is amiss with the shown run although it goes on, or has ended well. */
export function useRunWarnings() {
  return useStore(useBuilder().runs.store, (state) => state.warnings)
}

const byPlace = new WeakMap<readonly Problem[], Map<ItemKey, Problem[]>>()

/** Problems by the item they are at. Made once for each list. */
export function problemsByItem(problems: readonly Problem[]): ReadonlyMap<ItemKey, Problem[]> {
  const known = byPlace.get(problems)
  if (known) return known
  const map = new Map<ItemKey, Problem[]>()
  for (const problem of problems) {
    const key = problem.wire !== undefined ? `wire:${problem.wire}` : problem.node
    if (key !== undefined) map.set(key, [...(map.get(key) ?? []), problem])
  }
  byPlace.set(problems, map)
  return map
}

const NONE: readonly Problem[] = []

export function useProblemsAt(key: ItemKey): readonly Problem[] {
  return useSession((state) => problemsByItem(state.problems).get(key) ?? NONE)
}

/** Selects items, brings them into sight, and opens the field that is meant. */
export function jumpTo(builder: Builder, keys: readonly ItemKey[], field?: string): void {
  builder.session.select(keys)
  builder.ui.setState((state) => ({
    reveal: { keys, turn: (state.reveal?.turn ?? 0) + 1 },
    ...(field !== undefined && {
      wantedField: { node: keys[0], field, turn: (state.wantedField?.turn ?? 0) + 1 },
    }),
  }))
}
