import { explorerDialog } from '../../../lib/index.ts'

export const createDialog = explorerDialog<true>('emr')
export const askCreate = () => createDialog.ask(true)
