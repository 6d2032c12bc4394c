import { explorerDialog } from '../../lib/index.ts'

export const submitDialog = explorerDialog<true>('mapreduce')
export const askSubmit = () => submitDialog.ask(true)
