import { useEffect } from 'react'
import { create } from 'zustand'

/** One line of the Problems panel. */
export interface ProblemEntry {
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** Where, in words: "flights.json · node Filter · field sql". */
  readonly place: string
  readonly code?: string
  /** Jumps there. */
  readonly open?: () => void
}

export const useProblemRegistry = create<{ byOwner: Readonly<Record<string, readonly ProblemEntry[]>> }>(() => ({
  byOwner: {},
}))

/** Replaces the problems of an owner: a document, a query, an engine. */
export function publishProblems(owner: string, problems: readonly ProblemEntry[]): void {
  useProblemRegistry.setState(({ byOwner }) => {
    const { [owner]: _, ...others } = byOwner
    return { byOwner: problems.length > 0 ? { ...others, [owner]: problems } : others }
  })
}

/** Publishes while the component is there. Pass a memoised list. */
export function usePublishProblems(owner: string, problems: readonly ProblemEntry[]): void {
  useEffect(() => publishProblems(owner, problems), [owner, problems])
  useEffect(() => () => publishProblems(owner, []), [owner])
}
