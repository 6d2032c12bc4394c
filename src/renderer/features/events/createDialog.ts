import { create } from 'zustand'
import { runCommand } from '../../lib/index.ts'

/** Which dialog is open, and the pattern that a rule begins with: a command may ask for it from anywhere. */
export const useCreateDialog = create<{ open: 'rule' | 'schedule' | null; pattern?: string }>(() => ({ open: null }))

export function askCreate(what: 'rule' | 'schedule', pattern?: string): void {
  // The dialogs are the explorer's.
  runCommand('shell.go.events')
  useCreateDialog.setState({ open: what, pattern })
}

export const closeDialog = () => useCreateDialog.setState({ open: null })
