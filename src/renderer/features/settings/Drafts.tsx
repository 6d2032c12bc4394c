import { useState } from 'react'
import { Field, Input, NumberInput } from '../../ui/index.ts'

/** A text that counts when it is left or Enter is pressed. */
export function DraftText({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (value: string) => void
}) {
  const [draft, setDraft] = useState<string | null>(null)
  const take = () => {
    if (draft?.trim() && draft !== value) onChange(draft.trim())
    setDraft(null)
  }
  return (
    <Field label={label}>
      {({ id }) => (
        <Input
          id={id}
          value={draft ?? value}
          onChange={setDraft}
          onBlur={take}
          onKeyDown={(event) => event.key === 'Enter' && take()}
        />
      )}
    </Field>
  )
}

/** A number that counts when it is left or Enter is pressed: half a number is none. */
export function DraftNumber({
  label,
  value,
  min = 0,
  onChange,
}: {
  label: string
  value: number
  min?: number
  onChange: (value: number) => void
}) {
  const [draft, setDraft] = useState<{ number: number | null } | null>(null)
  const take = () => {
    if (draft && draft.number !== null && draft.number >= min && draft.number !== value) onChange(draft.number)
    setDraft(null)
  }
  return (
    <NumberInput
      aria-label={label}
      min={min}
      value={draft ? draft.number : value}
      onChange={(number) => setDraft({ number })}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take()
        if (event.key === 'Escape') setDraft(null)
      }}
    />
  )
}
