import { type KeyboardEvent, useRef } from 'react'
import { setThemeChoice, type ThemeChoice, useThemeChoice } from '../../lib/theme.ts'
import styles from './Settings.module.css'

const CHOICES: { value: ThemeChoice; title: string; text: string }[] = [
  { value: 'system', title: 'System', text: 'As the system is set.' },
  { value: 'dark', title: 'Dark', text: 'For dim rooms.' },
  { value: 'light', title: 'Light', text: 'For bright ones.' },
]

export function AppearancePage() {
  const chosen = useThemeChoice()
  const group = useRef<HTMLDivElement>(null)
  const key = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const at = (CHOICES.findIndex(({ value }) => value === chosen) + step + CHOICES.length) % CHOICES.length
    setThemeChoice(CHOICES[at].value)
    group.current?.querySelectorAll('button')[at]?.focus()
  }
  return (
    <div className={styles.stack}>
      <h2>Theme</h2>
      <div ref={group} role="radiogroup" aria-label="Theme" tabIndex={-1} className={styles.choices} onKeyDown={key}>
        {CHOICES.map(({ value, title, text }) => (
          <button
            key={value}
            type="button"
            role="radio"
            aria-checked={value === chosen}
            tabIndex={value === chosen ? 0 : -1}
            className={styles.choice}
            onClick={() => setThemeChoice(value)}
          >
            <strong>{title}</strong>
            <span>{text}</span>
          </button>
        ))}
      </div>
      <p>
        High contrast and reduced motion follow the system. The theme belongs to this screen; what is open and how the
        panes stand is kept with the workspace.
      </p>
    </div>
  )
}
