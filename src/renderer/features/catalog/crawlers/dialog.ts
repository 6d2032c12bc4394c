import { create } from 'zustand'
import type { Crawler } from '../../../../engines/catalog/contract.ts'
import { runCommand } from '../../../lib/index.ts'

/** The dialog that makes or changes a crawler: commands, the explorer and a crawler's page ask for it. */
export const useCrawlerDialog = create<{ open: boolean; crawler: Crawler | undefined }>(() => ({
  open: false,
  crawler: undefined,
}))

export function askCrawler(crawler?: Crawler): void {
  // The dialog is the explorer's.
  runCommand('shell.go.catalog')
  useCrawlerDialog.setState({ open: true, crawler })
}
