import type { ReactNode } from 'react'
import type { EngineError } from '../../../../engines/kit/pure/errors.ts'
import type { ShardInfo, StreamSummary } from '../../../../engines/stream/contract.ts'
import { Button, Dialog, ErrorView } from '../../../ui/index.ts'
import styles from '../streams.module.css'
import { useShardCost } from './cost.ts'

export interface ReshapeProps {
  stream: StreamSummary & { shards: readonly ShardInfo[] }
  onClose: () => void
  /** The engine has begun; the text says what. */
  onDone: (text: string) => void
}

/** A question about shards, with what the answer does and costs. */
export function ReshapeDialog({
  title,
  action,
  error,
  pending,
  disabled,
  onClose,
  onConfirm,
  children,
}: {
  title: string
  action: string
  error: EngineError | undefined
  pending: boolean
  disabled: boolean
  onClose: () => void
  onConfirm: () => void
  children: ReactNode
}) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={pending} disabled={disabled} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {error && <ErrorView compact title="The shards stay as they are" error={error} />}
        {children}
      </div>
    </Dialog>
  )
}

/** What a change does, and what so many more (or fewer) open shards cost. */
export function Effects({ items, shards }: { items: readonly string[]; shards: number }) {
  const cost = useShardCost(shards)
  return (
    <section aria-label="What happens" className={styles.effects}>
      <h4>What happens</h4>
      <ul>
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
        <li>{cost ?? 'On AWS: …'}</li>
      </ul>
    </section>
  )
}
