import { useState } from 'react'
import type { Job } from '../../../../engines/batch/contract.ts'
import { notify, notifyError, TextField, useAction } from '../../../lib/index.ts'
import { FormDialog } from '../../../ui/index.ts'
import { isPlaced } from '../states.ts'

/** Cancels a job that waits, terminates one that runs: what the service calls so. Both ask for the reason that is kept with it. */
export function EndDialog({ job, onClose }: { job: Job | null; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const runs = job !== null && (isPlaced(job.status) || job.array !== undefined)
  const end = useAction(
    ({ batch }, signal, jobId: string, why: string) =>
      runs ? batch.terminate({ jobId, reason: why }, { signal }) : batch.cancel({ jobId, reason: why }, { signal }),
    { onError: (error) => notifyError('The job was not ended', error) },
  )
  if (!job) return null
  return (
    <FormDialog
      title={runs ? `Terminate ${job.name}?` : `Cancel ${job.name}?`}
      action={runs ? 'Terminate job' : 'Cancel job'}
      pending={end.pending}
      error={undefined}
      failure=""
      onClose={onClose}
      onConfirm={() => {
        // A process has thirty seconds to end by itself: nobody waits for that before a dialog.
        void end.run(job.id, reason || 'Ended by its user')
        notify({ tone: 'info', title: runs ? `${job.name} is being terminated` : `${job.name} was cancelled` })
        setReason('')
        onClose()
      }}
    >
      <p>
        {runs
          ? 'Its processes get SIGTERM, and after thirty seconds SIGKILL. It is not tried again.'
          : 'It has not begun, and will not. Jobs that wait for it fail.'}
      </p>
      <TextField label="Reason" placeholder="Ended by its user" value={reason} onChange={setReason} />
    </FormDialog>
  )
}
