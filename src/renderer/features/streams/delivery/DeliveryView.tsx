import { Truck } from 'lucide-react'
import type { DeliveryStreamInfo, S3Destination } from '../../../../engines/firehose/contract.ts'
import {
  formatBytes,
  formatDuration,
  formatTime,
  notify,
  notifyError,
  openView,
  plural,
  useAction,
  useCall,
  useFeed,
  useNow,
  type ViewProps,
} from '../../../lib/index.ts'
import { Button, ErrorView, Facts, Loading, Page, PropertyList, Section, StateDot, shapeOf } from '../../../ui/index.ts'
import { useAgain } from '../useAgain.ts'

const DESCRIBED_EVERY_MS = 3000

/** What a delivery stream has taken and delivered, what keeps it from it, and how it is set. */
export function DeliveryView({ params: { name } }: ViewProps<{ name: string }>) {
  const info = useCall((clients, signal) => clients.firehose.describeDeliveryStream({ name }, { signal }), [name])
  useAgain(info, DESCRIBED_EVERY_MS)
  const stats = useFeed((clients, signal) => clients.firehose.watchStats({ name }, { signal }), [name])
  const flush = useAction((clients, signal) => clients.firehose.flush({ name }, { signal }), {
    onDone: () => notify({ title: `${name} has nothing buffered`, tone: 'good' }),
    onError: (error) => notifyError('What is buffered was not delivered', error),
  })
  const nowMs = useNow()
  const gone = info.error?.code === 'ResourceNotFoundException'
  if (info.error && (gone || !info.data))
    return <ErrorView error={info.error} title={`The delivery stream ${name} cannot be shown`} />
  if (!info.data) return <Loading />
  const now = stats.data
  return (
    <Page
      path={[{ title: 'Delivery streams' }, { title: name }]}
      actions={
        <>
          <Facts>
            <StateDot state={shapeOf(info.data.status)} text={info.data.status.toLowerCase()} />
          </Facts>
          <Button
            size="s"
            icon={<Truck size={13} />}
            pending={flush.pending}
            disabled={!now || now.bufferedRecords === 0}
            onClick={() => void flush.run()}
          >
            Deliver now
          </Button>
        </>
      }
    >
      {now?.lastError !== undefined && (
        <ErrorView
          title="Delivery fails"
          error={{ message: now.lastError }}
          advice="What waits is kept on disk; what cannot be delivered at all lands under the error prefix."
        />
      )}
      <Section title="Records">
        {now ? (
          <PropertyList
            items={[
              ['Taken in', `${amount(now.inRecords)}, ${formatBytes(now.inBytes)}`],
              [
                'Delivered',
                `${amount(now.deliveredRecords)}, ${formatBytes(now.deliveredBytes)} in ${plural(now.deliveredObjects, 'object')}`,
              ],
              ['Dropped', amount(now.droppedRecords)],
              ['Failed', amount(now.failedRecords)],
              [
                'Buffered',
                `${amount(now.bufferedRecords)}, ${formatBytes(now.bufferedBytes)}${dueText(now.nextFlushMs, nowMs)}`,
              ],
            ]}
          />
        ) : (
          <Loading />
        )}
      </Section>
      <Section title="Settings">
        <PropertyList items={settingsOf(info.data)} />
      </Section>
    </Page>
  )
}

const amount = (records: number) => plural(records, 'record')

function dueText(nextFlushMs: number | null, nowMs: number): string {
  if (nextFlushMs === null) return ''
  return nextFlushMs <= nowMs ? ', due now' : `, due in ${formatDuration(nextFlushMs - nowMs)}`
}

function settingsOf({ arn, createdMs, sourceStream, destination, encryption, versionId }: DeliveryStreamInfo) {
  const { bucket, prefix, errorOutputPrefix, buffering, backupPrefix, endpoint } = destination
  return [
    [
      'Source',
      sourceStream === undefined ? (
        'direct put'
      ) : (
        <Button
          key="source"
          size="s"
          variant="ghost"
          onClick={() => openView('streams.monitor', { stream: sourceStream })}
        >
          {sourceStream}
        </Button>
      ),
    ],
    ...(endpoint ? ([['Destination', endpoint.kind]] as const) : []),
    [endpoint ? 'Copies and failures' : 'Destination', `s3://${bucket}/${prefix}`],
    ['Error prefix', errorOutputPrefix || 'none'],
    ['Backup prefix', backupPrefix || 'none'],
    ['Format', formatOf(destination)],
    ['Transform', destination.transform?.language ?? 'none'],
    ['Buffer', `${buffering.sizeInMBs} MiB or ${formatDuration(buffering.intervalInSeconds * 1000)}`],
    ['Encryption', encryption?.status.toLowerCase().replace('_', ' ') ?? 'disabled'],
    ['Version', versionId],
    ['Created', formatTime(createdMs)],
    ['ARN', arn],
  ] as [string, React.ReactNode][]
}

function formatOf({ conversion, compression }: S3Destination): string {
  if (conversion) return `Parquet by ${conversion.database}.${conversion.table}, ${conversion.parquetCompression}`
  return compression === 'UNCOMPRESSED' ? 'as they come' : `as they come, ${compression}`
}
