import { useMemo } from 'react'
import { type ProblemEntry, useProblemRegistry } from '../../lib/problems.ts'
import { type DataColumn, DataTable, EmptyState, StateDot } from '../../ui/index.ts'

const COLUMNS: DataColumn<ProblemEntry>[] = [
  {
    id: 'severity',
    title: 'Severity',
    width: 96,
    value: (problem) => problem.severity,
    render: (_, { severity }) => <StateDot state={severity === 'error' ? 'bad' : 'warn'} text={severity} />,
  },
  { id: 'message', title: 'Problem', width: 560, value: (problem) => problem.message },
  { id: 'place', title: 'Where', width: 280, value: (problem) => problem.place },
  {
    id: 'code',
    title: 'Code',
    width: 200,
    mono: true,
    value: (problem) => problem.code ?? null,
    render: (value) => value,
  },
]

export function ProblemsPanel() {
  const byOwner = useProblemRegistry((state) => state.byOwner)
  const problems = useMemo(
    () =>
      Object.values(byOwner)
        .flat()
        .sort((a, b) => a.severity.localeCompare(b.severity)),
    [byOwner],
  )
  if (problems.length === 0)
    return (
      <EmptyState title="No problems">
        What is wrong in open documents and queries is listed here, with a way to its place.
      </EmptyState>
    )
  return (
    <DataTable
      label="Problems"
      columns={COLUMNS}
      rows={problems}
      rowKey={(problem, index) => `${index} ${problem.place}`}
      onOpen={(problem) => problem.open?.()}
    />
  )
}
