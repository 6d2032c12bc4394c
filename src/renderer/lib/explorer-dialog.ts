import { create } from 'zustand'
import { runCommand } from './commands.ts'

/** A dialog that an activity's explorer draws, and that commands and pages may ask for: what it was asked with, null where it is closed. */
export function explorerDialog<T>(activity: string) {
  const useDialog = create<{ asked: T | null }>(() => ({ asked: null }))
  return {
    useAsked: () => useDialog(({ asked }) => asked),
    ask: (asked: T) => {
      runCommand(`shell.go.${activity}`)
      useDialog.setState({ asked })
    },
    close: () => useDialog.setState({ asked: null }),
  }
}
