import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import styles from './Tile.module.css'

/** A node of a cluster among others: its name and what can be done with it above what is in it. Its edge says how it is. */
export function Tile({
  label,
  state = 'good',
  selected = false,
  bar,
  children,
}: {
  label: string
  state?: 'good' | 'idle' | 'warn' | 'bad'
  selected?: boolean
  bar: ReactNode
  children: ReactNode
}) {
  return (
    <li aria-label={label} className={cx(styles.tile, styles[state], selected && styles.selected)}>
      <header className={styles.bar}>{bar}</header>
      {children}
    </li>
  )
}
