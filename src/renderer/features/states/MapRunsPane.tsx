import { useState } from 'react'
import type { MapRun, MapRunCounts } from '../../../engines/states/contract.ts'
import { tookColumn, useCall, useRemembered, useTimeLeft } from '../../lib/index.ts'
import { type DataColumn, DataTable, EMPTY_LAYOUT, Progress, SplitPane } from '../../ui/index.ts'
import { ExecutionsPane, spanOf, statusColumn } from './ExecutionsPane.tsx'

type Row = MapRun & { readonly executionCounts: MapRunCounts; readonly itemCounts: MapRunCounts }

/** The map runs of an execution, with how far each is. */
export function useMapRuns(executionArn: string, turn: number) {
  return useCall(
    async ({ states }, signal): Promise<Row[]> => {
      const all = await states.listMapRuns({ executionArn }, { signal })
      return Promise.all(all.map(({ arn }) => states.describeMapRun({ mapRunArn: arn }, { signal })))
    },
    [executionArn, turn],
  )
}

const failedOf = ({ failed, timedOut, aborted }: MapRunCounts): number => failed + timedOut + aborted
const endedOf = (counts: MapRunCounts): number => counts.succeeded + failedOf(counts)

const count = (id: string, title: string, value: (row: Row) => number): DataColumn<Row> => ({
  id,
  title,
  kind: 'number',
  width: 84,
  value,
})

const COLUMNS: readonly DataColumn<Row>[] = [
  statusColumn(),
  {
    id: 'name',
    title: 'Map',
    width: 130,
    value: ({ machineArn }) => machineArn.slice(machineArn.lastIndexOf('/') + 1),
  },
  count('items', 'Items', ({ itemCounts }) => itemCounts.total),
  count('succeeded', 'Succeeded', ({ itemCounts }) => itemCounts.succeeded),
  count('failed', 'Failed', ({ itemCounts }) => failedOf(itemCounts)),
  count('running', 'Running', ({ itemCounts }) => itemCounts.running),
  count('pending', 'Pending', ({ itemCounts }) => itemCounts.pending),
  count('redrives', 'Redrives', ({ redriveCount }) => redriveCount),
  tookColumn(spanOf),
]

/** Distributed Maps of an execution, and the children of the chosen one: each an execution with a picture of its own. */
export function MapRunsPane({ rows, turn }: { rows: readonly Row[]; turn: number }) {
  const [layout, setLayout] = useRemembered('states.mapRuns', EMPTY_LAYOUT)
  const [width, setWidth] = useRemembered('states.mapChildren', 400)
  const [picked, setPicked] = useState<string | null>(null)
  const chosen = rows.find(({ arn }) => arn === picked) ?? rows[0]
  const { total } = chosen.executionCounts
  const share = total === 0 ? null : endedOf(chosen.executionCounts) / total
  const timeLeft = useTimeLeft(chosen.status === 'RUNNING' ? share : null)
  return (
    <SplitPane
      sized="second"
      label="Map runs and their children"
      size={width}
      onSize={setWidth}
      first={
        <DataTable
          label="Map runs"
          rows={rows}
          rowKey={({ arn }) => arn}
          columns={COLUMNS}
          layout={layout}
          onLayout={setLayout}
          selected={chosen.arn}
          onSelect={({ arn }) => setPicked(arn)}
          tools={
            <Progress
              value={share}
              timeLeft={timeLeft}
              label={`${endedOf(chosen.executionCounts).toLocaleString()} of ${total.toLocaleString()} children ended`}
            />
          }
        />
      }
      second={<ExecutionsPane of={{ mapRunArn: chosen.arn }} turn={turn} />}
    />
  )
}
