import { create } from 'zustand'
import { runCommand } from '../../../lib/index.ts'

/** Whether the dialog that creates a cluster is open: a command may ask for it from anywhere. */
export const useCreateDialog = create<{ open: boolean }>(() => ({ open: false }))

export function askCreate(): void {
  // The dialog is the explorer's.
  runCommand('shell.go.emr')
  useCreateDialog.setState({ open: true })
}

export const closeCreate = () => useCreateDialog.setState({ open: false })
