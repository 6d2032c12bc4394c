import { useMemo, useState } from 'react'
import {
  type AttemptStatus,
  type JobStatus,
  SAMPLE_STAGES,
  type SampleRecord,
} from '../../../engines/mapreduce/contract.ts'
import { useCall } from '../../lib/index.ts'
import { type DataColumn, DataTable, ErrorView, Loading, Select } from '../../ui/index.ts'
import { Scope } from './Scope.tsx'
import { attemptName } from './states.ts'

const WORDS: Readonly<Record<(typeof SAMPLE_STAGES)[number], string>> = {
  mapInput: 'Into map',
  mapOutput: 'Out of map',
  combined: 'Out of combine',
  partition: 'By partition',
  reduceInput: 'Into reduce',
  reduceOutput: 'Out of reduce',
}
const STAGES = SAMPLE_STAGES.map((value) => ({ value, label: WORDS[value] }))

const COLUMNS: readonly DataColumn<SampleRecord>[] = [
  { id: 'key', title: 'Key', mono: true, width: 220, value: ({ key }) => key },
  { id: 'value', title: 'Value', mono: true, width: 460, value: ({ value }) => value },
  { id: 'partition', title: 'Partition', kind: 'number', width: 80, value: ({ partition }) => partition ?? null },
  { id: 'task', title: 'Attempt', mono: true, width: 280, value: ({ task }) => task },
]

const WITHOUT_PARTITION = COLUMNS.filter(({ id }) => id !== 'partition')

/** Some of the records as they are before and after each stage. */
export function SamplePane({
  job,
  attempt,
  onSelect,
}: {
  job: JobStatus
  attempt: AttemptStatus | undefined
  onSelect: (id: string | null) => void
}) {
  const [stage, setStage] = useState<(typeof SAMPLE_STAGES)[number]>('mapOutput')
  const sample = useCall(
    (clients, signal) =>
      clients.mapreduce.sample({ id: job.id, stage, ...(attempt && { attempt: attempt.id }) }, { signal }),
    [job, stage, attempt?.id, attempt?.state],
  )
  const rows = useMemo(() => sample.data ?? [], [sample.data])
  if (sample.error && !sample.data) return <ErrorView compact title="There is no sample" error={sample.error} />
  if (!sample.data) return <Loading />
  return (
    <DataTable
      label={`${WORDS[stage]}${attempt ? ` of ${attemptName(attempt)}` : ''}`}
      tools={
        <>
          <Select quiet label="Stage" value={stage} options={STAGES} onChange={setStage} />
          <Scope attempt={attempt} onSelect={onSelect} />
        </>
      }
      rows={rows}
      rowKey={(_, index) => String(index)}
      columns={stage === 'partition' ? COLUMNS : WITHOUT_PARTITION}
      empty={`No record has come ${WORDS[stage].toLowerCase()}${attempt ? ` in ${attemptName(attempt)}` : ''}.`}
    />
  )
}
