import { Field, Input, NumberInput, TextArea } from '../ui/index.ts'

export type Problems = Readonly<Partial<Record<string, string>>>

interface Common {
  label: string
  help?: string
  error?: string | undefined
  required?: boolean
}

export function TextField({
  value,
  onChange,
  placeholder,
  mono = false,
  disabled = false,
  autoFocus = false,
  ...field
}: Common & {
  value: string
  onChange: (value: string) => void
  placeholder?: string
  mono?: boolean
  disabled?: boolean
  autoFocus?: boolean
}) {
  return (
    <Field {...field}>
      {(ids) => (
        <Input {...ids} {...{ value, onChange, mono, disabled, autoFocus, ...(placeholder && { placeholder }) }} />
      )}
    </Field>
  )
}

export function NumberField({
  value,
  onChange,
  unit,
  min,
  max,
  placeholder,
  ...field
}: Common & {
  value: number | null
  onChange: (value: number | null) => void
  unit?: string
  min?: number
  max?: number
  placeholder?: string
}) {
  const bounds = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
  return (
    <Field {...field}>
      {(ids) => (
        <NumberInput
          {...ids}
          {...bounds}
          {...(unit && { unit })}
          {...(placeholder && { placeholder })}
          value={value}
          onChange={onChange}
        />
      )}
    </Field>
  )
}

export function LinesField({
  value,
  onChange,
  placeholder,
  rows = 3,
  ...field
}: Common & { value: string; onChange: (value: string) => void; placeholder?: string; rows?: number }) {
  return (
    <Field {...field}>
      {(ids) => <TextArea {...ids} mono rows={rows} {...(placeholder && { placeholder })} {...{ value, onChange }} />}
    </Field>
  )
}

/** `NAME=value`, one a line. */
export function pairsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1)]
    }),
  )
}

export const pairsText = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')

const SEGMENT = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+)/g
const WORD = new RegExp(`(?:${SEGMENT.source.replaceAll(/\((?!\?)/g, '(?:')})+`, 'g')

/** Words as a shell would part them: spaces part, quotes hold together. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) =>
    [...word.matchAll(SEGMENT)]
      .map(([, double, single, bare]) => double?.replaceAll(/\\(.)/g, '$1') ?? single ?? bare)
      .join(''),
  )
}

export const wordsText = (words: readonly string[]): string =>
  words.map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`)).join(' ')
