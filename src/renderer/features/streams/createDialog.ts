import { explorerDialog } from '../../lib/index.ts'

export const createDialog = explorerDialog<true>('streams')
export const askCreateStream = () => createDialog.ask(true)
