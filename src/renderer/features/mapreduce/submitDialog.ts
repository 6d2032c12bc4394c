import { create } from 'zustand'
import { runCommand } from '../../lib/index.ts'

/** Whether the dialog that submits a job is open: a command may ask for it from anywhere. */
export const useSubmitDialog = create<{ open: boolean }>(() => ({ open: false }))

export function askSubmit(): void {
  // The dialog is the explorer's.
  runCommand('shell.go.mapreduce')
  useSubmitDialog.setState({ open: true })
}
