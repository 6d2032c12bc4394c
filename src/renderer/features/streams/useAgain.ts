import { useEffect } from 'react'
import type { CallState } from '../../lib/index.ts'
import { useVisible } from '../../lib/view.tsx'

/** Asks again so long after each answer, while the tab is in sight: for what changes without an event. */
export function useAgain({ loading, reload }: Pick<CallState<unknown>, 'loading' | 'reload'>, everyMs: number): void {
  const visible = useVisible()
  useEffect(() => {
    if (loading || !visible) return
    const timer = setTimeout(reload, everyMs)
    return () => clearTimeout(timer)
  }, [loading, visible, reload, everyMs])
}
