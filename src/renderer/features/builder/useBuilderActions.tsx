import {
  ArrowUpRight,
  CircleDot,
  ClipboardPaste,
  Copy,
  CopyPlus,
  Group,
  Pin,
  PinOff,
  Play,
  Scissors,
  StickyNote,
  Trash2,
  Ungroup,
} from 'lucide-react'
import { useMemo, useRef } from 'react'
import { nodeKinds } from '../../../engines/pipeline/nodes/index.ts'
import { notify, notifyError, useClients } from '../../lib/index.ts'
import type { MenuItem } from '../../ui/index.ts'
import type { Actions } from './actions.ts'
import type { Builder } from './context.ts'
import { iconOf } from './icons.ts'
import { type Fragment, fragmentText, readFragment } from './model/clipboard.ts'
import { addNode, addNote, groupNodes, insertNode, ungroup } from './model/edit.ts'
import { type ItemKey, idsOf, itemOf, type Point } from './model/items.ts'
import { isActive } from './model/run-view.ts'
import { resourceOf } from './resources.ts'
import { useMarks } from './useMarks.ts'
import type { RunControl } from './useRuns.ts'

/** What was copied last, for browsers that do not let pages read the clipboard. */
let lastCopied: Fragment | null = null

export interface RunOptions {
  readonly scale: number
  readonly until: 'stopped' | 'drained'
}

/** Actions of one builder. They read what is current when they are called, so the object itself stays the same. */
export function useBuilderActions(builder: Builder, control: RunControl, options: RunOptions): Actions {
  const clients = useClients()
  const marks = useMarks(builder)
  const latest = useRef({ control, options, marks })
  latest.current = { control, options, marks }
  return useMemo(() => {
    const { session, runs } = builder
    const runId = () => latest.current.control.runId
    const attempt = (title: string, work: Promise<unknown>) =>
      void work.catch((thrown: unknown) => notifyError(title, thrown))
    const selectedWires = () => [...idsOf(session.state.selection, 'wire')]
    const actions: Actions = {
      run: (fromNode) => {
        if (isActive(runs.store.getState().run)) return
        void latest.current.control.start({ ...latest.current.options, ...(fromNode !== undefined && { fromNode }) })
      },
      stop: () => {
        const id = runId()
        if (id !== null && isActive(runs.store.getState().run))
          attempt('The run was not stopped', clients.pipeline.stop({ runId: id }))
      },
      pauseOrResume: () => {
        const id = runId()
        const run = runs.store.getState().run
        if (id === null || !run || !isActive(run)) return
        const halted = run.state === 'paused' || run.wires.some((wire) => wire.paused)
        attempt(
          halted ? 'The run was not continued' : 'The run was not paused',
          halted ? clients.pipeline.resume({ runId: id }) : clients.pipeline.pause({ runId: id }),
        )
      },
      step: () => {
        const id = runId()
        const paused = runs.store.getState().run?.wires.filter((wire) => wire.paused) ?? []
        const wire = paused.find((w) => selectedWires().includes(w.wire)) ?? paused[0]
        if (id !== null && wire)
          attempt('The row was not let through', clients.pipeline.step({ runId: id, wire: wire.wire }))
      },
      save: () => attempt('The pipeline was not saved', session.save()),
      toggleBreakpoint: (wires) => latest.current.marks.toggleBreakpoint(wires),
      setCondition: (wire, condition) => latest.current.marks.setCondition(wire, condition),
      pin: (node, columns, rows) => latest.current.marks.pin(node, columns, rows),
      unpin: (node) => latest.current.marks.unpin(node),
      showRun: (id) => latest.current.control.showRun(id),
      copy: (event) => copyTo(session.copySelected(), event),
      cut: (event) => {
        if (copyTo(session.copySelected(), event)) session.removeSelected()
      },
      paste: (event, at) => {
        const text = event?.clipboardData?.getData('text/plain')
        if (text !== undefined) {
          const fragment = readFragment(text) ?? (text === '' ? lastCopied : null)
          if (!fragment) return
          event?.preventDefault()
          session.paste(fragment, at)
        } else
          void readClipboard().then((fragment) =>
            fragment
              ? session.paste(fragment, at)
              : notify({
                  tone: 'info',
                  title: 'There is nothing to paste',
                  message: 'Copy nodes of a pipeline first.',
                }),
          )
      },
      resourceOf,
      menuFor: (key, at) => menuFor(builder, actions, key, at),
    }
    return actions
  }, [builder, clients])
}

function copyTo(fragment: Fragment | null, event?: ClipboardEvent): boolean {
  if (!fragment) return false
  lastCopied = fragment
  const text = fragmentText(fragment)
  if (event?.clipboardData) {
    event.clipboardData.setData('text/plain', text)
    event.preventDefault()
  } else void navigator.clipboard?.writeText(text).catch(() => {})
  return true
}

async function readClipboard(): Promise<Fragment | null> {
  try {
    return readFragment(await navigator.clipboard.readText()) ?? lastCopied
  } catch {
    return lastCopied
  }
}

