import type { Clients } from '../../../engines/contract.ts'
import { useAction } from '../../lib/index.ts'
import { NameDialog } from '../../ui/index.ts'

/** Asks for a name and does something with it; a refusal is read beside the field. */
export function NamePrompt({
  open,
  title,
  label,
  help,
  initial,
  action,
  onClose,
  done,
}: {
  open: boolean
  title: string
  label: string
  help?: string
  initial?: string
  action: string
  onClose: () => void
  done: (clients: Clients, name: string) => Promise<unknown>
}) {
  const work = useAction((clients, _, name: string) => done(clients, name), { onDone: onClose })
  return (
    <NameDialog
      open={open}
      title={title}
      label={label}
      {...(help !== undefined && { help })}
      {...(initial !== undefined && { initial })}
      action={action}
      error={work.error?.message}
      pending={work.pending}
      onClose={() => {
        work.reset()
        onClose()
      }}
      onDone={(name) => void work.run(name.trim())}
    />
  )
}
