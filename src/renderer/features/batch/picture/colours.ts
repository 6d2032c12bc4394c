import { STATUSES } from '../../../../engines/batch/contract.ts'
import { tokenValue } from '../../../lib/theme.ts'

/** By place in `STATUSES`: what waits is quiet, what runs has the accent, ends have the colours of ends. */
export const STATE_TOKENS = ['--line', '--line', '--line-strong', '--seq-4', '--accent', '--green', '--red'] as const

export const stateColours = (): string[] => STATUSES.map((_, i) => tokenValue(STATE_TOKENS[i]))
