import { useEffect } from 'react'
import { notifyError, useCall, useClients } from '../../lib/index.ts'
import type { Actions } from './actions.ts'
import type { Builder } from './context.ts'

/** Breakpoints and pinned rows: kept by the engine for the pipeline, shown on the canvas. */
export function useMarks({
  session,
  ui,
}: Builder): Pick<Actions, 'toggleBreakpoint' | 'setCondition' | 'pin' | 'unpin'> {
  const clients = useClients()
  const { path } = session
  const breakpoints = useCall((c, signal) => c.pipeline.listBreakpoints({ path }, { signal }), [path])
  const pins = useCall((c, signal) => c.pipeline.listPins({ path }, { signal }), [path])
  useEffect(() => {
    ui.setState({ breakpoints: new Map(breakpoints.data?.map((b) => [b.wire, b.condition])) })
  }, [breakpoints.data, ui])
  useEffect(() => {
    ui.setState({ pins: new Map(pins.data?.map((p) => [p.node, p.rows])) })
  }, [pins.data, ui])

  const attempt = (title: string, work: Promise<unknown>, reload: () => void) =>
    void work.catch((thrown: unknown) => notifyError(title, thrown)).finally(reload)
  const setCondition = (wire: string, condition: string) => {
    ui.setState((state) => ({ breakpoints: new Map(state.breakpoints).set(wire, condition) }))
    attempt('The breakpoint was not set', clients.pipeline.setBreakpoint({ path, wire, condition }), breakpoints.reload)
  }
  const clear = (wire: string) => {
    ui.setState((state) => ({ breakpoints: new Map([...state.breakpoints].filter(([id]) => id !== wire)) }))
    attempt('The breakpoint was not removed', clients.pipeline.clearBreakpoint({ path, wire }), breakpoints.reload)
  }
  return {
    setCondition,
    toggleBreakpoint: (wires) => {
      const set = ui.getState().breakpoints
      const all = wires.every((wire) => set.has(wire))
      for (const wire of wires) {
        if (all) clear(wire)
        else if (!set.has(wire)) setCondition(wire, '')
      }
    },
    pin: (node, columns, rows) =>
      attempt('The rows were not pinned', clients.pipeline.pin({ path, node, columns, rows }), pins.reload),
    unpin: (node) => attempt('The rows were not unpinned', clients.pipeline.unpin({ path, node }), pins.reload),
  }
}
