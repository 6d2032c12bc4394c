import type { Compatibility } from '../../../../engines/catalog/contract.ts'

/** What each mode promises, in a few words. */
export const COMPATIBILITIES: readonly { value: Compatibility; label: string; detail: string }[] = [
  { value: 'NONE', label: 'None', detail: 'any version is taken' },
  { value: 'DISABLED', label: 'Disabled', detail: 'no new version' },
  { value: 'BACKWARD', label: 'Backward', detail: 'reads the last version' },
  { value: 'BACKWARD_ALL', label: 'Backward, all', detail: 'reads every version' },
  { value: 'FORWARD', label: 'Forward', detail: 'the last version reads it' },
  { value: 'FORWARD_ALL', label: 'Forward, all', detail: 'every version reads it' },
  { value: 'FULL', label: 'Full', detail: 'both, with the last version' },
  { value: 'FULL_ALL', label: 'Full, all', detail: 'both, with every version' },
]
