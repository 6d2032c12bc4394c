import type { Clients } from '../../../engines/contract.ts'
import { memory } from '../../lib/useRemembered.ts'
import type { Engine } from './model/header.ts'
import type { Seen } from './model/seen.ts'
import type { Given } from './session.ts'

/** What is remembered of a tab, so that neither a reload nor a crash loses a word. */
export interface Draft {
  text: string
  revision: string | null
  /** The file's text that the draft began from. */
  dirty: boolean
  results: {
    engine: Engine
    id: string
    line: number
    column: number
    given?: Given
    startedMs?: number
    tookMs?: number
    seen?: Seen
  }[]
  atMs: number
}

const DRAFTS = 'sql.drafts'
const KEPT_DRAFTS = 60

function drafts(): Readonly<Record<string, Draft>> {
  return (memory.read(DRAFTS) as Record<string, Draft> | undefined) ?? {}
}

export async function keptDraft(key: string, clients: Clients): Promise<Draft | undefined> {
  await memory.fetch(DRAFTS, clients)
  return drafts()[key]
}

/** Only those that were written to last are kept. */
export function keepDraft(key: string, draft: Draft, clients: Clients): void {
  const all = Object.entries({ ...drafts(), [key]: draft }).sort(([, a], [, b]) => b.atMs - a.atMs)
  memory.write(DRAFTS, Object.fromEntries(all.slice(0, KEPT_DRAFTS)), clients)
}

export function forgetDraft(key: string, clients: Clients): void {
  const { [key]: gone, ...others } = drafts()
  if (gone) memory.write(DRAFTS, others, clients)
}
