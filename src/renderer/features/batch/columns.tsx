import type { Job } from '../../../engines/batch/contract.ts'
import { type DataColumn, StateDot } from '../../ui/index.ts'
import { SHAPES, stateTitle } from './states.ts'

export const stateColumn: DataColumn<Job> = {
  id: 'status',
  title: 'State',
  width: 110,
  value: ({ status }) => stateTitle(status),
  render: (value, { status }) => <StateDot state={SHAPES[status]} text={String(value)} />,
}

/** What a command ended with: a code, not a quantity. */
export const exitColumn = <T,>(code: (row: T) => number | undefined): DataColumn<T> => ({
  id: 'exit',
  title: 'Exit code',
  kind: 'number',
  width: 80,
  value: (row) => code(row) ?? null,
  render: (value) => (value === null ? '' : String(value)),
})
