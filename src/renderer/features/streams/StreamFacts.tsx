import { useMemo } from 'react'
import type { ShardInfo } from '../../../engines/stream/contract.ts'
import { formatByteRate, formatRate, notifyError, useAction } from '../../lib/index.ts'
import { Select, StateDot, shapeOf } from '../../ui/index.ts'
import type { Live } from './metrics/live.ts'
import styles from './streams.module.css'

/** What the whole stream does now, and whether its limits are kept. */
export function StreamFacts({
  stream,
  live,
  nowMs,
}: {
  stream: { status: string; quotas: boolean; name: string; shards: readonly ShardInfo[] }
  live: Live
  nowMs: number
}) {
  const { shards } = stream
  const totals = useMemo(() => {
    const sum = { inRecords: 0, inBytes: 0, outRecords: 0, outBytes: 0, writeThrottled: 0, readThrottled: 0 }
    for (const { index } of shards) {
      const rates = live.history.rates(index, nowMs)
      for (const counter of Object.keys(sum) as (keyof typeof sum)[]) sum[counter] += rates[counter]
    }
    return sum
  }, [shards, live, nowMs])
  const quotas = useAction(
    (clients, signal, on: boolean) => clients.stream.updateStream({ stream: stream.name, quotas: on }, { signal }),
    { onError: (error) => notifyError('The quotas were not changed', error) },
  )
  return (
    <div className={styles.facts}>
      <span title="Into the stream, mean of the last seconds">
        in <b>{formatRate(totals.inRecords)}</b> {formatByteRate(totals.inBytes)}
      </span>
      <span title="Out of the stream, to all consumers, mean of the last seconds">
        out <b>{formatRate(totals.outRecords)}</b> {formatByteRate(totals.outBytes)}
      </span>
      {totals.writeThrottled > 0 && (
        <span className={styles.bad} title="Records that shards refused">
          refused <b>{formatRate(totals.writeThrottled)}</b>
        </span>
      )}
      {totals.readThrottled > 0 && (
        <span className={styles.warn} title="Reads that shards refused">
          refused <b>{formatRate(totals.readThrottled, 'reads')}</b>
        </span>
      )}
      <Select
        quiet
        label="Quotas"
        value={stream.quotas ? 'on' : 'off'}
        options={[
          { value: 'on', label: 'Quotas on', detail: '1 MiB/s and 1,000 records/s a shard' },
          { value: 'off', label: 'Quotas off', detail: 'as fast as the machine' },
        ]}
        onChange={(value) => void quotas.run(value === 'on')}
      />
      <StateDot state={shapeOf(stream.status)} text={stream.status.toLowerCase()} />
    </div>
  )
}
