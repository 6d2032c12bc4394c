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
  notify,
  notifyError,
  shortId,
  useAction,
} from '../../lib/index.ts'
import { Button, CopyButton, PropertyList, Section } from '../../ui/index.ts'
import type { ShardRates } from './lanes/model.ts'
import { shortShard } from './lanes/paint.ts'
import styles from './streams.module.css'

type Stream = StreamSummary & { shards: readonly ShardInfo[] }

export function ShardInspector({
  stream,
  shard,
  rates,
  onChanged,
  onRecords,
}: {
  stream: Stream
  shard: ShardInfo | null
  rates: ShardRates | null
  onChanged: () => void
  onRecords: () => void
}) {
  return (
    <>
      {shard && rates && (
        <ShardSection stream={stream} shard={shard} rates={rates} onChanged={onChanged} onRecords={onRecords} />
      )}
      <StreamSection stream={stream} />
    </>
  )
}

function ShardSection({
  stream,
  shard,
  rates,
  onChanged,
  onRecords,
}: {
  stream: Stream
  shard: ShardInfo
  rates: ShardRates
  onChanged: () => void
  onRecords: () => void
}) {
  const [from, to] = [BigInt(shard.range.startingHashKey), BigInt(shard.range.endingHashKey)]
  const neighbour = stream.shards.find(
    ({ state, range }) => state === 'OPEN' && BigInt(range.startingHashKey) === to + 1n,
  )
  const split = useAction(
    (clients, signal) =>
      clients.stream.splitShard(
        { stream: stream.name, shardId: shard.shardId, newStartingHashKey: String((from + to) / 2n + 1n) },
        { signal },
      ),
    {
      onDone: () => done(`${shortShard(shard.shardId)} is split in the middle`),
      onError: (error) => notifyError('The shard was not split', error),
    },
  )
  const merge = useAction(
    (clients, signal, adjacentShardId: string) =>
      clients.stream.mergeShards({ stream: stream.name, shardId: shard.shardId, adjacentShardId }, { signal }),
    {
      onDone: () => done('The shards are merged'),
      onError: (error) => notifyError('The shards were not merged', error),
    },
  )
  const done = (text: string) => {
    notify({ title: text, tone: 'good' })
    onChanged()
  }
  const open = shard.state === 'OPEN' && stream.mode === 'PROVISIONED'
  return (
    <Section title={shortShard(shard.shardId)}>
      <PropertyList
        items={[
          ['Id', <Mono key="id">{shard.shardId}</Mono>],
          ['State', shard.state.toLowerCase()],
          ['In', `${formatRate(rates.inRecords)}, ${formatByteRate(rates.inBytes)}`],
          ['Of quota', formatPercent(rates.load, 0)],
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
        <Button
          size="s"
          icon={<Split size={13} />}
          disabled={!open}
          pending={split.pending}
          title={open ? 'In the middle of its hash range' : 'Only open shards of provisioned streams split'}
          onClick={() => void split.run()}
        >
          Split
        </Button>
        <Button
          size="s"
          icon={<Combine size={13} />}
          disabled={!open || !neighbour}
          pending={merge.pending}
          title={
            neighbour
              ? `With ${shortShard(neighbour.shardId)}, the next in hash order`
              : 'No open shard follows in hash order'
          }
          onClick={() => neighbour && void merge.run(neighbour.shardId)}
        >
          Merge with next
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
