import type { Clients } from '../../../engines/contract.ts'
import { useAction } from '../../lib/index.ts'
import { NameDialog } from '../../ui/index.ts'

/** Asks for the name of something new and makes it; a refusal is read beside the field. */
export function CreateDialog({
  open,
  title,
  help,
  onClose,
  create,
  onDone,
}: {
  open: boolean
  title: string
  help?: string
  onClose: () => void
  create: (clients: Clients, name: string, signal: AbortSignal) => Promise<unknown>
  onDone: () => void
}) {
  const action = useAction((clients, signal, name: string) => create(clients, name, signal), {
    onDone: () => {
      onClose()
      onDone()
    },
  })
  const close = () => {
    action.reset()
    onClose()
  }
  return (
    <NameDialog
      open={open}
      title={title}
      label="Name"
      {...(help !== undefined && { help })}
      action="Create"
      error={action.error?.message}
      pending={action.pending}
      onClose={close}
      onDone={(name) => void action.run(name)}
    />
  )
}
