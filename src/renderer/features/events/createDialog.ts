import { explorerDialog } from '../../lib/index.ts'

/** What is to be made, and the pattern that a rule begins with. */
export const createDialog = explorerDialog<{ what: 'rule' | 'schedule'; pattern?: string | undefined }>('events')
export const askCreate = (what: 'rule' | 'schedule', pattern?: string) => createDialog.ask({ what, pattern })
