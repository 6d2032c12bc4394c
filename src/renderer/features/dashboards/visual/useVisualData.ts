import { useEffect, useRef, useState } from 'react'
import type { VisualQuery } from '../../../../engines/bi/contract.ts'
import type { Visual } from '../../../../engines/bi/dashboard.ts'
import { EngineError } from '../../../../engines/kit/pure/errors.ts'
import { takeTurn, useClients } from '../../../lib/index.ts'
import type { Answer, Compared } from '../charts/define.ts'
import type { Version } from '../context.ts'
import { type LastPeriod, lastPeriod } from '../model/period.ts'
import { Asker } from './asker.ts'
import { compares, comparisonOf, grainOf } from './compare.ts'

export interface Held {
  readonly key: string
  readonly answer: Answer
  /** The visual as it asked: its fields belong to the columns of the answer. */
  readonly visual: Visual
  /** Of a visual along periods: the last one, which may be a part of one. */
  readonly last: LastPeriod | null
  readonly compared: Compared | null
}

type Taken = Pick<Held, 'answer' | 'last' | 'compared'>

export interface VisualData {
  readonly held: Held | null
  readonly error: EngineError | null
  readonly loading: boolean
  readonly reload: () => void
}

/** A chart draws its axes, then its marks, and recharts draws what they told it once more in the frame after each. */
const FRAMES = 3

/** The rows that draw a visual. What was drawn stays until the new answer is there. */
export function useVisualData(
  visual: Visual,
  query: VisualQuery | null,
  version: Version | undefined,
  tick: number,
  filling: boolean,
): VisualData {
  const clients = useClients()
  const [held, setHeld] = useState<Held | null>(null)
  const [error, setError] = useState<EngineError | null>(null)
  const [loading, setLoading] = useState(query !== null)
  const [again, setAgain] = useState(0)
  const [asker] = useState(() => new Asker<Taken>(setLoading))
  const latest = useRef({ visual, query, held })
  latest.current = { visual, query, held }
  const whenDrawn = useRef<() => void>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is drawn when what is held has changed
  useEffect(() => whenDrawn.current?.(), [held])
  const key = query ? JSON.stringify(query) : ''
  const comparing = compares(visual)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the question
  useEffect(() => {
    const { query: question, visual: asking } = latest.current
    asker.change(
      question && {
        key,
        ask: async (signal) => {
          const answer = await clients.bi.query(question, { signal })
          const grain = grainOf(asking)
          const last = grain ? lastPeriod(answer, grain, filling) : null
          const compared = last && comparing ? await comparisonOf(clients, asking, question, last, signal) : null
          return { answer, last, compared }
        },
        take: (taken) =>
          takeTurn((drawn) => {
            whenDrawn.current = drawn
            setHeld({ key, ...taken, visual: asking })
            setError(null)
          }, FRAMES),
        fail: (thrown) => setError(EngineError.from(thrown)),
      },
    )
    return () => asker.end()
  }, [asker, clients, key, again, filling, comparing])
  const turn = version?.turn ?? 0
  const refreshedMs = version?.refreshedMs ?? null
  useEffect(() => {
    // The feed's first word often tells of the very data that are drawn.
    if (refreshedMs !== null && latest.current.held?.answer.refreshedMs === refreshedMs) return
    if (turn > 0) asker.refresh()
  }, [asker, turn, refreshedMs])
  useEffect(() => {
    if (tick > 0) asker.refresh()
  }, [asker, tick])
  return { held, error, loading, reload: () => setAgain((n) => n + 1) }
}
