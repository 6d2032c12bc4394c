import { create } from 'zustand'

/** Which tab of the bottom panel is in front; `request` makes a closed panel open. */
export const useBottomPanel = create<{ wanted: string | null; request: number }>(() => ({ wanted: null, request: 0 }))

/** Brings a tab of the bottom panel to the front: `runs`, `problems`, `logs`, `metrics`, or a feature's own. */
export function openPanel(id: string): void {
  useBottomPanel.setState(({ request }) => ({ wanted: id, request: request + 1 }))
}
