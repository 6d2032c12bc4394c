import { losesChanges, useDirtyViews } from '../lib/view.tsx'

/** The browser asks before a page is left or loaded again that would lose changes; the desktop shell asks in its stead. */
export function askBeforeLeaving(): () => void {
  const ask = (event: BeforeUnloadEvent) => {
    if (losesChanges(useDirtyViews.getState())) event.preventDefault()
  }
  window.addEventListener('beforeunload', ask)
  return () => window.removeEventListener('beforeunload', ask)
}
