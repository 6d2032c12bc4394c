import { Pause, Play, RefreshCw } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { ShardInfo, StreamMetrics } from '../../../engines/stream/contract.ts'
import {
  formatByteRate,
  formatRate,
  Inspector,
  notifyError,
  useAction,
  useCall,
  useCommands,
  useFeed,
  useNow,
  useRemembered,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Badge,
  Banner,
  ErrorView,
  IconButton,
  Loading,
  Page,
  Select,
  SplitPane,
  StateDot,
  shapeOf,
  Tabs,
  Toolbar,
  ToolbarSeparator,
  ToolbarSpace,
} from '../../ui/index.ts'
import { ConsumerTable } from './ConsumerTable.tsx'
import { HotKeys } from './HotKeys.tsx'
import { hotShard, mergeMetrics, ratesOf } from './lanes/model.ts'
import { shortShard } from './lanes/paint.ts'
import { ShardLanes } from './lanes/ShardLanes.tsx'
import { SendRecords } from './produce/SendRecords.tsx'
import { Records } from './records/Records.tsx'
import { ShardInspector } from './ShardInspector.tsx'
import { ShardTable } from './ShardTable.tsx'
import styles from './streams.module.css'

const WINDOWS = [
  { value: '60', label: 'Last minute' },
  { value: '300', label: 'Last 5 minutes' },
  { value: '900', label: 'Last 15 minutes' },
]
const RAMP = ['--seq-0', '--seq-1', '--seq-2', '--seq-3', '--seq-4', '--seq-5', '--seq-6', '--seq-7', '--seq-8']
const NONE: StreamMetrics[] = []
const TIPS_EVERY_MS = 1000
type Below = 'shards' | 'records' | 'consumers' | 'keys'

export function StreamMonitor({ params: { stream } }: ViewProps<{ stream: string }>) {
  const [seconds, setSeconds] = useRemembered('streams.window', '300')
  const [height, setHeight] = useRemembered('streams.lanes', 320)
  const [below, setBelow] = useRemembered<Below>('streams.below', 'shards')
  const [selected, setSelected] = useState<string | null>(null)
  const info = useStreamInfo(stream)
  const metrics = useFeed(
    (clients, signal) => clients.stream.watchMetrics({ stream, historySeconds: 900 }, { signal }),
    [stream],
    {
      initial: NONE,
      fold: (all, items) => mergeMetrics(all, items, 900),
      maxPerSecond: 2,
    },
  )
  const [frozen, setFrozen] = useState<{ metrics: StreamMetrics[]; nowMs: number } | null>(null)
  const now = useNow()
  const shownMetrics = frozen?.metrics ?? metrics.data
  const nowMs = frozen?.nowMs ?? Math.max(now, metrics.data.at(-1)?.timeMs ?? 0)
  const toggleFreeze = () => setFrozen((before) => (before ? null : { metrics: metrics.data, nowMs }))
  useCommands(
    () => [
      {
        id: 'streams.freeze',
        title: frozen ? 'Go on live' : 'Freeze the picture',
        group: 'Streams',
        shortcut: 'Space',
        run: toggleFreeze,
      },
      { id: 'streams.refresh', title: 'Refresh', group: 'Streams', shortcut: 'F5', run: info.reload },
    ],
    [frozen, info.reload, toggleFreeze],
  )
  if (info.error && !info.data) return <ErrorView error={info.error} title={`The stream ${stream} cannot be shown`} />
  if (!info.data) return <Loading />
  const shards = info.data.shards
  const hot = hotShard(shards, shownMetrics, nowMs)
  const shard = shards.find(({ shardId }) => shardId === selected) ?? null
  return (
    <Page
      path={[{ title: 'Streams' }, { title: stream }]}
      scroll={false}
      actions={<StreamFacts stream={info.data} metrics={shownMetrics} nowMs={nowMs} />}
    >
      <Toolbar label="Stream">
        <Select quiet label="Time shown" value={seconds} options={WINDOWS} onChange={setSeconds} />
        <IconButton
          icon={frozen ? <Play size={14} /> : <Pause size={14} />}
          label={frozen ? 'Go on live' : 'Freeze the picture'}
          shortcut="Space"
          onClick={toggleFreeze}
        />
        <IconButton icon={<RefreshCw size={14} />} label="Read the shards again" shortcut="F5" onClick={info.reload} />
        <ToolbarSeparator />
        <LoadLegend />
        <ToolbarSpace />
        {frozen && <Badge tone="warn">frozen</Badge>}
        <SendRecords stream={stream} />
      </Toolbar>
      {hot && (
        <Banner tone="warn">
          {shortShard(hot.shardId)} takes {hot.times.toFixed(1)} times the median load: see its keys under Hot keys,
          then split it.
        </Banner>
      )}
      {metrics.error && <ErrorView compact title="Metrics do not arrive" error={metrics.error} />}
      <SplitPane
        direction="column"
        label="Shards and details"
        size={height}
        onSize={setHeight}
        min={96}
        first={
          <ShardLanes
            shards={shards}
            metrics={shownMetrics}
            nowMs={nowMs}
            seconds={Number(seconds)}
            selected={selected}
            onSelect={setSelected}
          />
        }
        second={
          <Tabs
            label="Stream details"
            size="s"
            value={below}
            onChange={setBelow}
            tabs={[
              { id: 'shards', title: 'Shards', badge: shards.filter(({ state }) => state === 'OPEN').length },
              { id: 'records', title: 'Records' },
              { id: 'consumers', title: 'Consumers' },
              { id: 'keys', title: 'Hot keys' },
            ]}
          >
            {below === 'shards' && (
              <ShardTable
                shards={shards}
                metrics={shownMetrics}
                nowMs={nowMs}
                selected={selected}
                onSelect={setSelected}
              />
            )}
            {below === 'records' && (
              <Records
                stream={stream}
                shards={shards}
                shardId={selected ?? shards.find(({ state }) => state === 'OPEN')?.shardId ?? null}
                onShard={setSelected}
              />
            )}
            {below === 'consumers' && <ConsumerTable shards={shards} metrics={shownMetrics} nowMs={nowMs} />}
            {below === 'keys' && <HotKeys metrics={shownMetrics} />}
          </Tabs>
        }
      />
      <Inspector>
        <ShardInspector
          stream={info.data}
          shard={shard}
          rates={shard && ratesOf(shownMetrics, shard.shardId, nowMs)}
          onChanged={info.reload}
          onRecords={() => setBelow('records')}
        />
      </Inspector>
    </Page>
  )
}

