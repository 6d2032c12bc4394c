import { useEffect, useState } from 'react'
import { Button, Dialog, Field, Input } from '../../ui/index.ts'

/** Asks for what stands in the place of `:name` and `?`; what was given last is there already. */
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
        <Field key={name} label={name.endsWith('?') ? name : `:${name}`}>
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
