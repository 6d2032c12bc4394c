import { startTransition } from 'react'

const waiting: (() => void)[] = []
let drawing = false

/** Longest that a visual waits for the page to have nothing else to do. */
const PATIENCE_MS = 500

/** Answers that come together are drawn one visual after the other, each in slices: ten charts in one go would hold the page still. */
export function paintSoon(draw: () => void): void {
  waiting.push(draw)
  if (drawing) return
  drawing = true
  setTimeout(next)
}

function next(): void {
  const draw = waiting.shift()
  if (draw) startTransition(draw)
  // Two that begin close together would end in one commit: the next begins when the last one left the page idle, a frame later.
  if (waiting.length > 0) requestAnimationFrame(() => requestIdleCallback(next, { timeout: PATIENCE_MS }))
  else drawing = false
}
