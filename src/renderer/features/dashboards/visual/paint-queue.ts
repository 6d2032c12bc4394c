import { startTransition } from 'react'

const waiting: (() => void)[] = []
let drawing = false

/** Between two visuals the page gets a frame for what the hand does. */
const APART_MS = 16

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
