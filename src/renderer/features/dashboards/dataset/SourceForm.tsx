import { useMemo } from 'react'
import type { DataSource } from '../../../../engines/bi/contract.ts'
import type { ErrorPlace } from '../../../../engines/kit/pure/errors.ts'
import { CodeEditor } from '../../../lib/code-editor/index.ts'
import { useCall } from '../../../lib/index.ts'
import { Combobox, cx, Field, Input, Select } from '../../../ui/index.ts'
import styles from './dataset.module.css'

const KINDS = [
  { value: 'warehouse', label: 'Warehouse', detail: 'SQL of Redshift' },
  { value: 'athena', label: 'Lake', detail: 'SQL of Athena' },
  { value: 'file', label: 'File', detail: 'CSV, JSON or Parquet' },
] as const

/** Where the rows come from, with the error of its query beside it. */
export function SourceForm({
  source,
  error,
  place,
  onChange,
}: {
  source: DataSource
  error: string | undefined
  /** Where in the query it is wrong. */
  place: ErrorPlace | undefined
  onChange: (source: DataSource) => void
}) {
  const markers = useMemo(
    () =>
      error && place?.line !== undefined
        ? [{ message: error, severity: 'error' as const, line: place.line, column: place.column ?? 1 }]
        : [],
    [error, place],
  )
  const sql = source.type === 'file' ? '' : source.sql
  const choose = (type: DataSource['type']) => {
    if (type === 'file') onChange({ type, uri: source.type === 'file' ? source.uri : '' })
    else if (type === 'athena') onChange({ type, sql, database: 'default' })
    else onChange({ type, sql })
  }
  return (
    <div className={styles.narrow}>
      <Field label="From">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} className={styles.half} value={source.type} options={KINDS} onChange={choose} />
        )}
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
          {({ invalid }) => (
            <div className={cx(styles.code, invalid && styles.codeBad)}>
              <CodeEditor
                label="Query"
                language="sql"
                lines={{ min: 4, max: 14 }}
                placeholder="SELECT … FROM …"
                value={source.sql}
                markers={markers}
                onChange={(text) => onChange({ ...source, sql: text })}
              />
            </div>
          )}
        </Field>
      )}
    </div>
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
