import { type DependencyList, useContext, useEffect, useRef } from 'react'
import { create } from 'zustand'
import { ViewContext } from './view.tsx'

export interface Command {
  /** `feature.verb`, such as `sql.run`. Several tabs may offer the same id: the active tab's is meant. */
  readonly id: string
  readonly title: string
  /** Heading in the palette: the feature's name. */
  readonly group?: string
  /** `Mod+Enter`, `Shift+F5`. Mod is Cmd on a Mac and Ctrl elsewhere. */
  readonly shortcut?: string
  /** Taken even while an editor has the focus and has its own meaning for the keys. */
  readonly overEditors?: boolean
  readonly when?: () => boolean
  readonly run: () => unknown
  /** Not listed in the palette. */
  readonly hidden?: boolean
}

interface CommandsState {
  readonly sets: readonly (readonly Command[])[]
}

export const useCommandSets = create<CommandsState>(() => ({ sets: [] }))

export function registerCommands(commands: readonly Command[]): () => void {
  useCommandSets.setState((state) => ({ sets: [...state.sets, commands] }))
  return () => useCommandSets.setState((state) => ({ sets: state.sets.filter((set) => set !== commands) }))
}

/** Every command that may run now, each id once; what was registered last wins. */
export function availableCommands(): Command[] {
  const byId = new Map<string, Command>()
  for (const set of useCommandSets.getState().sets)
    for (const command of set) if (command.when?.() ?? true) byId.set(command.id, command)
  return [...byId.values()]
}

export function runCommand(id: string): void {
  const command = availableCommands().find((candidate) => candidate.id === id)
  if (command) void command.run()
}

/** The shortcut of a command, for menus and tooltips. */
export function shortcutOf(id: string): string | undefined {
  return useCommandSets
    .getState()
    .sets.flat()
    .findLast((command) => command.id === id)?.shortcut
}

/** Offers commands while this component is there and, inside a tab, while that tab is the active one. */
export function useCommands(make: () => readonly Command[], deps: DependencyList): void {
  const place = useContext(ViewContext)
  const active = useRef(true)
  active.current = place?.active ?? true
  useEffect(() => {
    const commands = make().map((command) => ({ ...command, when: () => active.current && (command.when?.() ?? true) }))
    return registerCommands(commands)
  }, deps)
}

/** Shortcut text of a key press in the form commands are written in. */
export function chordOf(
  event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>,
): string {
  const mac = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? '')
  const parts: string[] = []
  if (mac ? event.metaKey : event.ctrlKey) parts.push('Mod')
  if (mac && event.ctrlKey) parts.push('Ctrl')
  if (event.altKey) parts.push('Alt')
  if (event.shiftKey) parts.push('Shift')
  // Letters and digits by the key's place when Shift or Alt changed what it types.
  const code = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1]
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? (code ?? event.key).toUpperCase() : event.key
  parts.push(key)
  return parts.join('+')
}

export function normalChord(shortcut: string): string {
  const parts = shortcut.split('+')
  const key = parts.pop()!
  const order = ['Mod', 'Ctrl', 'Alt', 'Shift'].filter((name) => parts.includes(name))
  return [...order, key.length === 1 ? key.toUpperCase() : key].join('+')
}

const TEXT_KEYS = new Set(
  ['Mod+Z', 'Mod+Y', 'Mod+Shift+Z', 'Mod+C', 'Mod+X', 'Mod+V', 'Mod+A', 'Enter', 'Space', 'Escape'].concat(
    ['Delete', 'Backspace', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'Tab'].flatMap((key) => [
      key,
      `Mod+${key}`,
      `Shift+${key}`,
    ]),
  ),
)

function isEditable(target: EventTarget | null): boolean {
  const element = target instanceof Element ? target : null
  return (
    element?.closest('input, textarea, select, [contenteditable="true"], .monaco-editor') !== null && element !== null
  )
}

/** Listens for shortcuts in the whole window. What a person types into a field stays theirs. */
export function listenForShortcuts(target: Window = window): () => void {
  const find = (event: KeyboardEvent) => {
    const chord = chordOf(event)
    return {
      chord,
      command: availableCommands().find((c) => c.shortcut?.split(' ').some((s) => normalChord(s) === chord)),
    }
  }
  const run = (event: KeyboardEvent, command: Command) => {
    event.preventDefault()
    event.stopPropagation()
    if (!event.repeat) void command.run()
  }
  const early = (event: KeyboardEvent) => {
    const { command } = find(event)
    if (command?.overEditors) run(event, command)
  }
  const late = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return
    const { chord, command } = find(event)
    const typing = isEditable(event.target) && (TEXT_KEYS.has(chord) || /^(Shift\+)?.$/u.test(chord))
    const inMenu = event.target instanceof Element && event.target.closest('[role=menu], [role=dialog], [role=listbox]')
    if (command && !typing && !inMenu) run(event, command)
  }
  target.addEventListener('keydown', early, true)
  target.addEventListener('keydown', late)
  return () => {
    target.removeEventListener('keydown', early, true)
    target.removeEventListener('keydown', late)
  }
}
