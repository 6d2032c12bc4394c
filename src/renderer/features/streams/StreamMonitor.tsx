import { Combine, Layers, Pause, Play, RefreshCw, Split } from 'lucide-react'
import { useDeferredValue, useMemo, useRef, useState } from 'react'
import type { ShardInfo } from '../../../engines/stream/contract.ts'
import { Inspector, InTurn, notify, useCommands, useNow, useRemembered, type ViewProps } from '../../lib/index.ts'
import {
  Badge,
  Banner,
  Button,
  ErrorView,
  IconButton,
  Loading,
  type MenuItem,
  Page,
  Segmented,
  Select,
  SplitPane,
  Tabs,
  Toolbar,
  ToolbarSeparator,
  ToolbarSpace,
} from '../../ui/index.ts'
import { ConsumerTable } from './consumers/ConsumerTable.tsx'
import type { Lease } from './consumers/leases.ts'
import { HotKeys } from './HotKeys.tsx'
import { HISTORY_SECONDS } from './metrics/history.ts'
import { type Live, shardTitle } from './metrics/live.ts'
import { hotShard, MEASURES, type MeasureId } from './metrics/load.ts'
import { Legend } from './picture/Legend.tsx'
import type { View } from './picture/lanes.ts'
import type { Cursor } from './picture/paint.ts'
import { ShardPicture } from './picture/ShardPicture.tsx'
import { SendRecords } from './produce/SendRecords.tsx'
import { Records } from './records/Records.tsx'
import { MergeDialog } from './reshape/MergeDialog.tsx'
import { adjacentPair, neighboursOf } from './reshape/plan.ts'
import { ResizeDialog } from './reshape/ResizeDialog.tsx'
import { SplitDialog } from './reshape/SplitDialog.tsx'
import { ShardInspector } from './ShardInspector.tsx'
import { ShardTable } from './ShardTable.tsx'
import { StreamFacts } from './StreamFacts.tsx'
import styles from './streams.module.css'
import { useStream } from './useStream.ts'

const WINDOWS = [
  { value: '60', label: 'Last minute' },
  { value: '300', label: 'Last 5 minutes' },
  { value: '900', label: 'Last 15 minutes' },
  { value: '3600', label: 'Last hour' },
  { value: '86400', label: 'Last 24 hours' },
  { value: 'life', label: 'Since it was made' },
]
const VIEWS = [
  { value: 'rows', title: 'By shard', detail: 'A row for each shard, its newest seconds' },
  { value: 'ranges', title: 'By range', detail: 'Hash ranges, with splits and merges through time' },
] as const
const MEASURE_OPTIONS = Object.entries(MEASURES).map(([value, { title, limit }]) => ({
  value: value as MeasureId,
  label: title,
  detail: `of ${limit}`,
}))
type Below = 'shards' | 'records' | 'consumers' | 'keys'
type Asking =
  | { kind: 'split'; shardId: string }
  | { kind: 'merge'; shardId: string; other?: string }
  | { kind: 'resize' }

