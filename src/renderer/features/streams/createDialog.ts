import { create } from 'zustand'

/** Whether the dialog that creates a stream is open: a command may ask for it from anywhere. */
export const useCreateDialog = create<{ open: boolean }>(() => ({ open: false }))

export function askCreateStream(): void {
  useCreateDialog.setState({ open: true })
}
