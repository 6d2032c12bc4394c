import type { ConnectionInput } from '@aws-sdk/client-glue'
import { useState } from 'react'
import { Combobox, Field } from '../../../ui/index.ts'
import { pairsOf, pairsText } from '../lines.ts'
import { TextField } from '../TextField.tsx'
import { type AskedProps, documentOf, KeptDialog } from './KeptDialog.tsx'

const TYPES = ['JDBC', 'KAFKA', 'MONGODB', 'NETWORK', 'SFTP', 'CUSTOM', 'MARKETPLACE'].map((type) => ({
  value: type,
  label: type,
}))
const EXAMPLE = 'JDBC_CONNECTION_URL=jdbc:postgresql://localhost:5432/shop\nUSERNAME=analyst'

/** Stands for a password that is there and that nobody is shown again. */
const KEPT = '••••••••'
type Properties = Readonly<Record<string, string | object>>

const shown = (properties: Properties = {}) =>
  pairsText(
    Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, typeof value === 'string' ? value : KEPT]),
    ),
  )

/** What the text says; a password that it leaves as it was shown stays the one before. */
const propertiesOf = (text: string, before: Properties = {}) =>
  Object.fromEntries(
    Object.entries(pairsOf(text)).map(([name, value]) => [name, (value === KEPT && before[name]) || value]),
  )

/** A connection as Glue describes it. It is kept for those who read it: Millrace itself connects to nothing by it. */
export function ConnectionDialog({ asked, onClose }: AskedProps) {
  const [form, setForm] = useState(() => {
    const old = documentOf<ConnectionInput>(asked)
    return {
      Name: old.Name ?? '',
      ConnectionType: (old.ConnectionType ?? 'JDBC') as string,
      Description: old.Description ?? '',
      properties: shown(old.ConnectionProperties),
    }
  })
  const change = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }))
  const { properties, Description, ...input } = form
  const document = {
    ...documentOf(asked),
    ...input,
    Description: Description === '' ? undefined : Description,
    ConnectionProperties: propertiesOf(properties, documentOf<ConnectionInput>(asked).ConnectionProperties),
  }
  return (
    <KeptDialog
      kind="connection"
      asked={asked}
      name={form.Name}
      document={document}
      ready={form.ConnectionType !== ''}
      onClose={onClose}
    >
      {asked === 'new' && <TextField label="Name" value={form.Name} onChange={(Name) => change({ Name })} />}
      <Field label="Type">
        {({ invalid: _, ...ids }) => (
          <Combobox
            {...ids}
            free
            value={form.ConnectionType}
            options={TYPES}
            onChange={(ConnectionType) => change({ ConnectionType })}
          />
        )}
      </Field>
      <TextField
        label="Description"
        value={form.Description}
        onChange={(description) => change({ Description: description })}
      />
      <TextField
        label="Properties"
        help={`One a line: NAME=value. Properties whose names end in PASSWORD are kept sealed and shown as ${KEPT}.`}
        mono
        rows={6}
        placeholder={EXAMPLE}
        value={form.properties}
        onChange={(next) => change({ properties: next })}
      />
    </KeptDialog>
  )
}
