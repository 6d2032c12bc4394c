import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import { cx } from './cx.ts'
import styles from './Segmented.module.css'

export interface Segment<V extends string = string> {
  value: V
  title: string
  icon?: ReactNode
  detail?: string
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** One of two or three that are all in sight: a click, or the arrow keys. `label` names the group; a list of more is a Select. */
export function Segmented<V extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string
  value: V
  onChange: (value: V) => void
  options: readonly Segment<V>[]
}) {
  const group = useRef<HTMLDivElement>(null)
  const key = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (!step) return
    event.preventDefault()
    const at = (options.findIndex((option) => option.value === value) + step + options.length) % options.length
    onChange(options[at].value)
    group.current?.querySelectorAll('button')[at]?.focus()
  }
  return (
    <div ref={group} role="radiogroup" aria-label={label} tabIndex={-1} className={styles.group} onKeyDown={key}>
      {options.map((option) => {
        const on = option.value === value
        return (
          <button
            key={option.value}
            type="button"
            role="radio"
            aria-checked={on}
            tabIndex={on ? 0 : -1}
            title={option.detail}
            className={cx(styles.segment, on && styles.on)}
            onClick={() => onChange(option.value)}
          >
            {option.icon}
            {option.title}
          </button>
        )
      })}
    </div>
  )
}
