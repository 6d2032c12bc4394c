import styles from './catalog.module.css'
import { lineDiff } from './diff.ts'

const SIGNS = { same: ' ', added: '+', removed: '−' } as const

/** Two texts line by line: what one has and the other has not. */
export function Difference({ label, from, to }: { label: string; from: string; to: string }) {
  return (
    <section className={styles.text} aria-label={label} data-selectable>
      {lineDiff(from, to).map(({ kind, text }, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          key={index}
          className={styles[kind]}
        >
          {SIGNS[kind]} {text}
        </div>
      ))}
    </section>
  )
}
