import { useEffect, useState } from 'react'
import { Button, Dialog, Field, Input, Select } from '../../ui/index.ts'
import { type ParameterType, readTyped, typed } from './model/parameters.ts'
import styles from './sql.module.css'

const TYPES: readonly { value: ParameterType; label: string; detail: string }[] = [
  { value: 'auto', label: 'Automatic', detail: 'as it looks' },
  { value: 'text', label: 'Text', detail: 'in quotes, digits too' },
  { value: 'date', label: 'Date', detail: "DATE '2021-02-01'" },
  { value: 'timestamp', label: 'Timestamp', detail: "TIMESTAMP '2021-02-01 12:30:00'" },
]

/** What it can be a mistake to leave as text. */
function hint({ text, type }: Given): string | undefined {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)([ T]\d\d:\d\d.*)?$/.exec(text.trim()) ?? []
  if (type !== 'auto' || date === undefined) return undefined
  return `It goes in as text. To compare it with a ${time ? 'timestamp, choose Timestamp' : 'date, choose Date'}.`
}

interface Given {
  readonly text: string
  readonly type: ParameterType
}

const NOTHING: Given = { text: '', type: 'auto' }

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
  const [given, setGiven] = useState<Readonly<Record<string, Given>>>({})
  useEffect(() => {
    if (names) setGiven(Object.fromEntries(names.map((name) => [name, readTyped(values[name] ?? '')])))
  }, [names, values])
  const run = () =>
    onRun(Object.fromEntries(Object.entries(given).map(([name, one]) => [name, typed(one.text, one.type)])))
  const change = (name: string, part: Partial<Given>) =>
    setGiven((before) => ({ ...before, [name]: { ...(before[name] ?? NOTHING), ...part } }))
  return (
    <Dialog
      open={names !== null}
      onClose={onClose}
      title="Parameters"
      description="What is left to Automatic goes in as it is where it is a number, TRUE, FALSE or NULL, and in quotes otherwise."
      width={460}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" onClick={run}>
            Run
          </Button>
        </>
      }
    >
      {names?.map((name) => {
        const label = name.endsWith('?') ? name : `:${name}`
        const one = given[name] ?? NOTHING
        return (
          <Field key={name} label={label} help={hint(one)}>
            {({ invalid, ...ids }) => (
              <span className={styles.parameter}>
                <Input
                  {...ids}
                  invalid={invalid}
                  value={one.text}
                  onChange={(text) => change(name, { text })}
                  onKeyDown={(event) => event.key === 'Enter' && run()}
                />
                <Select
                  label={`Type of ${label}`}
                  value={one.type}
                  options={TYPES}
                  onChange={(type) => change(name, { type })}
                />
              </span>
            )}
          </Field>
        )
      })}
    </Dialog>
  )
}
