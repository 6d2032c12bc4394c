import { type ReactNode, useEffect, useRef } from 'react'
import { cx } from './cx.ts'
import styles from './Verbatim.module.css'

interface VerbatimProps {
  children: ReactNode
  /** Its name, where it is a log: the newest line is kept in sight. */
  log?: string
  /** Fills its pane, instead of a box as tall as the text. */
  pane?: boolean
  /** Its lines stay whole and are scrolled. */
  whole?: boolean
  className?: string
}

/** Text as the machine wrote it, to be read, selected and copied. */
export function Verbatim({ children, log, pane = false, whole = false, className }: VerbatimProps) {
  const box = useRef<HTMLPreElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each text that comes
  useEffect(() => {
    if (log !== undefined && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [children, log])
  return (
    <pre
      ref={box}
      className={cx(styles.text, pane ? styles.pane : styles.box, whole && styles.whole, className)}
      {...(log !== undefined && { role: 'log', 'aria-label': log })}
      data-selectable
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
      tabIndex={0}
    >
      {children}
    </pre>
  )
}
