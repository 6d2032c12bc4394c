import { useEffect, useState } from 'react'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { Field, Input } from './Input.tsx'

/** Asks for one name. It stays open until its owner closes it, so that a refusal can be read beside the field. */
export function NameDialog({
  open,
  title,
  label,
  help,
  unit,
  initial = '',
  action,
  error,
  pending = false,
  onClose,
  onDone,
}: {
  open: boolean
  title: string
  label: string
  help?: string
  /** Behind the field: the ending of a file. */
  unit?: string
  initial?: string
  action: string
  error?: string | undefined
  pending?: boolean
  onClose: () => void
  onDone: (name: string) => void
}) {
  const [name, setName] = useState(initial)
  useEffect(() => {
    if (open) setName(initial)
  }, [open, initial])
  const done = () => name.trim() !== '' && !pending && onDone(name)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      width={400}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={name.trim() === ''} pending={pending} onClick={done}>
            {action}
          </Button>
        </>
      }
    >
      <Field label={label} help={help} error={error}>
        {(ids) => (
          <Input
            {...ids}
            {...(unit !== undefined && { unit })}
            autoFocus
            value={name}
            onChange={setName}
            onKeyDown={(event) => event.key === 'Enter' && done()}
          />
        )}
      </Field>
    </Dialog>
  )
}
