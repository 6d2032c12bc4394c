import { useState } from 'react'
import { openView, useAction, useCall } from '../../lib/index.ts'
import { cx, ErrorView, FormDialog, Loading } from '../../ui/index.ts'
import styles from './mapreduce.module.css'
import { submitDialog } from './submitDialog.ts'

/** The worked jobs: one is chosen, its files and data are put into the workspace, and it runs. */
export function SubmitDialog() {
  const open = submitDialog.useAsked() !== null
  const [chosen, setChosen] = useState<string | null>(null)
  const samples = useCall((clients, signal) => (open ? clients.mapreduce.samples({}, { signal }) : null), [open])
  const { close } = submitDialog
  const submit = useAction((clients, signal) => clients.mapreduce.submitSample({ name: chosen! }, { signal }), {
    onDone: ({ ids }) => {
      close()
      const id = ids.at(0)
      if (id !== undefined) openView('mapreduce.job', { id })
    },
  })
  return (
    <FormDialog
      open={open}
      width={560}
      title="Run a MapReduce job"
      action="Run"
      disabled={chosen === null}
      pending={submit.pending}
      error={submit.error}
      failure="The job was not submitted"
      onClose={() => {
        submit.reset()
        close()
      }}
      onConfirm={() => void submit.run()}
    >
      <p className={styles.note}>
        Its functions and its data become files of the workspace, to be read and changed. It writes its result to the
        lake.
      </p>
      {samples.error ? (
        <ErrorView compact title="The worked jobs cannot be listed" error={samples.error} />
      ) : !samples.data ? (
        <Loading />
      ) : (
        <fieldset className={styles.samples}>
          <legend className="mr-hidden">Worked jobs</legend>
          {samples.data.map(({ name, summary, jobs }) => (
            <label key={name} className={cx(styles.sample, name === chosen && styles.chosen)}>
              <input type="radio" name="sample" checked={name === chosen} onChange={() => setChosen(name)} />
              <span>
                <strong>{name}</strong>
                {jobs.length > 1 && <span className={styles.quiet}> {jobs.length} jobs, one after the other</span>}
                <br />
                {summary}
              </span>
            </label>
          ))}
        </fieldset>
      )}
    </FormDialog>
  )
}
