import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import styles from './Toolbar.module.css'

export function Toolbar({ label, children, className }: { label: string; children: ReactNode; className?: string }) {
  return (
    <div role="toolbar" aria-label={label} className={cx(styles.toolbar, className)}>
      {children}
    </div>
  )
}

export function ToolbarSeparator() {
  return <span aria-hidden className={styles.separator} />
}

/** Pushes what follows to the end. */
export function ToolbarSpace() {
  return <span className={styles.space} />
}
