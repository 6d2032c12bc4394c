import { ChevronsRight, Search, Send, SkipBack } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { BatchBuilder } from '../../../../engines/kit/pure/batch.ts'
import type { ShardInfo, ShardPosition } from '../../../../engines/stream/contract.ts'
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatTime,
  formatUtc,
  notify,
  notifyError,
  plural,
  useAction,
  useClients,
  useRemembered,
} from '../../../lib/index.ts'
import {
  Badge,
  Button,
  CopyButton,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  IconButton,
  Input,
  PropertyList,
  Select,
  SplitPane,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import { shortShard } from '../lanes/paint.ts'
import styles from '../streams.module.css'
import { type RecordPage, type RecordRow, readRecords } from './read.ts'

type From = 'TRIM_HORIZON' | 'AT_TIMESTAMP' | 'RECENT' | 'SEQUENCE'

const FROM = [
  { value: 'RECENT', label: 'Newest records' },
  { value: 'TRIM_HORIZON', label: 'Oldest kept', detail: 'TRIM_HORIZON' },
  { value: 'AT_TIMESTAMP', label: 'At a time', detail: 'AT_TIMESTAMP' },
  { value: 'SEQUENCE', label: 'At a sequence number', detail: 'AT_SEQUENCE_NUMBER' },
] as const

const COLUMNS: readonly DataColumn<RecordRow>[] = [
  {
    id: 'offset',
    title: '#',
    kind: 'number',
    width: 90,
    value: (row) => row.offset,
    format: (value) => formatNumber(Number(value)),
  },
  {
    id: 'arrival',
    title: 'Arrival',
    width: 190,
    value: (row) => row.arrivalMs,
    render: (value) => <time title={formatUtc(Number(value))}>{formatTime(Number(value), { millis: true })}</time>,
  },
  { id: 'key', title: 'Partition key', mono: true, width: 140, value: (row) => row.key },
  {
    id: 'size',
    title: 'Size',
    kind: 'number',
    width: 80,
    value: (row) => row.bytes.length,
    format: (value) => formatBytes(Number(value)),
  },
  {
    id: 'sequence',
    title: 'Sequence number',
    mono: true,
    width: 420,
    hidden: true,
    value: (row) => row.sequenceNumber,
  },
  { id: 'data', title: 'Data', mono: true, width: 600, value: (row) => row.line },
]

/** Reads records where the person points, decodes them, searches them, and sends them again. */
export function Records({
  stream,
  shards,
  shardId,
  onShard,
}: {
  stream: string
  shards: readonly ShardInfo[]
  shardId: string | null
  onShard: (shardId: string) => void
}) {
  const [from, setFrom] = useRemembered<From>('streams.from', 'RECENT')
  const [at, setAt] = useState('')
  const [condition, setCondition] = useState('')
  const [page, setPage] = useState<RecordPage | null>(null)
  const [chosen, setChosen] = useState<RecordRow | null>(null)
  const [scanned, setScanned] = useState(0)
  const [detail, setDetail] = useRemembered('streams.detail', 420)
  const shard = shards.find((candidate) => candidate.shardId === shardId) ?? null
  const read = useAction(
    async (clients, signal, position: ShardPosition) => {
      setScanned(0)
      return readRecords(clients, { stream, shard: shard!, position, condition }, signal, setScanned)
    },
    {
      onDone: (next) => {
        setPage(next)
        setChosen(null)
      },
    },
  )
  const position = shard && positionOf(from, at, shard)
  const start = () => position && void read.run(position)
  // What is shown is of the shard that is named: another one is read at once, the newest records unless a place was chosen.
  const latest = useRef(start)
  latest.current = start
  const named = shard?.shardId
  const { cancel } = read
  useEffect(() => {
    setPage(null)
    setChosen(null)
    if (named !== undefined) latest.current()
    return cancel
  }, [named, cancel])
  const shardOptions = useMemo(
    () =>
      shards.map((candidate) => ({
        value: candidate.shardId,
        label: shortShard(candidate.shardId),
        detail: candidate.state === 'OPEN' ? undefined : candidate.state.toLowerCase(),
      })),
    [shards],
  )
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
        { title: 'Copy data', onSelect: () => void navigator.clipboard.writeText(row.text) },
        { title: 'Copy sequence number', onSelect: () => void navigator.clipboard.writeText(row.sequenceNumber) },
        { title: `Only records with key ${row.key}`, onSelect: () => setCondition(row.key) },
      ]}
      empty={
        page
          ? condition
            ? 'No record met the condition here. Read on to search further.'
            : 'There are no records here.'
          : ' '
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
          />
        )}
        <Input
          className={styles.search}
          value={condition}
          onChange={setCondition}
          aria-label="Only records that meet"
          title="Text, or a condition: delay > 60 and origin = 'ATL'"
          placeholder="Text, or delay > 60"
          onKeyDown={(event) => event.key === 'Enter' && start()}
        />
        <Button size="s" icon={<Search size={13} />} disabled={!position} pending={read.pending} onClick={start}>
          Read
        </Button>
        {read.pending && scanned > 1000 && (
          <Button size="s" onClick={read.cancel}>
            Cancel ({formatNumber(scanned)} read)
          </Button>
        )}
        <ToolbarSpace />
        {page && (
          <>
            <span className={styles.quiet}>
              {page.behindMs > 0 ? `${formatDuration(page.behindMs)} behind the tip` : 'at the tip'}
            </span>
            <IconButton
              icon={<SkipBack size={14} />}
              label="The 500 before"
              disabled={!shard || (page.rows[0]?.offset ?? 0) <= (shard?.firstOffset ?? 0)}
              onClick={() =>
                void read.run({
                  type: 'OFFSET',
                  offset: Math.max(shard?.firstOffset ?? 0, (page.rows[0]?.offset ?? page.next) - 500),
                })
              }
            />
            <IconButton
              icon={<ChevronsRight size={14} />}
              label="Read on"
              disabled={page.ended}
              onClick={() => void read.run({ type: 'OFFSET', offset: page.next })}
            />
            <Resend stream={stream} rows={chosen ? [chosen] : page.rows} />
          </>
        )}
      </Toolbar>
      {read.error && <ErrorView compact title="The records cannot be read" error={read.error} />}
      {!page && !read.error ? (
        <EmptyState
          title="Look into a shard"
          actions={
            <Button disabled={!position} pending={read.pending} onClick={start}>
              Read
            </Button>
          }
        >
          Choose a shard and a place to start: records are read as every consumer reads them, and nothing is taken out.
        </EmptyState>
      ) : (
        <SplitPane
          sized="second"
          label="Records and the chosen one"
          size={chosen ? detail : 0}
          onSize={(size) => (size === 0 ? setChosen(null) : setDetail(size))}
          first={table}
          second={chosen ? <RecordDetail row={chosen} /> : null}
        />
      )}
    </div>
  )
}

