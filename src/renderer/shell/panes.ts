/** Extents of the panes in px; 0 is collapsed. */
export interface PaneSizes {
  explorer: number
  inspector: number
  bottom: number
}

/** What a pane opens to. */
export const DEFAULT_PANES: PaneSizes = { explorer: 240, inspector: 288, bottom: 220 }

/** A new window gives the room to the work: the bottom panel opens when something asks for it. */
export const FIRST_PANES: PaneSizes = { ...DEFAULT_PANES, bottom: 0 }

export type ChangePanes = (change: (before: PaneSizes) => PaneSizes) => void

/** Folds a pane away, or brings it back. */
export function togglePane(pane: keyof PaneSizes): (before: PaneSizes) => PaneSizes {
  return (before) => ({ ...before, [pane]: before[pane] > 0 ? 0 : DEFAULT_PANES[pane] })
}
