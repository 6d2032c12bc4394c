import { create } from 'zustand'

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
