import { useMemo } from 'react'
import { useCall } from '../useCall.ts'
import type { SchemaFormProps } from './SchemaForm.tsx'

/** Names that exist, for fields that name a resource. A list that cannot be had is empty: any name can still be typed. */
export function useChoices(): SchemaFormProps['choices'] {
  const streams = useCall((c, signal) => c.stream.listStreams({}, { signal }), [])
  const functions = useCall((c, signal) => c.functions.listFunctions({}, { signal }), [])
  const buckets = useCall((c, signal) => c.lake.listBuckets({}, { signal }), [])
  const databases = useCall((c, signal) => c.catalog.listDatabases({}, { signal }), [])
  const names = databases.data?.map((d) => d.name).join(' ')
  const tables = useCall(
    (c, signal) =>
      databases.data
        ? Promise.all(databases.data.map(({ name }) => c.catalog.listTables({ database: name }, { signal })))
        : null,
    [names],
  )
  const dashboards = useCall((c, signal) => c.workspace.listDocuments({ folder: 'dashboards' }, { signal }), [])
  return useMemo(() => {
    const option = (value: string, detail?: string) => ({ value, label: value, ...(detail && { detail }) })
    return {
      stream: streams.data?.map((s) => option(s.name)) ?? [],
      function: functions.data?.map((f) => option(f.name, f.runtime)) ?? [],
      bucket: buckets.data?.map((b) => option(b.name)) ?? [],
      database: databases.data?.map((d) => option(d.name)) ?? [],
      table: tables.data?.flat().map((t) => option(t.name, t.database)) ?? [],
      dashboard: dashboards.data?.map((d) => option(d.path)) ?? [],
    }
  }, [streams.data, functions.data, buckets.data, databases.data, tables.data, dashboards.data])
}
