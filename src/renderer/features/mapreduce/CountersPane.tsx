import { useMemo } from 'react'
import type { AttemptStatus, JobStatus } from '../../../engines/mapreduce/contract.ts'
import { useCall } from '../../lib/index.ts'
import { type DataColumn, DataTable, ErrorView, Loading } from '../../ui/index.ts'
import { Scope } from './Scope.tsx'
import { attemptName } from './states.ts'

interface Row {
  group: string
  name: string
  value: number
}

const COLUMNS: readonly DataColumn<Row>[] = [
  { id: 'group', title: 'Group', width: 320, value: ({ group }) => group },
  { id: 'name', title: 'Counter', width: 280, value: ({ name }) => name },
  { id: 'value', title: 'Value', kind: 'number', width: 140, value: ({ value }) => value },
]

/** What the job, or the attempt that is chosen, has counted. */
export function CountersPane({
  job,
  attempt,
  onSelect,
}: {
  job: JobStatus
  attempt: AttemptStatus | undefined
  onSelect: (id: string | null) => void
}) {
  const counters = useCall(
    (clients, signal) =>
      clients.mapreduce.counters({ id: job.id, ...(attempt && { attempt: attempt.id }) }, { signal }),
    [job, attempt?.id, attempt?.state],
  )
  const rows = useMemo(
    () =>
      Object.entries(counters.data ?? {}).flatMap(([group, values]) =>
        Object.entries(values).map(([name, value]): Row => ({ group, name, value })),
      ),
    [counters.data],
  )
  if (counters.error && !counters.data)
    return <ErrorView compact title="The counters cannot be read" error={counters.error} />
  if (!counters.data) return <Loading />
  return (
    <DataTable
      label={attempt ? `Counters of ${attemptName(attempt)}` : `Counters of ${job.name}`}
      tools={<Scope attempt={attempt} onSelect={onSelect} />}
      rows={rows}
      rowKey={({ group, name }) => `${group} ${name}`}
      columns={COLUMNS}
      empty="Nothing has been counted yet."
    />
  )
}
