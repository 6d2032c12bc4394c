import { useEffect, useState } from 'react'
import type { RegisteredSchema } from '../../../../engines/catalog/contract.ts'
import { notify, useAction } from '../../../lib/index.ts'
import { Banner, Button, Dialog, ErrorView, Field, TextArea } from '../../../ui/index.ts'
import styles from '../catalog.module.css'

/** Registers a further version, beginning from the text of another; open while there is a schema for it. */
export function VersionDialog({
  schema,
  start,
  onClose,
}: {
  schema: RegisteredSchema | null
  start: string
  onClose: () => void
}) {
  const [definition, setDefinition] = useState(start)
  const [problem, setProblem] = useState<string | null>(null)
  const open = schema !== null
  useEffect(() => {
    if (!open) return
    setDefinition(start)
    setProblem(null)
  }, [open, start])
  const register = useAction(
    (clients, signal) =>
      clients.catalog.registerSchemaVersion(
        { registry: schema!.registry, schema: schema!.name, definition },
        { signal },
      ),
    {
      onDone: (version) => {
        if (version.status === 'FAILURE') return setProblem(version.problem ?? 'It is not compatible.')
        notify({ tone: 'good', title: `Version ${version.version} is registered` })
        onClose()
      },
    },
  )
  const close = () => {
    register.reset()
    onClose()
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      width={560}
      title={`Register a version of ${schema?.name}`}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            variant="primary"
            pending={register.pending}
            disabled={definition.trim() === ''}
            onClick={() => void register.run()}
          >
            Register
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={(event) => event.preventDefault()}>
        {register.error && <ErrorView compact title="The version was not registered" error={register.error} />}
        {problem && <Banner tone="bad">It was kept as not compatible. {problem}</Banner>}
        <Field label="Definition">
          {({ invalid: _, ...ids }) => <TextArea {...ids} mono rows={16} value={definition} onChange={setDefinition} />}
        </Field>
      </form>
    </Dialog>
  )
}
