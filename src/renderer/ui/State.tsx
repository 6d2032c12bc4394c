import { Check, CircleDashed, CircleDot, Info, Pause, Play, Square, TriangleAlert, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import styles from './State.module.css'

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad'

export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={cx(styles.badge, styles[tone])}>{children}</span>
}

const SHAPES = {
  waiting: { icon: CircleDashed, tone: 'neutral' },
  idle: { icon: CircleDashed, tone: 'neutral' },
  starting: { icon: CircleDot, tone: 'accent' },
  running: { icon: Play, tone: 'accent' },
  draining: { icon: CircleDot, tone: 'accent' },
  paused: { icon: Pause, tone: 'warn' },
  stopped: { icon: Square, tone: 'neutral' },
  good: { icon: Check, tone: 'good' },
  info: { icon: Info, tone: 'accent' },
  warn: { icon: TriangleAlert, tone: 'warn' },
  bad: { icon: X, tone: 'bad' },
} as const

export type StateShape = keyof typeof SHAPES

/** A state by colour, shape and word together, so that none of them carries it alone. */
export function StateDot({
  state,
  text,
  hideText = false,
}: {
  state: StateShape
  text: string
  /** The word is still said by screen readers and in the tooltip. */
  hideText?: boolean
}) {
  const { icon: Icon, tone } = SHAPES[state]
  return (
    <span className={styles.state} title={hideText ? text : undefined}>
      <Icon size={13} strokeWidth={2.5} className={styles[`${tone}Text`]} aria-hidden />
      <span className={hideText ? 'mr-hidden' : styles.word}>{text}</span>
    </span>
  )
}

/** The shape that fits the states engines speak of. */
export function shapeOf(state: string): StateShape {
  switch (state.toLowerCase()) {
    case 'ready':
    case 'active':
    case 'done':
    case 'succeeded':
    case 'completed':
    case 'open':
      return 'good'
    case 'failed':
    case 'error':
      return 'bad'
    case 'running':
      return 'running'
    case 'starting':
    case 'restarting':
    case 'queued':
    case 'creating':
    case 'updating':
      return 'starting'
    case 'draining':
    case 'deleting':
      return 'draining'
    case 'paused':
      return 'paused'
    case 'waiting':
      return 'waiting'
    case 'idle':
      return 'idle'
    case 'warn':
    case 'warning':
      return 'warn'
    default:
      return 'stopped'
  }
}
