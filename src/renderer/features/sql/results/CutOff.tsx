import { formatBytes, formatCost } from '../../../lib/index.ts'
import { Button, ErrorView } from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import type { Session } from '../session.ts'
import styles from '../sql.module.css'

/** A query that its workgroup's limit stopped: what it cost all the same, and the ways out. */
export function CutOff({
  execution: { error, workGroup = '', bytesScanned, costUsd },
  session,
  onRun,
}: {
  execution: Execution
  session: Session
  onRun: () => void
}) {
  const scanned =
    bytesScanned === null ? '' : ` It had scanned ${formatBytes(bytesScanned)}, all that ${workGroup} allows`
  const price = costUsd === null ? '' : `, ${formatCost(costUsd)} on AWS`
  return (
    <div className={styles.failed}>
      <ErrorView
        compact
        title={`The limit of workgroup ${workGroup} stopped the query`}
        error={{
          code: error!.code,
          message: `${error!.message}.${scanned}${price}. Conditions on partition keys and fewer columns scan less.`,
        }}
        actions={
          <>
            <Button size="s" onClick={() => session.store.setState({ workGroup })}>
              Change the limit
            </Button>
            <Button size="s" onClick={onRun}>
              Run again
            </Button>
          </>
        }
      />
    </div>
  )
}
