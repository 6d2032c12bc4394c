import { Combine, ScanSearch, Split } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ShardInfo, StreamSummary } from '../../../engines/stream/contract.ts'
import {
  formatByteRate,
  formatBytes,
  formatNumber,
  formatPercent,
  formatRate,
  formatTime,
  formatUtc,
  shortId,
} from '../../lib/index.ts'
import { Button, CopyButton, PropertyList, Section } from '../../ui/index.ts'
import type { Rates } from './metrics/history.ts'
import { shortShard } from './metrics/live.ts'
import { shareOf } from './metrics/load.ts'
import styles from './streams.module.css'

type Stream = StreamSummary & { shards: readonly ShardInfo[] }

interface ShardActions {
  onRecords: () => void
  /** Null where the shard cannot be split or merged. */
  onSplit: (() => void) | null
  onMerge: (() => void) | null
}

export function ShardInspector({
  stream,
  shard,
  rates,
  ...actions
}: ShardActions & { stream: Stream; shard: ShardInfo | null; rates: Rates | null }) {
  return (
    <>
      {shard && rates && <ShardSection shard={shard} rates={rates} {...actions} />}
      <StreamSection stream={stream} />
    </>
  )
}

function ShardSection({
  shard,
  rates,
  onRecords,
  onSplit,
  onMerge,
}: ShardActions & { shard: ShardInfo; rates: Rates }) {
  return (
    <Section title={shortShard(shard.shardId)}>
      <PropertyList
        items={[
          ['Id', <Mono key="id">{shard.shardId}</Mono>],
          ['State', shard.state.toLowerCase()],
          ['In', `${formatRate(rates.inRecords)}, ${formatByteRate(rates.inBytes)}`],
          ['Of quota', formatPercent(shareOf(rates), 0)],
          ['Out', `${formatRate(rates.outRecords)}, ${formatByteRate(rates.outBytes)}`],
          ['Records', `${formatNumber(shard.nextOffset - shard.firstOffset)}, ${formatBytes(shard.bytes)}`],
          [
            'Created',
            <time key="created" title={formatUtc(shard.createdMs)}>
              {formatTime(shard.createdMs)}
            </time>,
          ],
          shard.closedMs !== undefined && [
            'Closed',
            <time key="closed" title={formatUtc(shard.closedMs)}>
              {formatTime(shard.closedMs)}
            </time>,
          ],
          shard.parentShardId !== undefined && [
            'Parent',
            <Mono key="parent">{[shard.parentShardId, shard.adjacentParentShardId].filter(Boolean).join(', ')}</Mono>,
          ],
          [
            'Hash keys',
            <Mono
              key="range"
              title={`${shard.range.startingHashKey} – ${shard.range.endingHashKey}`}
            >{`${shortId(shard.range.startingHashKey, 14)} – ${shortId(shard.range.endingHashKey, 14)}`}</Mono>,
          ],
        ]}
      />
      <div className={styles.actions}>
        <Button size="s" icon={<ScanSearch size={13} />} onClick={onRecords}>
          Read records
        </Button>
        <Button size="s" icon={<Split size={13} />} disabled={!onSplit} onClick={() => onSplit?.()}>
          Split…
        </Button>
        <Button size="s" icon={<Combine size={13} />} disabled={!onMerge} onClick={() => onMerge?.()}>
          Merge…
        </Button>
      </div>
    </Section>
  )
}

function StreamSection({ stream }: { stream: Stream }) {
  const cli = `aws kinesis describe-stream --stream-name ${stream.name}`
  const sdk = `new KinesisClient({ endpoint: process.env.AWS_ENDPOINT_URL })\n  .send(new GetShardIteratorCommand({ StreamName: '${stream.name}', ShardId: '${stream.shards[0]?.shardId ?? ''}', ShardIteratorType: 'TRIM_HORIZON' }))`
  return (
    <>
      <Section title="Stream">
        <PropertyList
          items={[
            ['Name', stream.name],
            ['Capacity', stream.mode === 'ON_DEMAND' ? 'on-demand' : `provisioned, ${stream.openShardCount} open`],
            ['Retention', `${formatNumber(stream.retentionHours)} h`],
            ['Kept', formatBytes(stream.shards.reduce((total, { bytes }) => total + bytes, 0))],
            ['Acknowledged', { fsync: 'on disk', os: 'with the system', memory: 'in memory' }[stream.durability]],
            [
              'Created',
              <time key="created" title={formatUtc(stream.createdMs)}>
                {formatTime(stream.createdMs)}
              </time>,
            ],
            [
              'ARN',
              <Mono key="arn" title={stream.arn}>
                {shortId(stream.arn, 30)}
              </Mono>,
            ],
          ]}
        />
      </Section>
      <Section title="From AWS clients" open={false}>
        <div className={styles.actions}>
          <CopyButton text={stream.arn} label="ARN" />
          <CopyButton text={cli} label="CLI" />
          <CopyButton text={sdk} label="SDK" />
        </div>
      </Section>
    </>
  )
}

function Mono({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span className={styles.mono} title={title}>
      {children}
    </span>
  )
}
