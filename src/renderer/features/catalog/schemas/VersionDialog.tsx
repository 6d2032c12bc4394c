import { useEffect, useState } from 'react'
import type { RegisteredSchema } from '../../../../engines/catalog/contract.ts'
import { notify, useAction } from '../../../lib/index.ts'
import { Banner, FormDialog } from '../../../ui/index.ts'
import { TextField } from '../TextField.tsx'

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
    <FormDialog
      open={open}
      width={560}
      title={`Register a version of ${schema?.name}`}
      action="Register"
      disabled={definition.trim() === ''}
      pending={register.pending}
      error={register.error}
      failure="The version was not registered"
      onClose={close}
      onConfirm={() => void register.run()}
    >
      {problem && <Banner tone="bad">It was kept as not compatible. {problem}</Banner>}
      <TextField label="Definition" mono rows={16} value={definition} onChange={setDefinition} />
    </FormDialog>
  )
}
