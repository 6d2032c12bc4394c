import { create } from 'zustand'
import { type GivenFile, runCommand } from '../../../lib/index.ts'

/** The dialog that attaches files: commands, the explorer and what is dropped on the window ask for it, one file after the other. */
export const useAttachDialog = create<{ open: boolean; queue: readonly GivenFile[]; total: number }>(() => ({
  open: false,
  queue: [],
  total: 0,
}))

export function askAttach(queue: readonly GivenFile[] = []): void {
  // The dialog is the explorer's.
  runCommand('shell.go.catalog')
  useAttachDialog.setState({ open: true, queue, total: queue.length })
}

/** Goes on with the next candidate, or closes. */
export function nextCandidate(): void {
  useAttachDialog.setState(({ queue, total }) => ({ open: queue.length > 1, queue: queue.slice(1), total }))
}
