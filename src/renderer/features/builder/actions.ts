import { createContext, useContext } from 'react'
import type { MenuItem } from '../../ui/index.ts'
import type { ItemKey, Node, Point } from './model/items.ts'

/** What a person can do with a pipeline, from menus, keys, the inspector and the panes alike. */
export interface Actions {
  readonly run: (fromNode?: string) => void
  readonly stop: () => void
  readonly pauseOrResume: () => void
  /** Lets one row through the breakpoint that holds it: the selected wire's, or the first that is paused. */
  readonly step: () => void
  readonly save: () => void
  readonly toggleBreakpoint: (wires: readonly string[]) => void
  readonly setCondition: (wire: string, condition: string) => void
  readonly pin: (node: string, columns: string[], rows: (string | number | boolean | null)[][]) => void
  readonly unpin: (node: string) => void
  readonly showRun: (runId: string) => void
  readonly copy: (event?: ClipboardEvent) => void
  readonly cut: (event?: ClipboardEvent) => void
  readonly paste: (event?: ClipboardEvent, at?: Point) => void
  readonly menuFor: (key: ItemKey | null, at?: Point) => MenuItem[]
  /** Where a node's own resource is shown, if anywhere. */
  readonly resourceOf: (node: Node) => { title: string; open: () => void } | null
}

export const ActionsContext = createContext<Actions | null>(null)

export function useActions(): Actions {
  const actions = useContext(ActionsContext)
  if (!actions) throw new Error('There are no actions here.')
  return actions
}