export function StreamMonitor({ params: { stream } }: ViewProps<{ stream: string }>) {
  const [view, setView] = useRemembered<View>('streams.view', 'rows')
  const [measure, setMeasure] = useRemembered<MeasureId>('streams.measure', 'write')
  const [span, setSpan] = useRemembered('streams.window', '300')
  const [height, setHeight] = useRemembered('streams.lanes', 320)
  const [below, setBelow] = useRemembered<Below>('streams.below', 'shards')
  // Drawn in slices, under a tab that answers at once.
  const shown = useDeferredValue(below)
  const [selected, setSelected] = useState<readonly string[]>([])
  const [asking, setAsking] = useState<Asking | null>(null)
  const [place, setPlace] = useState<{ timeMs: number; turn: number } | null>(null)
  const seenTurn = useRef(0)
  const [frozen, setFrozen] = useState<{ live: Live; nowMs: number } | null>(null)
  // By whole seconds: it is told several times in each, and nothing here changes in between.
  const now = Math.floor(useNow() / 1000) * 1000
  const { info, metrics, live: latest, shards, groups, leases } = useStream(stream, now)
  const live = frozen?.live ?? latest
  const nowMs = frozen?.nowMs ?? Math.max(now, latest.history.newestMs + 1000)
  const toggleFreeze = () =>
    setFrozen((before) => (before ? null : { live: { ...latest, history: latest.history.copy() }, nowMs }))
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
      { id: 'streams.reshard', title: 'Reshard…', group: 'Streams', run: () => setAsking({ kind: 'resize' }) },
    ],
    [frozen, info.reload, toggleFreeze],
  )
  const cursors = useMemo(() => cursorsOf(leases), [leases])
  const hot = useMemo(() => hotShard(shards, live.history, nowMs), [shards, live, nowMs])
  if (info.error && !info.data) return <ErrorView error={info.error} title={`The stream ${stream} cannot be shown`} />
  if (!info.data) return <Loading />
  const whole = { ...info.data, shards }
  const byId = (shardId: string | undefined) => shards.find((each) => each.shardId === shardId) ?? null
  const shard = byId(selected.at(-1))
  const other = byId(selected.length > 1 ? selected[0] : undefined)
  const seconds =
    span === 'life'
      ? Math.ceil((nowMs - whole.createdMs) / 1000) + 60
      : view === 'rows'
        ? Math.min(Number(span), HISTORY_SECONDS)
        : Number(span)
  const read = (shardId: string, timeMs: number | null) => {
    setSelected([shardId])
    setBelow('records')
    if (timeMs !== null) setPlace((before) => ({ timeMs, turn: (before?.turn ?? 0) + 1 }))
  }
  const provisioned = whole.mode === 'PROVISIONED'
  const splits = (each: ShardInfo | null) => each?.state === 'OPEN' && provisioned
  const merges = (each: ShardInfo | null) => splits(each) && neighboursOf(shards, each!).length > 0
  const apart = shard && other && !adjacentPair(shard, other)
  const askSplit = splits(shard) && !other ? () => setAsking({ kind: 'split', shardId: shard!.shardId }) : null
  const askMerge =
    merges(shard) && !apart ? () => setAsking({ kind: 'merge', shardId: shard!.shardId, other: other?.shardId }) : null
  const menu = (shardId: string, timeMs: number): MenuItem[] => [
    { title: 'Read records from here', onSelect: () => read(shardId, timeMs) },
    { title: 'Read its newest records', onSelect: () => read(shardId, null) },
    'separator',
    { title: 'Split…', disabled: !splits(byId(shardId)), onSelect: () => setAsking({ kind: 'split', shardId }) },
    {
      title: 'Merge…',
      disabled: !merges(byId(shardId)),
      onSelect: () => setAsking({ kind: 'merge', shardId, other: selected.find((id) => id !== shardId) }),
    },
    { title: 'Reshard the stream…', disabled: !provisioned, onSelect: () => setAsking({ kind: 'resize' }) },
    'separator',
    { title: 'Copy shard id', onSelect: () => void navigator.clipboard.writeText(shardId) },
  ]
  const asked = asking && 'shardId' in asking ? byId(asking.shardId) : null
  const dialog = {
    stream: whole,
    onClose: () => setAsking(null),
    onDone: (title: string) => {
      notify({ title, tone: 'good' })
      setAsking(null)
      setSelected([])
      info.reload()
    },
  }
  return (
    <Page
      path={[{ title: 'Streams' }, { title: stream }]}
      scroll={false}
      actions={<StreamFacts stream={whole} live={live} nowMs={nowMs} />}
    >
      <Toolbar label="Stream" className={styles.bar}>
        <Segmented label="View" value={view} options={VIEWS} onChange={setView} />
        <Select
          quiet
          className={styles.choice}
          label="Measure"
          value={measure}
          options={MEASURE_OPTIONS}
          onChange={setMeasure}
        />
        <Select
          quiet
          className={styles.choice}
          label="Time shown"
          value={
            view === 'rows' && Number(span) > HISTORY_SECONDS
              ? '900'
              : span === 'life' && view === 'rows'
                ? '900'
                : span
          }
          options={view === 'rows' ? WINDOWS.slice(0, 3) : WINDOWS}
          onChange={setSpan}
        />
        <IconButton
          icon={frozen ? <Play size={14} /> : <Pause size={14} />}
          label={frozen ? 'Go on live' : 'Freeze the picture'}
          shortcut="Space"
          onClick={toggleFreeze}
        />
        <IconButton icon={<RefreshCw size={14} />} label="Read the shards again" shortcut="F5" onClick={info.reload} />
        <ToolbarSeparator />
        <Legend limit={MEASURES[measure].limit} />
        <ToolbarSpace />
        {frozen && <Badge tone="warn">frozen</Badge>}
        <Button
          size="s"
          variant="ghost"
          icon={<Split size={13} />}
          disabled={!askSplit}
          title={other ? 'One shard is split at a time' : 'Choose an open shard of a provisioned stream'}
          onClick={() => askSplit?.()}
        >
          <span className={styles.action}>Split…</span>
        </Button>
        <Button
          size="s"
          variant="ghost"
          icon={<Combine size={13} />}
          disabled={!askMerge}
          title={apart ? 'These two do not lie side by side' : 'Choose one or two open shards that lie side by side'}
          onClick={() => askMerge?.()}
        >
          <span className={styles.action}>Merge…</span>
        </Button>
        <Button
          size="s"
          variant="ghost"
          icon={<Layers size={13} />}
          disabled={!provisioned}
          title={provisioned ? 'To another number of even shards' : 'On-demand streams scale by themselves'}
          onClick={() => setAsking({ kind: 'resize' })}
        >
          <span className={styles.action}>Reshard…</span>
        </Button>
        <SendRecords stream={stream} />
      </Toolbar>
      {hot && (
        <Banner
          tone="warn"
          actions={
            provisioned && (
              <Button size="s" onClick={() => setAsking({ kind: 'split', shardId: hot.shardId })}>
                Split it…
              </Button>
            )
          }
        >
          {shardTitle(hot.shardId)} takes {hot.times.toFixed(1)} times the median load.
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
          <InTurn>
            {() => (
              <ShardPicture
                shards={shards}
                live={live}
                nowMs={nowMs}
                seconds={seconds}
                view={view}
                measure={measure}
                cursors={cursors}
                selected={selected}
                onSelect={setSelected}
                onOpen={read}
                menu={menu}
              />
            )}
          </InTurn>
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
              {
                id: 'consumers',
                title: 'Consumers',
                badge: new Set([...groups, ...leases].map(({ consumer }) => consumer)).size || null,
              },
              { id: 'keys', title: 'Hot keys' },
            ]}
          >
            <InTurn>
              {() => (
                <>
                  {shown === 'shards' && (
                    <ShardTable
                      shards={shards}
                      live={live}
                      leases={leases}
                      retentionHours={whole.retentionHours}
                      nowMs={nowMs}
                      selected={shard?.shardId ?? null}
                      onSelect={(shardId) => setSelected([shardId])}
                    />
                  )}
                  {shown === 'records' && (
                    <Records
                      stream={stream}
                      shards={shards}
                      shardId={shard?.shardId ?? shards.find(({ state }) => state === 'OPEN')?.shardId ?? null}
                      place={place}
                      seenTurn={seenTurn}
                      onShard={(shardId) => setSelected([shardId])}
                    />
                  )}
                  {shown === 'consumers' && (
                    <ConsumerTable
                      groups={groups}
                      leases={leases}
                      nowMs={nowMs}
                      shard={shard?.shardId ?? null}
                      onShard={(shardId) => setSelected([shardId])}
                    />
                  )}
                  {shown === 'keys' && (
                    <HotKeys stream={stream} shard={shard?.shardId ?? null} hottest={live.hotKeys} />
                  )}
                </>
              )}
            </InTurn>
          </Tabs>
        }
      />
      {asking?.kind === 'split' && asked && <SplitDialog {...dialog} shard={asked} />}
      {asking?.kind === 'merge' && asked && (
        <MergeDialog {...dialog} shard={asked} other={byId(asking.other)} live={live} nowMs={nowMs} />
      )}
      {asking?.kind === 'resize' && <ResizeDialog {...dialog} live={live} nowMs={nowMs} />}
      <InTurn>
        {() => (
          <Inspector>
            <ShardInspector
              stream={whole}
              shard={shard}
              rates={shard && live.history.rates(shard.index, nowMs)}
              onRecords={() => setBelow('records')}
              onSplit={askSplit}
              onMerge={askMerge}
            />
          </Inspector>
        )}
      </InTurn>
    </Page>
  )
}

/** Where each consumer stands in time: what it read last came in so long before it read it. */
function cursorsOf(leases: readonly Lease[]): Cursor[] {
  const names = [...new Set(leases.map(({ consumer }) => consumer))].sort()
  return leases.flatMap(({ consumer, shardId, atMs }) =>
    atMs === null ? [] : [{ shardId, atMs, series: names.indexOf(consumer) }],
  )
}
