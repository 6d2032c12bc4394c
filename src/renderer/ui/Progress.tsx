import { X } from 'lucide-react'
import { IconButton } from './Button.tsx'
import { cx } from './cx.ts'
import styles from './Progress.module.css'

/** How far work is, what is left, and a way out. `value` is 0 to 1, or null where it cannot be known. */
export function Progress({
  value,
  label,
  timeLeft,
  bar = false,
  onCancel,
}: {
  value: number | null
  label: string
  /** Already in words, such as "12 s left". */
  timeLeft?: string | undefined
  /** Stands between the head of a page and its content. */
  bar?: boolean
  onCancel?: () => void
}) {
  const percent = value === null ? null : Math.round(Math.min(1, Math.max(0, value)) * 100)
  return (
    <div className={cx(styles.progress, bar && styles.above)}>
      <div className={styles.line}>
        <span className={styles.label}>{label}</span>
        <span className={styles.left}>
          {percent !== null && `${percent} %`}
          {timeLeft && ` · ${timeLeft}`}
        </span>
        {onCancel && <IconButton icon={<X size={14} />} label={`Cancel: ${label}`} size="s" onClick={onCancel} />}
      </div>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent ?? undefined}
        className={styles.track}
      >
        <div className={percent === null ? styles.unknown : styles.bar} style={{ width: `${percent ?? 30}%` }} />
      </div>
    </div>
  )
}
