import { type ReactNode, useEffect, useRef } from 'react'
import { cx } from './cx.ts'
import styles from './Verbatim.module.css'

interface VerbatimProps {
  children: ReactNode
  /** Its name, where it is a log: the newest line is kept in sight, unless a reader scrolled up from it. */
  log?: string
  /** Of a log: overrules what scrolling says, and is told of it. */
  follows?: boolean
  onFollows?: (follows: boolean) => void
  /** Fills its pane, instead of a box as tall as the text. */
  pane?: boolean
  /** Its lines stay whole and are scrolled. */
  whole?: boolean
  className?: string
}

/** Px from the end at which a reader is still there. */
const NEAR = 24

/** Text as the machine wrote it, to be read, selected and copied. */
export function Verbatim({ children, log, follows, onFollows, pane = false, whole = false, className }: VerbatimProps) {
  const box = useRef<HTMLPreElement>(null)
  const atEnd = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each text that comes
  useEffect(() => {
    const element = box.current
    if (log !== undefined && element && (follows ?? atEnd.current)) element.scrollTop = element.scrollHeight
  }, [children, log, follows])
  return (
    <pre
      ref={box}
      className={cx(styles.text, pane ? styles.pane : styles.box, whole && styles.whole, className)}
      {...(log !== undefined && { role: 'log', 'aria-label': log })}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR
        onFollows?.(atEnd.current)
      }}
      data-selectable
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
      tabIndex={0}
    >
      {children}
    </pre>
  )
}
