import type { ShardInfo, StreamSummary } from '../../../../engines/stream/contract.ts'
import styles from '../streams.module.css'
import { useShardCost } from './cost.ts'

export interface ReshapeProps {
  stream: StreamSummary & { shards: readonly ShardInfo[] }
  onClose: () => void
  /** The engine has begun; the text says what. */
  onDone: (text: string) => void
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
