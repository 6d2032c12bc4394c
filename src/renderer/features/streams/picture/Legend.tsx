import styles from '../streams.module.css'
import { RAMP } from './palette.ts'

/** What the colours say: the share of AWS's limit for a shard, so that they mean the same on every stream. */
export function Legend({ limit }: { limit: string }) {
  return (
    <span
      className={styles.legend}
      title={`Colour of a second: its share of ${limit}. Red above: records refused; amber below: reads refused`}
    >
      0
      <span className={styles.ramp} aria-hidden>
        {RAMP.map((token) => (
          <i key={token} style={{ background: `var(${token})` }} />
        ))}
      </span>
      100 %
      <i className={styles.refusedMark} aria-hidden />
      <span className={styles.word}>refused in</span>
      <i className={styles.unreadMark} aria-hidden />
      <span className={styles.word}>out</span>
    </span>
  )
}
