import { useEffect, useRef } from 'react'
import { redoLabel, undoLabel } from '../../lib/history.ts'
import { type Command, useCommands } from '../../lib/index.ts'
import type { Actions } from './actions.ts'
import type { Builder } from './context.ts'
import { addNote, groupNodes, place, ungroup } from './model/edit.ts'
import { boundsOf, GRID, idsOf, nodeBox } from './model/items.ts'
import { autoLayout } from './model/layout.ts'
import { flowOrder } from './model/outline.ts'

const GROUP = 'Pipeline'

/** Keys and commands of the builder. Those that move and delete hold while the canvas or the outline was used last. */
export function useBuilderCommands(
  builder: Builder,
  actions: Actions,
  root: React.RefObject<HTMLElement | null>,
): void {
  const region = useRegion(root)
  const { session } = builder
  useCommands(() => {
    const onCanvas = () => region.current === 'canvas'
    const command = (id: string, title: string, run: () => void, more: Partial<Command> = {}): Command => ({
      id: `builder.${id}`,
      title,
      group: GROUP,
      run,
      ...more,
    })
    const canvas = (id: string, title: string, shortcut: string, run: () => void) =>
      command(id, title, run, { shortcut, when: onCanvas })
    const nudge = (key: string, x: number, y: number) => [
      {
        ...canvas(`nudge${key}`, `Move ${key}`, `Arrow${key}`, () => session.nudge({ x: x * GRID, y: y * GRID })),
        hidden: true,
      },
      {
        ...canvas(`nudgeFar${key}`, `Move ${key} far`, `Shift+Arrow${key}`, () =>
          session.nudge({ x: x * GRID * 5, y: y * GRID * 5 }),
        ),
        hidden: true,
      },
    ]
    const undoWord = () => session.state.history && undoLabel(session.state.history)
    const redoWord = () => session.state.history && redoLabel(session.state.history)
    return [
      command('run', 'Run pipeline', () => actions.run(), { shortcut: 'F5', overEditors: true }),
      command('stop', 'Stop run', actions.stop, { shortcut: 'Shift+F5', overEditors: true }),
      command('pause', 'Pause or continue run', actions.pauseOrResume, { shortcut: 'F8', overEditors: true }),
      command('step', 'Step: let one row through', actions.step, { shortcut: 'F10', overEditors: true }),
      command('save', 'Save pipeline', actions.save, { shortcut: 'Mod+S', overEditors: true }),
      command('undo', 'Undo', () => session.undo(), { shortcut: 'Mod+Z', when: () => undoWord() !== null }),
      command('redo', 'Redo', () => session.redo(), { shortcut: 'Mod+Shift+Z Mod+Y', when: () => redoWord() !== null }),
      canvas('delete', 'Delete selected items', 'Delete Backspace', () => session.removeSelected()),
      canvas('selectAll', 'Select everything', 'Mod+A', () => session.selectAll()),
      canvas('clear', 'Clear selection', 'Escape', () => session.select([])),
      canvas('duplicate', 'Duplicate selected nodes', 'Mod+D', () => session.duplicateSelected()),
      canvas('group', 'Group selected nodes', 'Mod+G', () =>
        session.apply('Group', (d) => groupNodes(d, session.state.selection) ?? d),
      ),
      canvas('ungroup', 'Ungroup', 'Mod+Shift+G', () =>
        session.apply('Ungroup', (d) => ungroup(d, session.state.selection)),
      ),
      canvas('breakpoint', 'Toggle breakpoint on wire', 'B', () => {
        const wires = [...idsOf(session.state.selection, 'wire')]
        if (wires.length > 0) actions.toggleBreakpoint(wires)
      }),
      canvas('nextNode', 'Select next node', 'N', () => walk(builder, 1)),
      canvas('previousNode', 'Select previous node', 'Shift+N', () => walk(builder, -1)),
      command('note', 'Add note', () =>
        session.apply('Add note', (d) => {
          const bounds = boundsOf(d.nodes.map(nodeBox))
          return addNote(d, bounds ? { x: bounds.x, y: bounds.y - 17 * GRID } : { x: 0, y: 0 })
        }),
      ),
      command('arrange', 'Arrange nodes', () =>
        session.apply('Arrange', (d) => place(d, autoLayout(d, idsOf(session.state.selection, 'node')))),
      ),
      command('paste', 'Paste nodes', () => actions.paste()),
      command('copy', 'Copy nodes', () => actions.copy()),
      ...nudge('Left', -1, 0),
      ...nudge('Right', 1, 0),
      ...nudge('Up', 0, -1),
      ...nudge('Down', 0, 1),
    ]
  }, [builder, actions])

  // Copy and paste come as the browser's own events, which may use the clipboard without asking.
  useEffect(() => {
    const guarded = (act: (event: ClipboardEvent) => void) => (event: ClipboardEvent) => {
      const typing =
        event.target instanceof Element && event.target.closest('input, textarea, .monaco-editor, [role=grid]')
      const selectedText = globalThis.getSelection()?.toString() ?? ''
      if (
        region.current === 'canvas' &&
        root.current?.isConnected &&
        root.current.offsetParent &&
        !typing &&
        selectedText === ''
      )
        act(event)
    }
    const handlers = {
      copy: guarded(actions.copy),
      cut: guarded(actions.cut),
      paste: guarded((event) => actions.paste(event)),
    }
    for (const [name, handler] of Object.entries(handlers)) document.addEventListener(name as 'copy', handler)
    return () => {
      for (const [name, handler] of Object.entries(handlers)) document.removeEventListener(name as 'copy', handler)
    }
  }, [actions, region, root])
}

/** Selects the node after or before the selected one, in the order of the flow. */
function walk({ session, ui }: Builder, step: number): void {
  if (!session.document) return
  const order = flowOrder(session.document).map((node) => node.id)
  if (order.length === 0) return
  const at = order.findIndex((id) => session.state.selection.has(id))
  const next = order[(at + step + order.length) % order.length] ?? order[0]
  session.select([next])
  ui.setState((state) => ({ reveal: { keys: [next], turn: (state.reveal?.turn ?? 0) + 1 } }))
}

/** Which part of the window was used last: keys such as Delete mean the canvas only after it. */
function useRegion(root: React.RefObject<HTMLElement | null>): React.RefObject<string> {
  const region = useRef('canvas')
  useEffect(() => {
    const note = (event: Event) => {
      const target = event.target instanceof Element ? event.target : null
      // The palette and menus act on what was there before them.
      if (!target || target === document.body || target.closest('[role=dialog], [role=menu], [cmdk-root]')) return
      const inside = root.current?.contains(target)
      region.current = inside ? (target.closest('[data-region]')?.getAttribute('data-region') ?? 'other') : 'outside'
    }
    document.addEventListener('focusin', note)
    document.addEventListener('pointerdown', note, true)
    return () => {
      document.removeEventListener('focusin', note)
      document.removeEventListener('pointerdown', note, true)
    }
  }, [root])
  return region
}
