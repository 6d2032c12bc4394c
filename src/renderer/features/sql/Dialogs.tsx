import { useEffect, useState } from 'react'
import { Button, Dialog, Field, Input } from '../../ui/index.ts'

export function NameDialog({
  open,
  title,
  initial,
  action,
  onClose,
  onDone,
}: {
  open: boolean
  title: string
  initial: string
  action: string
  onClose: () => void
  onDone: (name: string) => void
}) {
  const [name, setName] = useState(initial)
  useEffect(() => {
    if (open) setName(initial)
  }, [open, initial])
  const done = () => name.trim() !== '' && onDone(name)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      width={400}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={name.trim() === ''} onClick={done}>
            {action}
          </Button>
        </>
      }
    >
      <Field label="File name" help="It is kept in queries/ of the workspace.">
        {({ invalid, ...ids }) => (
          <Input
            {...ids}
            invalid={invalid}
            unit=".sql"
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

/** Asks for what stands in the place of `:name`; what was given last is there already. */
export function ParametersDialog({
  names,
  values,
  onClose,
  onRun,
}: {
  names: readonly string[] | null
  values: Readonly<Record<string, string>>
  onClose: () => void
  onRun: (values: Readonly<Record<string, string>>) => void
}) {
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({})
  useEffect(() => {
    if (names) setGiven(Object.fromEntries(names.map((name) => [name, values[name] ?? ''])))
  }, [names, values])
  const run = () => onRun(given)
  return (
    <Dialog
      open={names !== null}
      onClose={onClose}
      title="Parameters"
      description="Numbers, TRUE, FALSE and NULL go in as they are, other text in quotes."
      width={420}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" onClick={run}>
            Run
          </Button>
        </>
      }
    >
      {names?.map((name) => (
        <Field key={name} label={`:${name}`}>
          {({ invalid, ...ids }) => (
            <Input
              {...ids}
              invalid={invalid}
              value={given[name] ?? ''}
              onChange={(value) => setGiven((before) => ({ ...before, [name]: value }))}
              onKeyDown={(event) => event.key === 'Enter' && run()}
            />
          )}
        </Field>
      ))}
    </Dialog>
  )
}
