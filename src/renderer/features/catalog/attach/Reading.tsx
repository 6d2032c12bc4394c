import { useEffect, useState } from 'react'
import type { ChosenReading, FileInspection } from '../../../../engines/catalog/contract.ts'
import { Field, Input, type Option, Select } from '../../../ui/index.ts'
import styles from './attach.module.css'
import { DATE_ORDERS, DECIMALS, DELIMITERS, ENCODINGS, FORMATS, HEADERS, QUOTES } from './choices.ts'

/** How a text file is read: what was found, each of it to be chosen otherwise; what is unclear stands at its field. */
export function Reading({
  found: { reading, notes },
  problem,
  onChange,
}: {
  found: FileInspection
  /** What was refused, at its field. */
  problem: { field?: string; message: string } | undefined
  onChange: (changes: ChosenReading) => void
}) {
  const help = (field: string) => {
    const note = notes.find((one) => one.field === field)
    return note && <span className={styles.unclear}>{note.message}</span>
  }
  const choice = <V extends string>(
    field: string,
    label: string,
    value: V,
    options: readonly Option<V>[],
    set: (value: V) => ChosenReading,
  ) => (
    <Field label={label} help={help(field)} error={problem?.field === field ? problem.message : undefined}>
      {(ids) => <Select {...ids} value={value} options={options} onChange={(next) => onChange(set(next))} />}
    </Field>
  )
  const delimited = reading.format === 'csv'
  return (
    <div className={styles.choices}>
      {choice('format', 'Format', reading.format, FORMATS, (format) => ({ format }))}
      {choice('encoding', 'Encoding', reading.encoding, ENCODINGS, (encoding) => ({ encoding }))}
      {delimited && (
        <>
          {choice(
            'delimiter',
            'Fields end with',
            reading.delimiter,
            withOwn(DELIMITERS, reading.delimiter),
            (delimiter) => ({ delimiter }),
          )}
          {choice('quote', 'Quotes', reading.quote, QUOTES, (quote) => ({ quote }))}
          {choice('header', 'First row', reading.header ? 'yes' : 'no', HEADERS, (header) => ({
            header: header === 'yes',
          }))}
          {choice('decimal', 'Decimal sign', reading.decimal, DECIMALS, (decimal) => ({ decimal }))}
          {choice('dateOrder', 'Dates', reading.dateOrder, DATE_ORDERS, (dateOrder) => ({ dateOrder }))}
          <NullTexts nulls={reading.nulls} onChange={(nulls) => onChange({ nulls })} />
        </>
      )}
    </div>
  )
}

function withOwn(options: readonly Option[], value: string): readonly Option[] {
  return options.some((option) => option.value === value) ? options : [...options, { value, label: value }]
}

/** Taken when the field is left or Enter is pressed: half a word is no choice. */
function NullTexts({ nulls, onChange }: { nulls: readonly string[]; onChange: (nulls: string[]) => void }) {
  const [text, setText] = useState(nulls.join(', '))
  useEffect(() => setText(nulls.join(', ')), [nulls])
  const take = () => {
    const next = text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean)
    if (next.join() !== nulls.join()) onChange(next)
  }
  return (
    <Field label="Null texts" help="Beside empty fields">
      {({ invalid: _, ...ids }) => (
        <Input
          {...ids}
          mono
          value={text}
          placeholder="NA, NULL"
          onChange={setText}
          onBlur={take}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            take()
          }}
        />
      )}
    </Field>
  )
}
