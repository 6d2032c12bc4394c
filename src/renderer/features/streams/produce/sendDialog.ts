import { create } from 'zustand'
import { openView } from '../../../lib/index.ts'

/** The stream whose dialog for sending records is open. */
export const useSendDialog = create<{ stream: string | null }>(() => ({ stream: null }))

/** Opens the dialog over the stream's monitor, where one sees the records come in. */
export function askSend(stream: string): void {
  openView('streams.monitor', { stream })
  useSendDialog.setState({ stream })
}
