import { ChevronsRight, FileJson, Search, Send, SkipBack } from 'lucide-react'
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import type { ShardInfo, ShardPosition } from '../../../../engines/stream/contract.ts'
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatTime,
  formatUtc,
  useAction,
  useRemembered,
} from '../../../lib/index.ts'
import {
  Button,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  IconButton,
  Input,
  Loading,
  Progress as ProgressBar,
  Select,
  SplitPane,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import { shortShard } from '../metrics/live.ts'
import styles from '../streams.module.css'
import { conditionProblem } from './condition.ts'
import { AUTO, type Choice } from './decoders/decoder.ts'
import { FROM, type From, positionOf, shardOfSequence, textOfTime } from './place.ts'
import { RecordDetail } from './RecordDetail.tsx'
import { ResendDialog } from './ResendDialog.tsx'
import { PAGE_RECORDS, type Progress, type RecordPage, type RecordRow, readRecords } from './read.ts'
import { FORMATS, needsSchema, SchemaDialog } from './SchemaDialog.tsx'

/** What a person looks for comes first, as in the service's own data viewer: with a record open beside them there is room for little. */
const COLUMNS: readonly DataColumn<RecordRow>[] = [
  {
    id: 'offset',
    title: '#',
    kind: 'number',
    width: 84,
    value: (row) => row.offset,
    format: (value) => formatNumber(Number(value)),
  },
  { id: 'key', title: 'Partition key', mono: true, width: 132, value: (row) => row.key },
  { id: 'data', title: 'Data', mono: true, width: 380, value: (row) => row.line },
  {
    id: 'arrival',
    title: 'Arrival',
    width: 178,
    value: (row) => row.arrivalMs,
    render: (value) => <time title={formatUtc(Number(value))}>{formatTime(Number(value), { millis: true })}</time>,
  },
  {
    id: 'size',
    title: 'Size',
    kind: 'number',
    width: 72,
    value: (row) => row.bytes.length,
    format: (value) => formatBytes(Number(value)),
  },
  {
    id: 'read',
    title: 'Read as',
    width: 136,
    value: (row) => row.layers.join(' › '),
    render: (value, row) => (row.parts > 0 ? `${value} × ${row.parts}` : String(value)),
  },
  {
    id: 'sequence',
    title: 'Sequence number',
    mono: true,
    width: 420,
    hidden: true,
    value: (row) => row.sequenceNumber,
  },
]

/** Reads records where the person points, decodes them, searches them, and sends them again. */
export function Records({
  stream,
  shards,
  shardId,
  place,
  seenTurn,
  onShard,
}: {
  stream: string
  shards: readonly ShardInfo[]
  shardId: string | null
  /** A time to read from, again whenever `turn` rises. */
  place: { timeMs: number; turn: number } | null
  /** The turn that was gone to last: this view comes and goes, and goes to a place once. */
  seenTurn: RefObject<number>
  onShard: (shardId: string) => void
}) {
  const [from, setFrom] = useRemembered<From>('streams.from', 'RECENT')
  const [choice, setChoice] = useRemembered<Choice>(`streams.decode.${stream}`, AUTO)
  const [at, setAt] = useState('')
  const [condition, setCondition] = useState('')
  /** The condition that was tried although it cannot be read: until then it may only be half typed. */
  const [tried, setTried] = useState<string | null>(null)
  const problem = useMemo(() => conditionProblem(condition), [condition])
  const refused = problem !== undefined && tried === condition
  const [page, setPage] = useState<RecordPage | null>(null)
  const [chosen, setChosen] = useState<RecordRow | null>(null)
  const [progress, setProgress] = useState<Progress & { sinceMs: number }>({ looked: 0, share: 0, sinceMs: 0 })
  const [detail, setDetail] = useRemembered('streams.detail', 460)
  const [asking, setAsking] = useState<'schema' | 'resend' | null>(null)
  const enough = useRef(false)
  const shard = shards.find((candidate) => candidate.shardId === shardId) ?? null
  const read = useAction(
    async (clients, signal, position: ShardPosition) => {
      const sinceMs = performance.now()
      setProgress({ looked: 0, share: 0, sinceMs })
      enough.current = false
      return readRecords(
        clients,
        { stream, shard: shard!, position, condition, choice },
        { signal, onProgress: (next) => setProgress({ ...next, sinceMs }), enough: () => enough.current },
      )
    },
    {
      onDone: (next) => {
        setPage(next)
        setChosen(null)
      },
    },
  )
  const { cancel, run } = read
  const last = useRef<ShardPosition | null>(null)
  const readFrom = (next: ShardPosition | null) => {
    cancel()
    last.current = next
    if (problem !== undefined) setTried(condition)
    else if (next) void run(next)
  }
  const position = shard && positionOf(from, at, shard)
  const start = () => {
    const owner = from === 'SEQUENCE' ? shardOfSequence(at) : null
    if (owner && owner !== shardId && shards.some((each) => each.shardId === owner)) onShard(owner)
    else readFrom(position)
  }
  // What is shown is of the shard that is named, from the place that was pointed at: another one is read at once.
  const begin = (turn: number | undefined) => {
    if (!place || turn === seenTurn.current) return readFrom(position)
    seenTurn.current = place.turn
    setFrom('AT_TIMESTAMP')
    setAt(textOfTime(place.timeMs))
    readFrom({ type: 'AT_TIMESTAMP', timestampMs: place.timeMs })
  }
  const latest = useRef({ begin, again: () => {} })
  latest.current = { begin, again: () => last.current && readFrom(last.current) }
  const named = shard?.shardId
  const turn = place?.turn
  useEffect(() => {
    setPage(null)
    setChosen(null)
    if (named !== undefined) latest.current.begin(turn)
    return cancel
  }, [named, turn, cancel])
  const reads = JSON.stringify(choice)
  const seenReads = useRef(reads)
  useEffect(() => {
    if (seenReads.current === reads) return
    seenReads.current = reads
    latest.current.again()
  }, [reads])
  const shardOptions = useMemo(
    () =>
      shards.map((candidate) => ({
        value: candidate.shardId,
        label: shortShard(candidate.shardId),
        detail: candidate.state === 'OPEN' ? undefined : candidate.state.toLowerCase(),
      })),
    [shards],
  )
  const searches = condition.trim() !== ''
  const table = (
    <DataTable
      label="Records"
      rows={page?.rows ?? []}
      rowKey={(row) => String(row.offset)}
      columns={COLUMNS}
      selected={chosen ? String(chosen.offset) : null}
      onSelect={setChosen}
      onOpen={setChosen}
      rowMenu={(row) => [
        { title: 'Copy data', onSelect: () => void navigator.clipboard.writeText(row.line) },
        { title: 'Copy sequence number', onSelect: () => void navigator.clipboard.writeText(row.sequenceNumber) },
        { title: `Search for key ${row.key}`, onSelect: () => setCondition(row.key) },
        'separator',
        {
          title: 'Send again…',
          onSelect: () => {
            setChosen(row)
            setAsking('resend')
          },
        },
      ]}
      empty={
        page ? (searches ? 'No record from here to the tip met the condition.' : 'There are no records here.') : ' '
      }
    />
  )
  return (
    <div className={styles.records}>
      <Toolbar label="Read records">
        <Select
          quiet
          className={styles.shardChoice}
          label="Shard"
          value={shardId}
          options={shardOptions}
          onChange={onShard}
        />
        <Select quiet className={styles.fromChoice} label="From" value={from} options={FROM} onChange={setFrom} />
        {(from === 'AT_TIMESTAMP' || from === 'SEQUENCE') && (
          <Input
            className={styles.at}
            value={at}
            onChange={setAt}
            aria-label={from === 'AT_TIMESTAMP' ? 'Time, UTC' : 'Sequence number'}
            placeholder={from === 'AT_TIMESTAMP' ? '2026-01-31 09:30:00 (UTC)' : '4959…'}
            onKeyDown={(event) => event.key === 'Enter' && start()}
          />
        )}
        <Input
          className={styles.search}
          value={condition}
          onChange={setCondition}
          invalid={refused}
          aria-label="Only records that meet"
          title="Text in data or keys, or a condition: delay > 60 and origin = 'ATL'"
          placeholder="Text, or delay > 60"
          onKeyDown={(event) => event.key === 'Enter' && start()}
        />
        <Button
          size="s"
          icon={<Search size={13} />}
          disabled={!position}
          pending={read.pending && !searches}
          onClick={start}
        >
          Read
        </Button>
      </Toolbar>
      {refused && (
        <p role="alert" className={styles.conditionProblem}>
          The condition cannot be read: {problem}
        </p>
      )}
      <Toolbar label="Records shown">
        <IconButton
          icon={<SkipBack size={14} />}
          label={`The ${PAGE_RECORDS} before`}
          disabled={!shard || !page || page.first <= shard.firstOffset}
          onClick={() => readFrom({ type: 'OFFSET', offset: Math.max(shard!.firstOffset, page!.first - PAGE_RECORDS) })}
        />
        <IconButton
          icon={<ChevronsRight size={14} />}
          label="Read on"
          disabled={!page || page.ended}
          onClick={() => readFrom({ type: 'OFFSET', offset: page!.next })}
        />
        {page && (
          <span className={styles.quiet}>
            {page.behindMs > 0 ? `${formatDuration(page.behindMs)} behind the tip` : 'at the tip'}
            {searches && !read.pending && `, ${formatNumber(progress.looked)} searched`}
          </span>
        )}
        <ToolbarSpace />
        <Select
          quiet
          className={styles.formatChoice}
          label="Read data as"
          value={choice.format}
          options={FORMATS}
          onChange={(format) => {
            const next = { ...choice, format }
            setChoice(next)
            if (needsSchema(next)) setAsking('schema')
          }}
        />
        <IconButton icon={<FileJson size={14} />} label="Schemas…" onClick={() => setAsking('schema')} />
        <Button size="s" icon={<Send size={13} />} disabled={!shard || !page} onClick={() => setAsking('resend')}>
          Send again…
        </Button>
      </Toolbar>
      {read.pending && searches && (
        <div className={styles.searching}>
          <ProgressBar
            value={progress.share}
            label={`Searching: ${formatNumber(progress.looked)} records looked at`}
            timeLeft={timeLeft(progress)}
            onCancel={() => {
              enough.current = true
            }}
          />
        </div>
      )}
      {read.error && <ErrorView compact title="The records cannot be read" error={read.error} />}
      {!page && !read.error ? (
        read.pending ? (
          <Loading />
        ) : (
          <EmptyState title="Look into a shard">
            Choose a shard and a place to start: records are read as every consumer reads them, and nothing is taken
            out.
          </EmptyState>
        )
      ) : (
        <SplitPane
          sized="second"
          label="Records and the chosen one"
          size={chosen ? detail : 0}
          onSize={(size) => (size === 0 ? setChosen(null) : setDetail(size))}
          first={table}
          second={chosen ? <RecordDetail row={chosen} choice={choice} /> : null}
        />
      )}
      {asking === 'schema' && <SchemaDialog choice={choice} onClose={() => setAsking(null)} onDone={setChoice} />}
      {asking === 'resend' && shard && page && (
        <ResendDialog stream={stream} shard={shard} page={page} chosen={chosen} onClose={() => setAsking(null)} />
      )}
    </div>
  )
}

function timeLeft({ share, sinceMs }: { share: number; sinceMs: number }): string | undefined {
  const spentMs = performance.now() - sinceMs
  return share > 0.02 && spentMs > 1000 ? `${formatDuration((spentMs / share) * (1 - share))} left` : undefined
}
