import { startTransition } from 'react'

const waiting: (() => void)[] = []
let drawing = false

/** Between two visuals the page gets frames for what the hand does; those that are close together would be drawn in one commit. */
const APART_MS = 80

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
  if (waiting.length > 0) setTimeout(next, APART_MS)
  else drawing = false
}
