import type { Action } from '../../../lib/index.ts'

/** What the dialog of one rule is given: the rule where it is there, those beside it, and how it is saved. */
export interface RuleDialogProps<R> {
  rule: R | undefined
  others: readonly R[]
  save: Pick<Action<[R], unknown>, 'run' | 'pending' | 'error'>
  onClose: () => void
}
