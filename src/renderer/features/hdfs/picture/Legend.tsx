import styles from '../hdfs.module.css'

const ENTRIES = [
  ['good', 'good'],
  ['alone', 'too few of its block'],
  ['pending', 'being copied'],
  ['silent', 'node silent'],
  ['corrupt', 'corrupt'],
] as const

/** What the colours of replicas say. */
export function Legend() {
  return (
    <div className={styles.legend}>
      {ENTRIES.map(([state, words]) => (
        <span key={state}>
          <i data-state={state} aria-hidden />
          {words}
        </span>
      ))}
    </div>
  )
}
