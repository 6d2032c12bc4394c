import { X } from 'lucide-react'
import { useNotifications } from '../lib/notify.ts'
import { Button, CopyButton, StateDot } from '../ui/index.ts'
import styles from './Notifications.module.css'

const TONES = { good: 'good', info: 'info', warn: 'warn', bad: 'bad' } as const

/** Messages at the corner, the newest below. */
export function Notifications() {
  const list = useNotifications((state) => state.list)
  const dismiss = (id: number) =>
    useNotifications.setState((state) => ({ list: state.list.filter((other) => other.id !== id) }))
  return (
    <div className={styles.stack} aria-live="polite" role="log" aria-label="Notifications">
      {list.map((item) => (
        <div
          key={item.id}
          className={styles.card}
          data-tone={item.tone}
          role={item.tone === 'bad' ? 'alert' : undefined}
        >
          <div className={styles.line}>
            <strong className={styles.title}>
              <StateDot state={TONES[item.tone]} text={item.title} />
            </strong>
            <button type="button" className={styles.close} aria-label="Dismiss" onClick={() => dismiss(item.id)}>
              <X size={14} />
            </button>
          </div>
          {item.message && <p className={styles.message}>{item.message}</p>}
          {(item.actions || item.error) && (
            <div className={styles.actions}>
              {item.actions?.map((action) => (
                <Button
                  key={action.title}
                  size="s"
                  onClick={() => {
                    dismiss(item.id)
                    action.run()
                  }}
                >
                  {action.title}
                </Button>
              ))}
              {item.error && (
                <CopyButton label="Copy details" text={() => JSON.stringify(item.error?.toWire(), null, 2)} />
              )}
            </div>
          )}
        </div>
      ))}
    </div>
  )
}
