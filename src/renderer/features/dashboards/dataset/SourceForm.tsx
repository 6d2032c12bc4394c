import type { DataSource } from '../../../../engines/bi/contract.ts'
import { useCall } from '../../../lib/index.ts'
import { Combobox, Field, Input, Select, TextArea } from '../../../ui/index.ts'

const KINDS = [
  { value: 'warehouse', label: 'Warehouse', detail: 'SQL of Redshift' },
  { value: 'athena', label: 'Lake', detail: 'SQL of Athena' },
  { value: 'file', label: 'File', detail: 'CSV, JSON or Parquet' },
] as const

/** Where the rows come from, with the error of its query beside it. */
export function SourceForm({
  source,
  error,
  onChange,
}: {
  source: DataSource
  error: string | undefined
  onChange: (source: DataSource) => void
}) {
  const sql = source.type === 'file' ? '' : source.sql
  const choose = (type: DataSource['type']) => {
    if (type === 'file') onChange({ type, uri: source.type === 'file' ? source.uri : '' })
    else if (type === 'athena') onChange({ type, sql, database: 'default' })
    else onChange({ type, sql })
  }
  return (
    <>
      <Field label="From">
        {({ invalid: _, ...ids }) => <Select {...ids} value={source.type} options={KINDS} onChange={choose} />}
      </Field>
      {source.type === 'athena' && (
        <Database value={source.database} onChange={(database) => onChange({ ...source, database })} />
      )}
      {source.type === 'file' ? (
        <Field label="Address" error={error} help="s3://bucket/key of the lake, or a file of this workspace">
          {({ invalid, ...ids }) => (
            <Input
              {...ids}
              mono
              invalid={invalid}
              placeholder="s3://bucket/path.parquet"
              value={source.uri}
              onChange={(uri) => onChange({ ...source, uri })}
            />
          )}
        </Field>
      ) : (
        <Field label="Query" error={error}>
          {({ invalid, ...ids }) => (
            <TextArea
              {...ids}
              mono
              invalid={invalid}
              rows={Math.min(12, Math.max(4, source.sql.split('\n').length + 1))}
              placeholder="SELECT … FROM …"
              value={source.sql}
              onChange={(text) => onChange({ ...source, sql: text })}
            />
          )}
        </Field>
      )}
    </>
  )
}

function Database({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const databases = useCall((clients, signal) => clients.catalog.listDatabases({}, { signal }), [])
  return (
    <Field label="Database">
      {({ invalid: _, ...ids }) => (
        <Combobox
          {...ids}
          free
          value={value}
          options={(databases.data ?? []).map(({ name }) => ({ value: name, label: name }))}
          onChange={onChange}
        />
      )}
    </Field>
  )
}
