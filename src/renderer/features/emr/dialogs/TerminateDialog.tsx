import type { Cluster } from '../../../../engines/emr/contract.ts'
import { notifyError, useAction } from '../../../lib/index.ts'
import { ConfirmDialog } from '../../../ui/index.ts'

/** Ends a cluster; a protected one says so first, and who confirms lifts the protection. */
export function TerminateDialog({ cluster, onClose }: { cluster: Cluster | null; onClose: () => void }) {
  const terminate = useAction(
    async ({ emr }, signal, { id, terminationProtected }: Cluster) => {
      if (terminationProtected) await emr.modify({ cluster: id, terminationProtected: false }, { signal })
      return emr.terminate({ cluster: id }, { signal })
    },
    { onError: (error) => notifyError('The cluster was not terminated', error) },
  )
  return (
    <ConfirmDialog
      open={cluster !== null}
      onClose={onClose}
      onConfirm={() => {
        if (cluster) void terminate.run(cluster)
        onClose()
      }}
      title={`Terminate ${cluster?.name}?`}
      message={`Its steps end, and its HDFS goes with all that is in it. What is in the lake stays.${
        cluster?.terminationProtected ? ' It has termination protection, which is taken off first.' : ''
      }`}
      action={cluster?.terminationProtected ? 'Take off protection and terminate' : 'Terminate cluster'}
      {...(cluster?.terminationProtected && { name: cluster.name })}
    />
  )
}
