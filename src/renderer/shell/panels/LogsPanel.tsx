import { useMemo, useState } from 'react'
import type { LogLine } from '../../../engines/system/contract.ts'
import { formatTime } from '../../lib/format.ts'
import { useFeed } from '../../lib/useFeed.ts'
import { Button, type DataColumn, DataTable, ErrorView, Select, StateDot } from '../../ui/index.ts'

const KEPT = 5000
const LEVELS = ['debug', 'info', 'warn', 'error'] as const

interface NumberedLine extends LogLine {
  number: number
}

const COLUMNS: DataColumn<NumberedLine>[] = [
  {
    id: 'time',
    title: 'Time',
    kind: 'time',
    width: 104,
    mono: true,
    value: (line) => line.timeMs,
    format: (value) => formatTime(Number(value), { date: false, millis: true }),
  },
  {
    id: 'level',
    title: 'Level',
    width: 80,
    value: (line) => line.level,
    render: (_, { level }) => (
      <StateDot
        state={level === 'error' ? 'bad' : level === 'warn' ? 'warn' : level === 'info' ? 'info' : 'idle'}
        text={level}
      />
    ),
  },
  { id: 'engine', title: 'Engine', width: 112, value: (line) => line.engine },
  { id: 'message', title: 'Message', width: 720, mono: true, value: (line) => line.message },
]

/** Lines of all engines, the newest first. */
export function LogsPanel() {
  const [level, setLevel] = useState<LogLine['level']>('info')
  const [clearedBefore, setClearedBefore] = useState(0)
  const logs = useFeed((clients, signal) => clients.system.watchLogs({}, { signal }), [], {
    initial: [] as readonly NumberedLine[],
    fold: (kept, lines: LogLine[]) => {
      const from = kept.length === 0 ? 0 : kept[0].number + 1
      const added = lines.map((line, index) => ({ ...line, number: from + index })).reverse()
      return [...added, ...kept].slice(0, KEPT)
    },
  })
  const shown = useMemo(
    () =>
      logs.data.filter((line) => line.number >= clearedBefore && LEVELS.indexOf(line.level) >= LEVELS.indexOf(level)),
    [logs.data, level, clearedBefore],
  )
  return (
    <>
      {logs.error && <ErrorView compact error={logs.error} title="Logs cannot be followed" />}
      <DataTable
        label="Logs"
        columns={COLUMNS}
        rows={shown}
        rowKey={(line) => String(line.number)}
        empty="No line of this level yet."
        tools={
          <>
            <Select
              quiet
              label="Least level"
              value={level}
              onChange={setLevel}
              options={LEVELS.map((value) => ({
                value,
                label: value === 'debug' ? 'All levels' : `${value} and above`,
              }))}
            />
            <Button size="s" variant="ghost" onClick={() => setClearedBefore((logs.data[0]?.number ?? -1) + 1)}>
              Clear
            </Button>
          </>
        }
      />
    </>
  )
}
