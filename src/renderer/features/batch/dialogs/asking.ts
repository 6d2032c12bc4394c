import type {
  ComputeEnvironment,
  Job,
  JobDefinition,
  JobQueue,
  SchedulingPolicy,
} from '../../../../engines/batch/contract.ts'
import { explorerDialog } from '../../../lib/index.ts'

/** The dialog that is open, with what it begins from. */
export type Asking =
  | { readonly kind: 'submit'; readonly queue?: string; readonly definition?: string; readonly clone?: Job }
  | { readonly kind: 'definition'; readonly of?: JobDefinition }
  | { readonly kind: 'environment'; readonly of?: ComputeEnvironment }
  | { readonly kind: 'queue'; readonly of?: JobQueue }
  | { readonly kind: 'policy'; readonly of?: SchedulingPolicy }

export const { useAsked, ask: askFor, close: closeDialog } = explorerDialog<Asking>('batch')
