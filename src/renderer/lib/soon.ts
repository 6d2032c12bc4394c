const waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; work: () => void }>()

/**
 * Does the last of what is asked for under a key a little after the first of it, or at once when the page goes out of sight: it may not
 * come back. Who types without a pause is not waited for: a crash takes no more than that little.
 */
export function soon(key: string, ms: number, work: () => void): void {
  waiting.set(key, { timer: waiting.get(key)?.timer ?? setTimeout(() => doNow(key), ms), work })
}

/** Takes back what was to be done. */
export function notSoon(key: string): void {
  clearTimeout(waiting.get(key)?.timer)
  waiting.delete(key)
}

function doNow(key: string): void {
  const work = waiting.get(key)?.work
  notSoon(key)
  work?.()
}

function doAll(): void {
  // What is done may ask for more: a draft that is remembered is then to be sent.
  while (waiting.size > 0) for (const key of [...waiting.keys()]) doNow(key)
}

/** For the whole life of the page. */
export function finishBeforeLeaving(): () => void {
  const hidden = () => document.visibilityState === 'hidden' && doAll()
  window.addEventListener('pagehide', doAll)
  document.addEventListener('visibilitychange', hidden)
  return () => {
    window.removeEventListener('pagehide', doAll)
    document.removeEventListener('visibilitychange', hidden)
  }
}
