import { type ReactNode, startTransition, useEffect, useState } from 'react'

/** `drawn` is called once the part stands: a transition that begins while another is drawn ends in one commit with it. */
type Draw = (drawn: () => void) => void

interface Turn {
  readonly draw: Draw
  readonly frames: number
}

const waiting: Turn[] = []
/** Ends the turn of the part that is drawn. */
let current: { readonly turn: Turn; readonly drawn: () => void } | undefined
let drawing = false

/** Longest that a part waits for the one before, and then for the page to have nothing else to do. */
const PATIENCE_MS = 1000

/**
 * Parts of a screen are drawn one after the other, each in slices and with `frames` between them: all in one go would hold the page still.
 * Returns what gives the turn up, which is also what ends it.
 */
export function takeTurn(draw: Draw, frames = 1): () => void {
  const turn = { draw, frames }
  waiting.push(turn)
  if (!drawing) {
    drawing = true
    setTimeout(next)
  }
  return () => {
    const at = waiting.indexOf(turn)
    if (at >= 0) waiting.splice(at, 1)
    else if (current?.turn === turn) current.drawn()
  }
}

function next(): void {
  const turn = waiting.shift()
  if (!turn) {
    drawing = false
    return
  }
  const drawn = () => {
    clearTimeout(patience)
    if (current?.drawn !== drawn) return
    current = undefined
    settle(turn.frames, next)
  }
  const patience = setTimeout(drawn, PATIENCE_MS)
  current = { turn, drawn }
  startTransition(() => turn.draw(drawn))
}

function settle(frames: number, then: () => void): void {
  if (frames === 0) then()
  else requestAnimationFrame(() => requestIdleCallback(() => settle(frames - 1, then), { timeout: PATIENCE_MS }))
}

/** How many of `total` things may be drawn by now: `step` more with each turn, and what is added later at once. */
export function useInTurns(total: number, step: number): number {
  const [count, setCount] = useState(0)
  useEffect(() => {
    if (count < total) return takeTurn(() => setCount(count + step))
    setCount(Number.POSITIVE_INFINITY)
  }, [count, total, step])
  return count
}

/** A part of a screen that is drawn after what stands beside it. */
export function InTurn({ children }: { children: () => ReactNode }) {
  return useInTurns(1, 1) > 0 && children()
}
