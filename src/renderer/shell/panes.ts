/** Extents of the panes in px; 0 is collapsed. */
export interface PaneSizes {
  explorer: number
  inspector: number
  bottom: number
}

export const DEFAULT_PANES: PaneSizes = { explorer: 260, inspector: 300, bottom: 220 }

export type ChangePanes = (change: (before: PaneSizes) => PaneSizes) => void

/** Folds a pane away, or brings it back. */
export function togglePane(pane: keyof PaneSizes): (before: PaneSizes) => PaneSizes {
  return (before) => ({ ...before, [pane]: before[pane] > 0 ? 0 : DEFAULT_PANES[pane] })
}
