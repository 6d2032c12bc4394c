import type { CsvClassifier, GrokClassifier, JsonClassifier } from '@aws-sdk/client-glue'
import { useState } from 'react'
import { Checkbox, Field, FieldRow, Select } from '../../../ui/index.ts'
import { linesOf } from '../lines.ts'
import { TextField } from '../TextField.tsx'
import { type AskedProps, documentOf, KeptDialog } from './KeptDialog.tsx'

const KINDS = [
  { value: 'GrokClassifier', label: 'Grok', detail: 'logs, a line a record' },
  { value: 'CsvClassifier', label: 'CSV', detail: 'separators and headers' },
  { value: 'JsonClassifier', label: 'JSON', detail: 'records at a path' },
] as const
const HEADERS = [
  { value: 'UNKNOWN', label: 'Told by the rows' },
  { value: 'PRESENT', label: 'In the first line' },
  { value: 'ABSENT', label: 'None' },
] as const

type Kind = (typeof KINDS)[number]['value']
type Every = GrokClassifier & CsvClassifier & JsonClassifier

/** A custom classifier: what a crawler that names it asks before the built-in ones. */
export function ClassifierDialog({ asked, onClose }: AskedProps) {
  const [form, setForm] = useState(() => {
    const old = documentOf<Partial<Record<Kind, Every>>>(asked)
    const kind = KINDS.find(({ value }) => old[value])?.value ?? 'GrokClassifier'
    const { Header, ...said } = old[kind] ?? ({} as Partial<Every>)
    return { kind, header: Header?.join('\n') ?? '', ...said }
  })
  const change = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }))
  const { kind, header, ...said } = form
  const { Name = '', Classification = '', GrokPattern = '', CustomPatterns = '', JsonPath = '' } = said
  const document = {
    ...documentOf(asked),
    [kind]: kind === 'CsvClassifier' && linesOf(header).length > 0 ? { ...said, Header: linesOf(header) } : said,
  }
  const ready =
    kind === 'GrokClassifier'
      ? Classification !== '' && GrokPattern !== ''
      : kind === 'CsvClassifier' || JsonPath !== ''
  return (
    <KeptDialog kind="classifier" asked={asked} name={Name} document={document} ready={ready} onClose={onClose}>
      {asked === 'new' && (
        <FieldRow>
          <TextField label="Name" value={Name} onChange={(name) => change({ Name: name })} />
          <Field label="Kind">
            {({ invalid: _, ...ids }) => (
              <Select
                {...ids}
                value={kind}
                options={KINDS}
                onChange={(next) => setForm({ kind: next, header: '', Name })}
              />
            )}
          </Field>
        </FieldRow>
      )}
      {kind === 'GrokClassifier' && (
        <>
          <TextField
            label="Classification"
            help="The format's name on the tables that it finds"
            value={Classification}
            onChange={(next) => change({ Classification: next })}
          />
          <TextField
            label="Pattern"
            help="Of a whole line; %{SYNTAX:column:type} names a column"
            mono
            rows={3}
            placeholder="%{TIMESTAMP_ISO8601:at} %{LOGLEVEL:level} %{GREEDYDATA:message}"
            value={GrokPattern}
            onChange={(next) => change({ GrokPattern: next })}
          />
          <TextField
            label="Custom patterns"
            help="One a line: NAME expression"
            mono
            rows={3}
            value={CustomPatterns}
            onChange={(next) => change({ CustomPatterns: next })}
          />
        </>
      )}
      {kind === 'JsonClassifier' && (
        <TextField
          label="Path of the records"
          help="Fields and [*], such as $.items[*]"
          mono
          value={JsonPath}
          onChange={(next) => change({ JsonPath: next })}
        />
      )}
      {kind === 'CsvClassifier' && (
        <>
          <FieldRow>
            <TextField
              label="Separator"
              help="One character; told by the rows where empty"
              mono
              value={said.Delimiter ?? ''}
              onChange={(next) => change({ Delimiter: next || undefined })}
            />
            <TextField
              label="Quote"
              help="One character, another than the separator"
              mono
              value={said.QuoteSymbol ?? ''}
              onChange={(next) => change({ QuoteSymbol: next || undefined })}
            />
          </FieldRow>
          <Field label="Header">
            {({ invalid: _, ...ids }) => (
              <Select
                {...ids}
                value={said.ContainsHeader ?? 'UNKNOWN'}
                options={HEADERS}
                onChange={(next) => change({ ContainsHeader: next })}
              />
            )}
          </Field>
          <TextField
            label="Columns"
            help="Names, one a line, in place of the header's"
            mono
            rows={3}
            value={header}
            onChange={(next) => change({ header: next })}
          />
          <Checkbox checked={said.AllowSingleColumn ?? false} onChange={(next) => change({ AllowSingleColumn: next })}>
            A file of one column is CSV too
          </Checkbox>
        </>
      )}
    </KeptDialog>
  )
}
