import { Plus } from 'lucide-react'
import type { Step } from '../../../engines/emr/contract.ts'
import { timeColumn, tookColumn, useNow } from '../../lib/index.ts'
import { Button, type DataColumn, DataTable, EmptyState, StateDot } from '../../ui/index.ts'
import { ACTION_TITLES, shapeOfStep, stateTitle, stepEnded } from './states.ts'

const COLUMNS: readonly DataColumn<Step & { tookMs: number | null }>[] = [
  { id: 'name', title: 'Step', width: 190, value: ({ name }) => name },
  {
    id: 'state',
    title: 'State',
    width: 105,
    value: ({ state }) => stateTitle(state),
    render: (value, step) => <StateDot state={shapeOfStep(step)} text={String(value)} />,
  },
  tookColumn(({ tookMs }) => tookMs),
  {
    id: 'why',
    title: 'Why',
    width: 200,
    value: ({ failure, reason }) => failure?.message ?? failure?.reason ?? reason?.message ?? '',
  },
  { id: 'runs', title: 'Runs', mono: true, width: 280, value: ({ args }) => args.join(' ') },
  timeColumn('started', 'Started', ({ startedMs }) => startedMs),
  { id: 'action', title: 'If it fails', width: 130, value: ({ actionOnFailure }) => ACTION_TITLES[actionOnFailure] },
  timeColumn('created', 'Added', ({ createdMs }) => createdMs, { hidden: true }),
  { id: 'id', title: 'ID', mono: true, width: 150, hidden: true, value: ({ id }) => id },
]

/** Steps in the order in which they came. */
export function StepTable({
  steps,
  selected,
  onSelect,
  onAdd,
  onCancel,
}: {
  steps: readonly Step[]
  selected: string | null
  onSelect: (step: string) => void
  /** Absent where nothing can be added or cancelled any more. */
  onAdd: (() => void) | undefined
  onCancel: (step: Step) => void
}) {
  const nowMs = Math.floor(useNow() / 500) * 500
  if (steps.length === 0)
    return (
      <EmptyState
        title="No steps"
        {...(onAdd && {
          actions: (
            <Button icon={<Plus size={13} />} onClick={onAdd}>
              Add step
            </Button>
          ),
        })}
      >
        A step is one piece of work: a command, a script, a MapReduce job or SQL. Steps run one after the other, and
        each says what its failure means for those after it.
      </EmptyState>
    )
  return (
    <DataTable
      label="Steps"
      rows={steps.map((step) => ({
        ...step,
        tookMs: step.startedMs === undefined ? null : Math.max(0, (step.endedMs ?? nowMs) - step.startedMs),
      }))}
      rowKey={({ id }) => id}
      columns={COLUMNS}
      selected={selected}
      onSelect={({ id }) => onSelect(id)}
      onOpen={({ id }) => onSelect(id)}
      rowMenu={(step) => [
        { title: 'Copy id', onSelect: () => void navigator.clipboard.writeText(step.id) },
        'separator',
        {
          title: step.state === 'RUNNING' ? 'Cancel, and end what runs' : 'Cancel',
          danger: true,
          disabled: !onAdd || stepEnded(step.state),
          onSelect: () => onCancel(step),
        },
      ]}
    />
  )
}
