import { type ComponentType, createContext, type ReactNode, use, useContext, useEffect } from 'react'
import { createPortal } from 'react-dom'
import { create } from 'zustand'
import type { ViewParams } from './view-id.ts'

export { type ViewParams, viewId } from './view-id.ts'

export interface ViewProps<P extends ViewParams = ViewParams> {
  params: P
}

/**
 * A kind of tab. `type` begins with its feature's id and a dot (`sql.editor`), so that a remembered tab finds the feature
 * that must be loaded. Views with equal `id` are one tab: opening it again focuses it.
 */
export interface ViewType {
  readonly type: string
  readonly title: (params: ViewParams) => string
  /** What it shows, in a word, beside the title while another tab has the same; the last part of the type unless given. */
  readonly noun?: string
  readonly icon?: ComponentType<{ size?: number }>
  readonly Component: ComponentType<ViewProps>
  readonly id?: (params: ViewParams) => string
  /** Whether a tab shows in passing what the next click replaces: its title is in italics. */
  readonly passing?: (params: ViewParams) => boolean
  /** False for views that never use the inspector: its pane folds away while they are in front. */
  readonly inspector?: boolean
  /** What opens in the other half where a tab is split off that stands alone; without it such a tab stays whole. */
  readonly beside?: (id: string) => ViewParams
}

export function defineView<P extends ViewParams>(view: {
  type: string
  title: (params: P) => string
  noun?: string
  icon?: ComponentType<{ size?: number }>
  Component: ComponentType<ViewProps<P>>
  id?: (params: P) => string
  passing?: (params: P) => boolean
  inspector?: boolean
  beside?: (id: string) => P
}): ViewType {
  return view as unknown as ViewType
}

export interface OpenOptions {
  /** Beside the active tab instead of among its tabs. */
  side?: 'right' | 'below' | 'left' | 'above'
  /** False opens behind the active tab. */
  activate?: boolean
}

/** What the shell's dock does for features. */
export interface ViewHost {
  open: (type: string, params: ViewParams, options: OpenOptions) => void
  focus: (id: string) => void
  close: (id: string) => void
  setTitle: (id: string, title: string) => void
}

let host: ViewHost | null = null
let waiting: (() => void)[] = []

export function setViewHost(next: ViewHost | null): void {
  host = next
  if (!host) return
  for (const work of waiting) work()
  waiting = []
}

/** Opens a tab, or focuses the one that shows the same resource. */
export function openView(type: string, params: ViewParams = {}, options: OpenOptions = {}): void {
  const work = () => host?.open(type, params, options)
  if (host) work()
  else waiting.push(work)
}

/** Brings an open tab to the front. */
export function showView(id: string): void {
  host?.focus(id)
}

export function closeView(id: string): void {
  host?.close(id)
}

/** What the focused tab shows. */
export const useFront = create<{ type: string; params: ViewParams } | { type: null }>(() => ({ type: null }))

/** The parameters of the focused tab where it is of this type: explorers mark what it shows. */
export function useShown<P extends ViewParams>(type: string): P | null {
  return useFront((front) => (front.type === type ? (front.params as P) : null))
}

interface ViewPlace {
  id: string
  /** The focused tab of the window. Exactly one view is. */
  active: boolean
  /** In sight: in front of the other tabs of its group. */
  visible: boolean
}

export const ViewContext = createContext<ViewPlace | null>(null)

interface DirtyState {
  dirty: Readonly<Record<string, boolean>>
  /** Those among them whose changes come back when the page is loaded again. */
  kept: Readonly<Record<string, boolean>>
  /** What is lost, of those where it is not what is not saved: the rest of a sentence about the tab. */
  lost: Readonly<Record<string, string | undefined>>
  /** How those are saved that can be; false where the person, or a conflict, would not have it. */
  save: Readonly<Record<string, (() => Promise<boolean>) | undefined>>
  /** Who is told that the changes are given up. */
  discard: Readonly<Record<string, (() => void) | undefined>>
}

/** Tabs with unsaved changes: a dot in the tab, and a question before it closes. */
export const useDirtyViews = create<DirtyState>(() => ({ dirty: {}, kept: {}, lost: {}, save: {}, discard: {} }))

/** Whether leaving the page would lose changes. */
export function losesChanges({ dirty, kept }: Pick<DirtyState, 'dirty' | 'kept'>): boolean {
  return Object.entries(dirty).some(([id, unsaved]) => unsaved && !kept[id])
}

/** The tab this component is in. */
export function useView(): ViewPlace & {
  close: () => void
  setTitle: (title: string) => void
} {
  const place = useContext(ViewContext) ?? { id: '', active: true, visible: true }
  return { ...place, close: () => host?.close(place.id), setTitle: (title) => host?.setTitle(place.id, title) }
}

/** Whether this component is in sight. What is not draws nothing, and catches up when it comes to the front. */
export function useVisible(): boolean {
  return useContext(ViewContext)?.visible ?? true
}

/**
 * Says that this tab has unsaved changes, or else what is `lost` with it; `kept` ones outlive a reload of the page, which then need not ask.
 * With `save`, closing the tab offers to.
 */
export function useDirty(
  dirty: boolean,
  {
    kept = false,
    lost,
    save,
    discard,
  }: { kept?: boolean; lost?: string; save?: () => Promise<boolean>; discard?: () => void } = {},
): void {
  const { id } = useView()
  useEffect(() => {
    useDirtyViews.setState((state) => ({
      dirty: { ...state.dirty, [id]: dirty },
      kept: { ...state.kept, [id]: kept },
      lost: { ...state.lost, [id]: lost },
      save: { ...state.save, [id]: save },
      discard: { ...state.discard, [id]: discard },
    }))
    return () => useDirtyViews.setState((state) => ({ dirty: { ...state.dirty, [id]: false } }))
  }, [id, dirty, kept, lost, save, discard])
}

/** Where `<Inspector>` draws, and how many want to. */
export const useInspectorRegion = create<{ element: HTMLElement | null; users: number }>(() => ({
  element: null,
  users: 0,
}))

/** Draws its children in the inspector at the right while its tab is the active one. */
export function Inspector({ children }: { children: ReactNode }) {
  const place = use(ViewContext)
  const element = useInspectorRegion((state) => state.element)
  const active = place?.active ?? true
  useEffect(() => {
    if (!active) return
    useInspectorRegion.setState((state) => ({ users: state.users + 1 }))
    return () => useInspectorRegion.setState((state) => ({ users: state.users - 1 }))
  }, [active])
  return active && element ? createPortal(children, element) : null
}
