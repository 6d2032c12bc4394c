import { create } from 'zustand'
import { runCommand } from '../../lib/index.ts'

/** Whether the dialog that creates a stream is open: a command may ask for it from anywhere. */
export const useCreateDialog = create<{ open: boolean }>(() => ({ open: false }))

export function askCreateStream(): void {
  // The dialog is the explorer's.
  runCommand('shell.go.streams')
  useCreateDialog.setState({ open: true })
}
