import { RefreshCw } from 'lucide-react'
import type { DataSet } from '../../../../engines/bi/contract.ts'
import { formatAgo, formatBytes, notifyError, plural, useCall, useClients, useNow } from '../../../lib/index.ts'
import { Button, CopyButton, PropertyList, StateDot, shapeOf } from '../../../ui/index.ts'
import { ingestNow } from '../ingest.ts'
import styles from './dataset.module.css'

/** Takes the rows anew, or stops doing so. */
export function RefreshButton({ set }: { set: DataSet }) {
  const clients = useClients()
  const busy = set.lastIngestion?.status === 'RUNNING' || set.lastIngestion?.status === 'QUEUED'
  if (busy)
    return (
      <Button
        size="s"
        onClick={() =>
          void clients.bi
            .cancelIngestion({ id: set.id })
            .catch((thrown: unknown) => notifyError('The refresh was not cancelled', thrown))
        }
      >
        Cancel refresh
      </Button>
    )
  return (
    <Button size="s" icon={<RefreshCw size={13} />} onClick={() => void ingestNow(clients, set)}>
      Refresh now
    </Button>
  )
}

/** How many rows there are and how old they are. */
export function Freshness({ set }: { set: DataSet }) {
  const now = useNow()
  if (set.mode === 'DIRECT_QUERY') return <span className={styles.note}>asked at its source</span>
  const status = set.lastIngestion?.status
  return (
    <span className={styles.note}>
      {status && status !== 'COMPLETED' && <StateDot state={shapeOf(status)} text={status.toLowerCase()} />}
      {set.rowCount !== null && `${plural(set.rowCount, 'row')} · `}
      {set.refreshedMs === null
        ? 'never refreshed'
        : `as of ${formatAgo(set.refreshedMs, Math.max(now, set.refreshedMs))}`}
    </span>
  )
}

export function SetProperties({ set }: { set: DataSet }) {
  const region = useCall((clients, signal) => clients.workspace.credentials({}, { signal }), [])
  const arn = region.data ? `arn:aws:quicksight:${region.data.region}:000000000000:dataset/${set.id}` : null
  return (
    <>
      <PropertyList
        items={[
          ['Rows', set.rowCount === null ? '–' : plural(set.rowCount, 'row')],
          ['In SPICE', set.spiceBytes === null ? '–' : formatBytes(set.spiceBytes)],
          ['Columns', plural(set.columns.length, 'column')],
          ['ARN', arn ?? '…'],
        ]}
      />
      {arn && <CopyButton text={arn} label="Copy ARN" />}
    </>
  )
}
