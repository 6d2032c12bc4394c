import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import styles from './Facts.module.css'

/** A line of short facts about what is open; what counts in each is a `<b>`. As a `bar` it stands between the head of a page and its content. */
export function Facts({ bar = false, children }: { bar?: boolean; children: ReactNode }) {
  return <div className={cx(styles.facts, bar && styles.bar)}>{children}</div>
}

export function Fact({
  tone,
  title,
  children,
}: {
  tone?: 'warn' | 'bad' | false
  title?: string
  children: ReactNode
}) {
  return (
    <span className={cx(tone && styles[tone])} title={title}>
      {children}
    </span>
  )
}
