import { useEffect, useState } from 'react'
import styles from './Spinner.module.css'

/** Shows itself after 300 ms, so that what is quick does not flicker. `label` says what is happening. */
export function Spinner({
  size = 16,
  label,
  immediate = false,
}: {
  size?: number
  label?: string
  immediate?: boolean
}) {
  const [shown, setShown] = useState(immediate)
  useEffect(() => {
    if (immediate) return
    const timer = setTimeout(() => setShown(true), 300)
    return () => clearTimeout(timer)
  }, [immediate])
  if (!shown) return null
  return (
    <span className={styles.spinner} role={label ? 'status' : undefined}>
      <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden className={styles.turn}>
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2" />
        <path d="M14 8a6 6 0 0 0-6-6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      </svg>
      {label && <span>{label}</span>}
    </span>
  )
}

/** Fills its place while something loads. */
export function Loading({ label = 'Loading…' }: { label?: string }) {
  return (
    <div className={styles.loading}>
      <Spinner label={label} />
    </div>
  )
}
