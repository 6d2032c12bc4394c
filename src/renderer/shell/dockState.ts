import { create } from 'zustand'
import type { ViewParams } from '../lib/view.tsx'

export interface OpenTab {
  readonly id: string
  readonly type: string
  readonly title: string
  readonly params: ViewParams
}

/** What the dock shows, for the palette and the activity bar. */
export const useDock = create<{ tabs: readonly OpenTab[]; active: string | null; closing: readonly string[] }>(() => ({
  tabs: [],
  active: null,
  closing: [],
}))

/** What commands ask of the dock. */
export interface DockActions {
  focus: (id: string) => void
  close: (ids: readonly string[]) => void
  /** Into the other half; a tab that stands alone gets something beside it instead. */
  split: (id: string, side: 'right' | 'below') => void
  otherSide: () => void
  maximize: () => void
  step: (by: 1 | -1) => void
  reset: () => void
}

export const dock: { actions: DockActions | null } = { actions: null }
