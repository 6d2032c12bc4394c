import type { ReactNode } from 'react'
import styles from './Pane.module.css'

/** What fills its place: bars above each other, and the last of its parts as tall as there is room. */
export function Pane({ children }: { children: ReactNode }) {
  return <div className={styles.pane}>{children}</div>
}