/** Null where the place is not said, or is no time. */
function positionOf(from: From, at: string, shard: ShardInfo): ShardPosition | null {
  if (from === 'TRIM_HORIZON') return { type: 'TRIM_HORIZON' }
  if (from === 'RECENT') return { type: 'OFFSET', offset: Math.max(shard.firstOffset, shard.nextOffset - 500) }
  if (from === 'SEQUENCE') return at.trim() === '' ? null : { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: at.trim() }
  const timestampMs = /^\d{10,}$/.test(at.trim())
    ? Number(at)
    : Date.parse(`${at.trim().replace(' ', 'T')}${/z$|[+-]\d\d:?\d\d$/i.test(at.trim()) ? '' : 'Z'}`)
  return Number.isNaN(timestampMs) ? null : { type: 'AT_TIMESTAMP', timestampMs }
}

function RecordDetail({ row }: { row: RecordRow }) {
  return (
    <div className={styles.detail}>
      <PropertyList
        items={[
          [
            'Key',
            <span key="key" className={styles.mono}>
              {row.key}
            </span>,
          ],
          ['Arrival', `${formatTime(row.arrivalMs, { millis: true })} (${formatUtc(row.arrivalMs)})`],
          [
            'Sequence number',
            <span key="seq" className={styles.mono}>
              {row.sequenceNumber}
            </span>,
          ],
          ['Size', formatBytes(row.bytes.length)],
        ]}
      />
      <div className={styles.actions}>
        <Badge>{row.encoding}</Badge>
        {row.gzip && <Badge>gzip</Badge>}
        <CopyButton text={row.text} label="Copy data" />
      </div>
      <pre className={styles.payload} data-selectable>
        {row.text}
      </pre>
    </div>
  )
}

/** Puts the records once more, with their keys. */
function Resend({ stream, rows }: { stream: string; rows: readonly RecordRow[] }) {
  const clients = useClients()
  const send = useAction(
    async (_, signal) => {
      const batch = new BatchBuilder()
      for (const row of rows) batch.add(row.key, row.bytes)
      return clients.stream.put({ stream, batch: batch.finish() }, { signal })
    },
    {
      onDone: ({ failed, offsets }) =>
        notify({
          title: `${plural(offsets.length - failed, 'record')} sent again`,
          tone: failed > 0 ? 'warn' : 'good',
          message:
            failed > 0 ? `${plural(failed, 'record was', 'records were')} throttled by the shard's quota.` : undefined,
        }),
      onError: (error) => notifyError('The records were not sent', error),
    },
  )
  return (
    <Button
      size="s"
      icon={<Send size={13} />}
      disabled={rows.length === 0}
      pending={send.pending}
      onClick={() => void send.run()}
    >
      {`Send ${rows.length === 1 ? 'it' : `all ${formatNumber(rows.length)}`} again`}
    </Button>
  )
}
