import { useEffect, useRef, useState } from 'react'
import { type CopyFormat, copiedText, type Lot } from './copy.ts'
import type { InsertInto } from './insert.ts'
import type { ReadRows, Rectangle } from './model.ts'
import type { DataColumn } from './types.ts'

/** What is done sooner is not talked about, and only of what takes long is it told how much is left. */
const QUIET_MS = 300
const LONG_MS = 2000

/** What became of the last copy. */
export type CopyState =
  | { readonly kind: 'copying'; readonly share: number; readonly leftMs: number | null }
  | { readonly kind: 'asking'; readonly lot: Lot; readonly answer: (go: boolean) => void }
  | { readonly kind: 'done'; readonly rows: number; readonly cells: number | null }
  | { readonly kind: 'failed'; readonly error: unknown }

export interface CopyWanted {
  readonly format: CopyFormat
  readonly area: Rectangle
  readonly columns: readonly DataColumn<never>[]
  /** Whether they are all that the view has. */
  readonly whole: boolean
  readonly into: InsertInto | undefined
  readonly read: ReadRows
}

/** Copying cells, one range at a time: how far it is, what it asks, and how it went, until other cells are chosen. */
export function useCopy(area: Rectangle | null) {
  const [state, setState] = useState<CopyState | null>(null)
  const work = useRef<AbortController | null>(null)
  const chosen = area ? Object.values(area).join() : ''
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is said of one range is not said of the next
  useEffect(
    () => setState((before) => (before?.kind === 'done' || before?.kind === 'failed' ? null : before)),
    [chosen],
  )
  useEffect(() => () => work.current?.abort(), [])
  const cancel = () => {
    work.current?.abort()
    work.current = null
    setState(null)
  }
  const copy = async ({ format, area: { top, bottom }, columns, whole, into, read }: CopyWanted) => {
    work.current?.abort()
    const stop = new AbortController()
    const { signal } = stop
    work.current = stop
    let began = performance.now()
    const [from, to] = [Math.max(0, top), bottom + 1]
    const say = (next: CopyState) => !signal.aborted && setState(next)
    const ask = (lot: Lot) =>
      new Promise<boolean>((resolve) => {
        const answer = (go: boolean) => {
          resolve(go)
          began = performance.now()
          if (go) say({ kind: 'copying', share: 0, leftMs: null })
          else if (!signal.aborted) cancel()
        }
        signal.addEventListener('abort', () => resolve(false))
        say({ kind: 'asking', lot, answer })
      })
    try {
      const onProgress = (share: number) => {
        const took = performance.now() - began
        const leftMs = took > LONG_MS ? (took * (1 - share)) / share : null
        if (took > QUIET_MS) say({ kind: 'copying', share, leftMs })
      }
      const text = await copiedText({ format, columns, into, from, to, read, signal, onProgress, ask })
      if (text === null || signal.aborted) return
      await navigator.clipboard.writeText(text)
      say({ kind: 'done', rows: to - from, cells: whole ? null : (to - from) * columns.length })
    } catch (error) {
      say({ kind: 'failed', error })
    } finally {
      if (work.current === stop) work.current = null
    }
  }
  const under = state?.kind === 'copying' || state?.kind === 'asking'
  return { state, copy, cancel: under ? cancel : null }
}
