import { create } from 'zustand'

/** Whether the dialog that creates a function is open: a command may ask for it from anywhere. */
export const useCreateDialog = create<{ open: boolean }>(() => ({ open: false }))

export function askCreateFunction(): void {
  useCreateDialog.setState({ open: true })
}
