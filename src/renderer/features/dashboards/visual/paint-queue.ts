import { startTransition } from 'react'

type Draw = (drawn: () => void) => void

/** A chart draws its axes, then its marks, and recharts draws what they told it once more in the frame after each. */
const FRAMES = 3

const waiting: Draw[] = []
let drawing = false

/** Longest that a visual waits for the one before, which may have been closed undrawn, and then for the page to have nothing else to do. */
const PATIENCE_MS = 1000

/**
 * Answers that come together are drawn one visual after the other, each in slices: ten charts in one go would hold the page still. `draw` gets
 * what to call once the visual stands: a transition that begins while another is drawn ends in one commit with it.
 */
export function paintSoon(draw: Draw): void {
  waiting.push(draw)
  if (drawing) return
  drawing = true
  setTimeout(next)
}

function next(): void {
  const draw = waiting.shift()
  if (!draw) {
    drawing = false
    return
  }
  const drawn = () => {
    clearTimeout(patience)
    if (current !== drawn) return
    current = undefined
    settle(FRAMES, next)
  }
  const patience = setTimeout(drawn, PATIENCE_MS)
  current = drawn
  startTransition(() => draw(drawn))
}

function settle(frames: number, then: () => void): void {
  if (frames === 0) then()
  else requestAnimationFrame(() => requestIdleCallback(() => settle(frames - 1, then), { timeout: PATIENCE_MS }))
}

/** Ends the turn of the visual that is drawn. */
let current: (() => void) | undefined
