import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react'
import { cx } from './cx.ts'
import styles from './Tabs.module.css'

export interface Tab<K extends string = string> {
  id: K
  title: string
  icon?: ReactNode
  /** A count or a dot beside the title. */
  badge?: ReactNode
}

/** Tabs over one panel. The arrows move between tabs; the panel's content is the caller's, by `value`. */
export function Tabs<K extends string>({
  tabs,
  value,
  onChange,
  actions,
  label,
  size = 'm',
  children,
}: {
  tabs: readonly Tab<K>[]
  value: K
  onChange: (id: K) => void
  actions?: ReactNode
  label: string
  size?: 'm' | 's'
  children?: ReactNode
}) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === value)
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: tabs.length - 1 - at }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = (at + step + tabs.length) % tabs.length
    onChange(tabs[next].id)
    list.current?.querySelectorAll<HTMLButtonElement>('[role=tab]')[next]?.focus()
  }
  return (
    <div className={styles.tabs}>
      <div className={cx(styles.bar, size === 's' && styles.small)}>
        <div ref={list} role="tablist" aria-label={label} className={styles.list} onKeyDown={move}>
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${id}-${tab.id}`}
              aria-selected={tab.id === value}
              aria-controls={children === undefined ? undefined : `${id}-panel`}
              tabIndex={tab.id === value ? 0 : -1}
              className={styles.tab}
              title={tab.icon ? tab.title : undefined}
              onClick={() => onChange(tab.id)}
            >
              {tab.icon}
              <span className={styles.title}>{tab.title}</span>
              {tab.badge !== undefined && tab.badge !== null && <span className={styles.badge}>{tab.badge}</span>}
            </button>
          ))}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children !== undefined && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} className={styles.panel}>
          {children}
        </div>
      )}
    </div>
  )
}
