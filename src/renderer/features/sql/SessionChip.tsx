import { useState } from 'react'
import { useStore } from 'zustand'
import { notifyError, plural } from '../../lib/index.ts'
import { Button, Tooltip } from '../../ui/index.ts'
import { holdsAnything } from './connection.ts'
import type { Session } from './session.ts'
import styles from './sql.module.css'

/** What the session of the tab holds, and the ends of its transaction. */
export function SessionChip({ session }: { session: Session }) {
  const held = useStore(session.store, (state) => state.held)
  const running = useStore(session.store, (state) => state.running)
  const [ending, setEnding] = useState(false)
  if (!holdsAnything(held)) return null
  const { transaction, temporaries } = held
  const end = async (how: 'COMMIT' | 'ROLLBACK') => {
    setEnding(true)
    try {
      await session.connection.end(how)
    } catch (thrown) {
      notifyError(
        how === 'COMMIT' ? 'The transaction was not committed' : 'The transaction was not rolled back',
        thrown,
      )
    }
    setEnding(false)
  }
  const disabled = running || ending
  return (
    <span className={styles.session} role="status" aria-label="Session">
      {transaction !== 'none' && (
        <span className={transaction === 'failed' ? styles.bad : styles.open}>
          {transaction === 'failed' ? 'Transaction failed' : 'Transaction open'}
        </span>
      )}
      {transaction === 'open' && (
        <Button size="s" disabled={disabled} onClick={() => void end('COMMIT')}>
          Commit
        </Button>
      )}
      {transaction !== 'none' && (
        <Button size="s" disabled={disabled} onClick={() => void end('ROLLBACK')}>
          Roll back
        </Button>
      )}
      {temporaries.length > 0 && (
        <Tooltip label={`Of this tab, until it closes: ${temporaries.join(', ')}`}>
          <span className={styles.quiet}>{plural(temporaries.length, 'temporary table')}</span>
        </Tooltip>
      )}
    </span>
  )
}