/** The stream with its shards, read again when the list of streams changes, and each second: tips of shards move without an event. */
function useStreamInfo(stream: string) {
  const turn = useRef(0)
  const changes = useFeed((clients, signal) => clients.stream.watchStreams({}, { signal }), [stream], {
    initial: 0,
    fold: () => ++turn.current,
  })
  const info = useCall(
    (clients, signal) => clients.stream.describeStream({ stream }, { signal }),
    [stream, changes.data],
  )
  const { loading, reload } = info
  useEffect(() => {
    if (loading) return
    const timer = setTimeout(reload, TIPS_EVERY_MS)
    return () => clearTimeout(timer)
  }, [loading, reload])
  return info
}

function StreamFacts({
  stream,
  metrics,
  nowMs,
}: {
  stream: { status: string; quotas: boolean; name: string; shards: readonly ShardInfo[] }
  metrics: StreamMetrics[]
  nowMs: number
}) {
  const totals = useMemo(() => {
    const rates = stream.shards.map(({ shardId }) => ratesOf(metrics, shardId, nowMs))
    const sum = (pick: (rate: (typeof rates)[number]) => number) => rates.reduce((total, rate) => total + pick(rate), 0)
    return {
      records: sum((r) => r.inRecords),
      bytes: sum((r) => r.inBytes),
      out: sum((r) => r.outRecords),
      throttled: sum((r) => r.throttled),
    }
  }, [stream, metrics, nowMs])
  const quotas = useAction(
    (clients, signal, on: boolean) => clients.stream.updateStream({ stream: stream.name, quotas: on }, { signal }),
    {
      onError: (error) => notifyError('The quotas were not changed', error),
    },
  )
  return (
    <div className={styles.facts}>
      <span title="Records and bytes a second into the stream, mean of the last seconds">
        in <b>{formatRate(totals.records)}</b> {formatByteRate(totals.bytes)}
      </span>
      <span>
        out <b>{formatRate(totals.out)}</b>
      </span>
      {totals.throttled > 0 && (
        <span className={styles.bad}>
          throttled <b>{formatRate(totals.throttled)}</b>
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

function LoadLegend() {
  return (
    <span className={styles.legend} title="Colour of a second: the share of the shard's write quota it used">
      0
      <span className={styles.ramp} aria-hidden>
        {RAMP.map((token) => (
          <i key={token} style={{ background: `var(${token})` }} />
        ))}
      </span>
      100 % of quota
      <i className={styles.throttleMark} aria-hidden /> throttled
    </span>
  )
}
