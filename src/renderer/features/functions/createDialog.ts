import { create } from 'zustand'
import { runCommand } from '../../lib/index.ts'

/** Whether the dialog that creates a function is open: a command may ask for it from anywhere. */
export const useCreateDialog = create<{ open: boolean }>(() => ({ open: false }))

export function askCreateFunction(): void {
  // The dialog is the explorer's.
  runCommand('shell.go.functions')
  useCreateDialog.setState({ open: true })
}
