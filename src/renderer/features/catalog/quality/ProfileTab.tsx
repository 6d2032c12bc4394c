import { ScanSearch } from 'lucide-react'
import { useState } from 'react'
import type { TableProfile, TableRef } from '../../../../engines/quality/contract.ts'
import { formatNumber, formatTime, plural, useAction, useCall } from '../../../lib/index.ts'
import { Badge, Button, EmptyState, ErrorView, Loading, Progress, Toolbar, ToolbarSpace } from '../../../ui/index.ts'
import { ColumnCard } from './ColumnCard.tsx'
import styles from './quality.module.css'

/** The columns of a table as they were measured last; `turn` rises with each change of the table. */
export function ProfileTab({
  table,
  columns,
  turn,
}: {
  table: TableRef
  /** With their types as the other parts of the page have them. */
  columns: readonly { name: string; type: string }[]
  turn: number
}) {
  const { engine, database, table: name } = table
  const kept = useCall(
    (clients, signal) => clients.quality.getProfile(table, { signal }),
    [engine, database, name, turn],
  )
  const [progress, setProgress] = useState(0)
  const take = useAction(
    async (clients, signal) => {
      setProgress(0)
      for await (const item of clients.quality.profile(table, { signal })) setProgress(item.progress)
    },
    { onDone: kept.reload },
  )
  const button = (
    <Button size="s" icon={<ScanSearch size={13} />} disabled={take.pending} onClick={() => void take.run()}>
      {kept.data?.profile ? 'Profile again' : 'Profile the table'}
    </Button>
  )
  const profile = kept.data?.profile
  return (
    <div className={styles.pane}>
      {(profile || take.pending || take.error) && (
        <Toolbar label="Profile">
          {profile && <Facts profile={profile} stale={kept.data!.stale} />}
          <ToolbarSpace />
          {button}
        </Toolbar>
      )}
      {take.pending && (
        <div className={styles.work}>
          <Progress value={progress} label={`Measuring ${name}`} onCancel={take.cancel} />
        </div>
      )}
      {take.error && (
        <div className={styles.work}>
          <ErrorView compact title="The table could not be profiled" error={take.error} />
        </div>
      )}
      {kept.error && !kept.data && <ErrorView title="The profile cannot be read" error={kept.error} />}
      {!kept.data && !kept.error && <Loading />}
      {kept.data && !profile && !take.pending && !take.error && (
        <EmptyState icon={<ScanSearch size={18} />} title="No profile yet" actions={button}>
          A profile reads every row twice and shows what each column holds: gaps, distinct values, ranges and shapes.
        </EmptyState>
      )}
      {profile?.rowCount === 0 && (
        <EmptyState title="No rows">
          The table had no rows when it was measured: nothing is known of its columns.
        </EmptyState>
      )}
      {profile && profile.rowCount > 0 && (
        <div className={styles.cards}>
          {profile.columns.map((column) => (
            <ColumnCard
              key={column.name}
              column={column}
              type={columns.find(({ name }) => name.toLowerCase() === column.name.toLowerCase())?.type}
              rowCount={profile.rowCount}
              table={table}
            />
          ))}
        </div>
      )}
    </div>
  )
}

function Facts({ profile, stale }: { profile: TableProfile; stale: boolean }) {
  return (
    <span className={styles.facts}>
      {formatNumber(profile.rowCount)} {plural(profile.rowCount, 'row').replace(/^\S+ /, '')} ·{' '}
      {formatTime(profile.takenMs)}
      {profile.versionId !== null && ` · version ${profile.versionId}`}{' '}
      {stale && <Badge tone="warn">the table has changed since</Badge>}
    </span>
  )
}
