import { type DependencyList, useContext, useEffect, useRef } from 'react'
import { chordOf, normalChord, TEXT_KEYS } from './chords.ts'
import { availableCommands, type Command, registerCommands } from './command-registry.ts'
import { ViewContext } from './view.tsx'

export {
  availableCommands,
  type Command,
  registerCommands,
  runCommand,
  shortcutOf,
  useCommandSets,
} from './command-registry.ts'

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
