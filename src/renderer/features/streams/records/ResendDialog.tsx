import { useState } from 'react'
import type { ShardInfo } from '../../../../engines/stream/contract.ts'
import { formatNumber, notify, plural, useAction, useCall } from '../../../lib/index.ts'
import { Banner, Button, Dialog, ErrorView, Field, FieldRow, NumberInput, Progress, Select } from '../../../ui/index.ts'
import { shortShard } from '../metrics/live.ts'
import styles from '../streams.module.css'
import type { RecordPage, RecordRow } from './read.ts'

type What = 'chosen' | 'shown' | 'range'
interface Range {
  readonly from: number
  readonly to: number
}

/** Sends records of a shard again, to this stream or to another, in their order. */
export function ResendDialog({
  stream,
  shard,
  page,
  chosen,
  onClose,
}: {
  stream: string
  shard: ShardInfo
  page: RecordPage
  chosen: RecordRow | null
  onClose: () => void
}) {
  const [what, setWhat] = useState<What>(chosen ? 'chosen' : page.rows.length > 0 ? 'shown' : 'range')
  const [from, setFrom] = useState<number | null>(chosen?.offset ?? page.rows[0]?.offset ?? shard.firstOffset)
  const [to, setTo] = useState<number | null>(chosen?.offset ?? page.rows.at(-1)?.offset ?? shard.nextOffset - 1)
  const [target, setTarget] = useState(stream)
  const [progress, setProgress] = useState({ sent: 0, gone: 0, total: 0 })
  const streams = useCall((clients, signal) => clients.stream.listStreams({}, { signal }), [])
  const ranges =
    what === 'chosen'
      ? rangesOf(chosen ? [chosen] : [])
      : what === 'shown'
        ? rangesOf(page.rows)
        : from !== null && to !== null && to >= from
          ? [{ from, to: to + 1 }]
          : []
  const count = ranges.reduce((sum, range) => sum + range.to - range.from, 0)
  const options: { value: What; label: string; disabled?: boolean }[] = [
    { value: 'chosen', label: 'The chosen record', disabled: !chosen },
    { value: 'shown', label: `The ${plural(page.rows.length, 'record')} shown`, disabled: page.rows.length === 0 },
    { value: 'range', label: `A range of ${shortShard(shard.shardId)}` },
  ]
  const send = useAction(async (clients, signal) => {
    let last = { sent: 0, gone: 0, total: count }
    setProgress(last)
    try {
      for await (last of clients.stream.resend({ stream, shardId: shard.shardId, ranges, target }, { signal }))
        setProgress(last)
    } finally {
      const gone = last.gone > 0 ? ` ${plural(last.gone, 'record')} had gone meanwhile.` : ''
      const whole = last.sent + last.gone === last.total
      notify({
        title: `${plural(last.sent, 'record')} sent again`,
        tone: whole && !gone ? 'good' : 'warn',
        message: `To ${target}.${gone}${whole ? '' : ` ${formatNumber(last.total - last.sent)} were not.`}`,
      })
    }
    onClose()
  })
  return (
    <Dialog
      open
      onClose={() => (send.pending ? send.cancel() : onClose())}
      title="Send records again"
      footer={
        <>
          <Button onClick={send.pending ? send.cancel : onClose}>Cancel</Button>
          <Button variant="primary" disabled={count === 0} pending={send.pending} onClick={() => void send.run()}>
            {`Send ${plural(count, 'record')}`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {send.error && <ErrorView compact title="Not all records were sent" error={send.error} />}
        <Field label="What">
          {({ invalid: _, ...ids }) => <Select {...ids} value={what} options={options} onChange={setWhat} />}
        </Field>
        {what === 'range' && (
          <FieldRow>
            <Field label="From #">
              {({ invalid: _, ...ids }) => (
                <NumberInput
                  {...ids}
                  value={from}
                  min={shard.firstOffset}
                  max={shard.nextOffset - 1}
                  onChange={setFrom}
                />
              )}
            </Field>
            <Field label="To #, with it">
              {({ invalid: _, ...ids }) => (
                <NumberInput {...ids} value={to} min={from ?? 0} max={shard.nextOffset - 1} onChange={setTo} />
              )}
            </Field>
          </FieldRow>
        )}
        <Field
          label="To stream"
          help="By their partition keys, in their order; what a quota refuses waits and is sent again"
        >
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={target}
              options={(streams.data ?? []).map(({ name }) => ({
                value: name,
                label: name,
                detail: name === stream ? 'this stream' : undefined,
              }))}
              onChange={setTarget}
            />
          )}
        </Field>
        {target === stream && (
          <Banner tone="warn">Consumers of {stream} get these records once more, with new sequence numbers.</Banner>
        )}
        {send.pending && (
          <Progress
            value={progress.total === 0 ? null : (progress.sent + progress.gone) / progress.total}
            label={`${formatNumber(progress.sent)} of ${formatNumber(progress.total)} sent`}
          />
        )}
      </div>
    </Dialog>
  )
}

/** Records side by side are one range. */
function rangesOf(rows: readonly RecordRow[]): Range[] {
  const ranges: Range[] = []
  for (const { offset } of rows) {
    const last = ranges.at(-1)
    if (last?.to === offset) ranges[ranges.length - 1] = { from: last.from, to: offset + 1 }
    else ranges.push({ from: offset, to: offset + 1 })
  }
  return ranges
}