function menuFor(builder: Builder, actions: Actions, key: ItemKey | null, at?: Point): MenuItem[] {
  if (key === null) return paneMenu(builder, actions, at)
  const { sort, id } = itemOf(key)
  if (sort === 'wire') return wireMenu(builder, actions, id)
  return itemMenu(builder, actions, key)
}

function paneMenu({ session }: Builder, actions: Actions, at?: Point): MenuItem[] {
  return [
    {
      title: 'Add node',
      items: nodeKinds.map((kind) => {
        const Icon = iconOf(kind.icon)
        return {
          title: kind.title,
          icon: <Icon size={14} />,
          onSelect: () =>
            session.apply('Add node', (d) => (at ? addNode(d, kind.kind, at) : insertNode(d, kind.kind, []))),
        }
      }),
    },
    {
      title: 'Add note',
      icon: <StickyNote size={14} />,
      onSelect: () => session.apply('Add note', (d) => addNote(d, at ?? { x: 0, y: 0 })),
    },
    'separator',
    {
      title: 'Paste',
      icon: <ClipboardPaste size={14} />,
      shortcut: 'Mod+V',
      onSelect: () => actions.paste(undefined, at),
    },
    { title: 'Select all', shortcut: 'Mod+A', onSelect: () => session.selectAll() },
  ]
}

function wireMenu({ session, ui }: Builder, actions: Actions, wire: string): MenuItem[] {
  const set = ui.getState().breakpoints.has(wire)
  return [
    {
      title: set ? 'Remove breakpoint' : 'Add breakpoint',
      icon: <CircleDot size={14} />,
      shortcut: 'B',
      onSelect: () => actions.toggleBreakpoint([wire]),
    },
    {
      title: set ? 'Edit condition…' : 'Add conditional breakpoint…',
      onSelect: () => {
        if (!set) actions.toggleBreakpoint([wire])
        ui.setState((state) => ({ wantedCondition: state.wantedCondition + 1 }))
      },
    },
    { title: 'Show rows', onSelect: () => ui.setState({ pane: 'rows' }) },
    {
      title: 'Insert node',
      items: nodeKinds
        .filter((kind) => kind.inputs.length > 0 && kind.outputs.length > 0)
        .map((kind) => {
          const Icon = iconOf(kind.icon)
          return {
            title: kind.title,
            icon: <Icon size={14} />,
            onSelect: () => session.apply('Insert node', (d) => insertNode(d, kind.kind, [`wire:${wire}`])),
          }
        }),
    },
    'separator',
    {
      title: 'Delete',
      icon: <Trash2 size={14} />,
      shortcut: 'Delete',
      danger: true,
      onSelect: () => session.removeSelected(),
    },
  ]
}

function itemMenu({ session, ui, runs }: Builder, actions: Actions, key: ItemKey): MenuItem[] {
  const document = session.document
  const node = document?.nodes.find((n) => n.id === key)
  const resource = node && actions.resourceOf(node)
  const pinned = node && ui.getState().pins.has(node.id)
  const selection = session.state.selection
  const grouped = document?.groups.some((g) => selection.has(`group:${g.id}`) || g.nodes.some((n) => selection.has(n)))
  const forNode: MenuItem[] = node
    ? [
        {
          title: 'Run from here',
          icon: <Play size={14} />,
          disabled: isActive(runs.store.getState().run),
          onSelect: () => actions.run(node.id),
        },
        pinned
          ? { title: 'Unpin rows', icon: <PinOff size={14} />, onSelect: () => actions.unpin(node.id) }
          : { title: 'Show rows to pin', icon: <Pin size={14} />, onSelect: () => ui.setState({ pane: 'rows' }) },
        ...(resource ? [{ title: resource.title, icon: <ArrowUpRight size={14} />, onSelect: resource.open }] : []),
        'separator',
      ]
    : []
  return [
    ...forNode,
    { title: 'Cut', icon: <Scissors size={14} />, shortcut: 'Mod+X', onSelect: () => actions.cut() },
    { title: 'Copy', icon: <Copy size={14} />, shortcut: 'Mod+C', onSelect: () => actions.copy() },
    {
      title: 'Duplicate',
      icon: <CopyPlus size={14} />,
      shortcut: 'Mod+D',
      onSelect: () => session.duplicateSelected(),
    },
    {
      title: 'Group',
      icon: <Group size={14} />,
      shortcut: 'Mod+G',
      disabled: idsOf(selection, 'node').size === 0,
      onSelect: () => session.apply('Group', (d) => groupNodes(d, selection) ?? d),
    },
    ...(grouped
      ? [
          {
            title: 'Ungroup',
            icon: <Ungroup size={14} />,
            shortcut: 'Mod+Shift+G',
            onSelect: () => session.apply('Ungroup', (d) => ungroup(d, selection)),
          },
        ]
      : []),
    'separator',
    {
      title: 'Delete',
      icon: <Trash2 size={14} />,
      shortcut: 'Delete',
      danger: true,
      onSelect: () => session.removeSelected(),
    },
  ]
}
