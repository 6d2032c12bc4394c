import { useCall } from '../../lib/index.ts'
import { ErrorView, Loading, Verbatim } from '../../ui/index.ts'
import styles from './functions.module.css'

const LINES = 500

/** What the function said last, newest below. */
export function LogPane({ name, turn }: { name: string; turn: number }) {
  const log = useCall((clients, signal) => clients.functions.readLog({ name, lines: LINES }, { signal }), [name, turn])
  if (log.error && !log.data) return <ErrorView compact title="The log cannot be read" error={log.error} />
  if (!log.data) return <Loading />
  if (log.data.length === 0) return <p className={styles.note}>It has not run yet.</p>
  return (
    <Verbatim pane log={`Log of ${name}`}>
      {log.data.join('\n')}
    </Verbatim>
  )
}
