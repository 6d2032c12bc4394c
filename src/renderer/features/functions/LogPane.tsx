import { useCall } from '../../lib/index.ts'
import { ErrorView, Loading } from '../../ui/index.ts'
import styles from './functions.module.css'

const LINES = 500

/** What the function said last, newest below. */
export function LogPane({ name, turn }: { name: string; turn: number }) {
  const log = useCall((clients, signal) => clients.functions.readLog({ name, lines: LINES }, { signal }), [name, turn])
  if (log.error && !log.data) return <ErrorView compact title="The log cannot be read" error={log.error} />
  if (!log.data) return <Loading />
  if (log.data.length === 0) return <p className={styles.note}>It has not run yet.</p>
  return (
    <pre
      className={styles.log}
      role="log"
      data-selectable
      aria-label={`Log of ${name}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
      tabIndex={0}
      ref={(box) => {
        if (box) box.scrollTop = box.scrollHeight
      }}
    >
      {log.data.join('\n')}
    </pre>
  )
}
