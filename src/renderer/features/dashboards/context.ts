import { createContext, use } from 'react'
import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { DataSet } from '../../../engines/bi/contract.ts'
import { markFilters, type Sheet, type SheetFilter, type Visual } from '../../../engines/bi/dashboard.ts'
import type { Cell } from '../../../engines/kit/pure/table.ts'
import { type Mark, markKey } from './charts/define.ts'
import { ColorBook } from './model/colors.ts'
import { type DrillStep, finer } from './model/fields.ts'
import type { DashboardSession } from './session.ts'

/** What a reader clicked in one visual: it filters the others of its data set. */
export interface CrossPick {
  readonly visual: string
  readonly title: string
  readonly dataSet: string
  readonly mark: Mark
  readonly key: string
}

/** What the reader of a dashboard chose. None of it belongs to the document. */
export interface ReaderState {
  readonly sheet: string | null
  /** The visual or text box that is being edited. */
  readonly selected: string | null
  readonly picks: readonly CrossPick[]
  /** Of controls: what is chosen, by their ids. */
  readonly chosen: Readonly<Record<string, readonly Cell[]>>
  readonly drills: Readonly<Record<string, readonly DrillStep[]>>
  readonly presenting: boolean
  /** The visual shown as a table. */
  readonly asTable: string | null
}

export interface DashboardContextValue {
  readonly session: DashboardSession
  readonly reader: StoreApi<ReaderState>
  readonly colors: ColorBook
}

export function createReader(): StoreApi<ReaderState> {
  return createStore<ReaderState>(() => ({
    sheet: null,
    selected: null,
    picks: [],
    chosen: {},
    drills: {},
    presenting: false,
    asTable: null,
  }))
}

export const newColors = () => new ColorBook()

export const DashboardContext = createContext<DashboardContextValue | null>(null)

export function useDashboard(): DashboardContextValue {
  const value = use(DashboardContext)
  if (!value) throw new Error('There is no dashboard around this component')
  return value
}

export function useReader<T>(pick: (state: ReaderState) => T): T {
  return useStore(useDashboard().reader, pick)
}

/** The sheet that is shown. */
export function useSheet(): Sheet | null {
  const { session, reader } = useDashboard()
  const document = useStore(session.store, (state) => state.history?.present ?? null)
  const chosen = useStore(reader, (state) => state.sheet)
  return document?.sheets.find(({ id }) => id === chosen) ?? document?.sheets[0] ?? null
}

/** Every data set, by its id; kept while newer ones are on their way. */
export const DataSetsContext = createContext<{
  readonly list: readonly DataSet[] | undefined
  readonly byId: ReadonlyMap<string, DataSet>
  /** Rises when the data of a data set changed. */
  readonly versions: Readonly<Record<string, Version>>
  /** Data sets into which rows still come. */
  readonly filling: ReadonlySet<string>
}>({ list: undefined, byId: new Map(), versions: {}, filling: new Set() })

export interface Version {
  readonly turn: number
  readonly refreshedMs: number | null
}

/** A click on a mark filters by it, a second click gives it up. */
export function togglePick(reader: StoreApi<ReaderState>, visual: Visual, mark: Mark): void {
  const key = markKey(mark)
  reader.setState(({ picks }) => {
    const others = picks.filter((pick) => pick.visual !== visual.id)
    const same = picks.some((pick) => pick.visual === visual.id && pick.key === key)
    return {
      picks: same
        ? others
        : [...others, { visual: visual.id, title: visual.title, dataSet: visual.dataSet, mark, key }],
    }
  })
}

/** A double click on a period opens it: the visual goes to the next finer granularity inside it. */
export function drillInto(
  reader: StoreApi<ReaderState>,
  visual: Visual,
  mark: Mark,
  /** Columns of days without a clock: nothing lies below the day. */
  days: ReadonlySet<string>,
): void {
  const at = mark.fields.findIndex(
    ({ use }) => use.granularity && finer(use.granularity) && !(use.granularity === 'DAY' && days.has(use.column)),
  )
  const use = mark.fields[at]?.use
  const value = mark.values[at]
  if (!use?.granularity || typeof value !== 'string') return
  const step: DrillStep = { column: use.column, granularity: use.granularity, value }
  reader.setState(({ drills, picks }) => ({
    drills: { ...drills, [visual.id]: [...(drills[visual.id] ?? []), step] },
    picks: picks.filter((pick) => pick.visual !== visual.id),
  }))
}

export function drillTo(reader: StoreApi<ReaderState>, visual: string, depth: number): void {
  reader.setState(({ drills }) => ({ drills: { ...drills, [visual]: (drills[visual] ?? []).slice(0, depth) } }))
}

/** Filters that picks in other visuals lay upon this one. */
export function pickFilters(picks: readonly CrossPick[], visual: string): SheetFilter[] {
  return picks
    .filter((pick) => pick.visual !== visual)
    .flatMap(({ mark, dataSet }) =>
      markFilters(mark.fields, mark.values, mark.binWidth).map((filter) => ({ dataSet, filter })),
    )
}
