import type { UserDefinedFunctionInput } from '@aws-sdk/client-glue'
import { useState } from 'react'
import { Field, FieldRow, Select } from '../../../ui/index.ts'
import { linesOf } from '../lines.ts'
import { TextField } from '../TextField.tsx'
import { type AskedProps, documentOf, KeptDialog } from './KeptDialog.tsx'

const TYPES = [
  { value: 'REGULAR_FUNCTION', label: 'Regular' },
  { value: 'AGGREGATE_FUNCTION', label: 'Aggregate' },
  { value: 'STORED_PROCEDURE', label: 'Stored procedure' },
] as const
const OWNERS = [
  { value: 'USER', label: 'User' },
  { value: 'ROLE', label: 'Role' },
  { value: 'GROUP', label: 'Group' },
] as const
type Resource = NonNullable<UserDefinedFunctionInput['ResourceUris']>[number]

/** `JAR s3://…`, one a line; without a kind it is told by the name. */
const resourceOf = (line: string): Resource => {
  const [, kind, uri] = /^(?:(JAR|FILE|ARCHIVE)\s+)?(.*)$/i.exec(line)!
  const told = kind ?? (/\.jar$/i.test(uri) ? 'JAR' : /\.(zip|tar|tgz|tar\.gz)$/i.test(uri) ? 'ARCHIVE' : 'FILE')
  return { ResourceType: told.toUpperCase() as Resource['ResourceType'], Uri: uri }
}

/** A Hive function of a database. The catalog keeps it for engines that run such; Athena does not. */
export function FunctionDialog({ asked, scope = '', onClose }: AskedProps) {
  const [form, setForm] = useState(() => {
    const old = documentOf<UserDefinedFunctionInput>(asked)
    return {
      FunctionName: old.FunctionName ?? '',
      ClassName: old.ClassName ?? '',
      FunctionType: old.FunctionType ?? ('REGULAR_FUNCTION' as const),
      OwnerName: old.OwnerName ?? '',
      OwnerType: old.OwnerType ?? ('USER' as const),
      resources: (old.ResourceUris ?? []).map(({ ResourceType, Uri }) => `${ResourceType} ${Uri}`).join('\n'),
    }
  })
  const change = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }))
  const { resources, ...input } = form
  // The catalog keeps its names in small letters.
  const name = form.FunctionName.toLowerCase()
  const document = {
    ...documentOf(asked),
    ...input,
    FunctionName: name,
    ResourceUris: linesOf(resources).map(resourceOf),
  }
  return (
    <KeptDialog
      kind="function"
      asked={asked}
      scope={scope}
      name={name}
      document={document}
      ready={form.ClassName !== ''}
      onClose={onClose}
    >
      {asked === 'new' && (
        <TextField
          label="Name"
          help={`In the database ${scope}`}
          value={form.FunctionName}
          onChange={(FunctionName) => change({ FunctionName })}
        />
      )}
      <TextField
        label="Class"
        mono
        placeholder="org.example.Upper"
        value={form.ClassName}
        onChange={(ClassName) => change({ ClassName })}
      />
      <FieldRow>
        <Field label="Type">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={form.FunctionType}
              options={TYPES}
              onChange={(FunctionType) => change({ FunctionType })}
            />
          )}
        </Field>
        <Field label="Owned by a">
          {({ invalid: _, ...ids }) => (
            <Select {...ids} value={form.OwnerType} options={OWNERS} onChange={(OwnerType) => change({ OwnerType })} />
          )}
        </Field>
      </FieldRow>
      <TextField label="Owner" value={form.OwnerName} onChange={(OwnerName) => change({ OwnerName })} />
      <TextField
        label="Resources"
        help="One a line, such as JAR s3://bucket/functions.jar"
        mono
        rows={3}
        value={form.resources}
        onChange={(next) => change({ resources: next })}
      />
    </KeptDialog>
  )
}
