import { explorerDialog } from '../../lib/index.ts'

export const createDialog = explorerDialog<true>('functions')
export const askCreateFunction = () => createDialog.ask(true)
