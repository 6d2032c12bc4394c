import { explorerDialog } from '../../lib/index.ts'

export const createDialog = explorerDialog<true>('states')
export const askCreateMachine = () => createDialog.ask(true)
