import { Field, Input, TextArea } from '../../ui/index.ts'

/** A labelled text; with `rows` one of several lines. */
export function TextField({
  label,
  help,
  value,
  onChange,
  rows,
  mono = false,
  placeholder,
  autoFocus,
}: {
  label: string
  help?: string
  value: string
  onChange: (value: string) => void
  rows?: number
  mono?: boolean
  placeholder?: string
  autoFocus?: boolean
}) {
  return (
    <Field label={label} help={help}>
      {({ invalid: _, ...ids }) => {
        const shared = { ...ids, mono, value, onChange, placeholder, autoFocus }
        return rows === undefined ? <Input {...shared} /> : <TextArea {...shared} rows={rows} />
      }}
    </Field>
  )
}
