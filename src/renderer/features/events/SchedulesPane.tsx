import { CalendarClock } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Schedule } from '../../../engines/events/contract.ts'
import { type CallState, formatTime, formatUtc, notifyError, useAction } from '../../lib/index.ts'
import { Button, type DataColumn, DataTable, EmptyState, ErrorView, Loading, Switch } from '../../ui/index.ts'
import { askCreate } from './createDialog.ts'
import { Detail } from './Detail.tsx'
import { nameOf } from './useEvents.ts'

/** Schedules with when they are due next, by their own zone's clock and by the workspace's. */
export function SchedulesPane({ schedules, chosen }: { schedules: CallState<Schedule[]>; chosen: string | undefined }) {
  const [arn, setArn] = useState<string | null>(null)
  const enable = useAction(
    (clients, signal, { nextMs: _, arn: __, createdMs: ___, modifiedMs: ____, ...schedule }: Schedule) =>
      clients.events.updateSchedule({ ...schedule, enabled: !schedule.enabled }, { signal }),
    { onError: (error) => notifyError('The schedule was not changed', error) },
  )
  useEffect(() => setArn(schedules.data?.find(({ name }) => name === chosen)?.arn ?? null), [chosen, schedules.data])
  if (schedules.error && !schedules.data)
    return <ErrorView title="The schedules cannot be listed" error={schedules.error} />
  if (!schedules.data) return <Loading />
  if (schedules.data.length === 0)
    return (
      <EmptyState
        icon={<CalendarClock size={24} />}
        title="No schedules"
        actions={<Button onClick={() => askCreate('schedule')}>Create a schedule…</Button>}
      >
        A schedule starts a function, a state machine, a job, a crawler or a query once, at a rate, or by the calendar
        of a time zone, daylight saving included. It goes by the clock above: at ten times the speed it is due ten times
        as often.
      </EmptyState>
    )
  const columns: DataColumn<Schedule>[] = [
    {
      id: 'enabled',
      title: 'On',
      kind: 'boolean',
      width: 56,
      value: ({ enabled }) => enabled,
      render: (_, schedule) => (
        <Switch
          label={`${schedule.name} is on`}
          checked={schedule.enabled}
          onChange={() => void enable.run(schedule)}
        />
      ),
    },
    { id: 'name', title: 'Schedule', width: 180, value: ({ name }) => name },
    { id: 'group', title: 'Group', width: 90, value: ({ group }) => group },
    { id: 'expression', title: 'Expression', width: 220, mono: true, value: ({ expression }) => expression },
    { id: 'zone', title: 'Time zone', width: 140, value: ({ zone }) => zone },
    {
      id: 'next',
      title: 'Next',
      kind: 'time',
      width: 150,
      value: ({ nextMs }) => nextMs ?? null,
      render: (_, { nextMs, zone, enabled }) =>
        nextMs === undefined ? (
          enabled ? (
            'none left'
          ) : (
            ''
          )
        ) : (
          <span title={`${formatTime(nextMs, { date: true, zone })} ${zone} · ${formatUtc(nextMs)}`}>
            {formatTime(nextMs, { date: true })}
          </span>
        ),
    },
    {
      id: 'window',
      title: 'Window',
      kind: 'number',
      width: 80,
      value: ({ windowMinutes }) => windowMinutes,
      format: (value) => (value === 0 ? 'off' : `${value} min`),
    },
    { id: 'target', title: 'Target', width: 200, value: ({ target }) => nameOf(target.arn) },
  ]
  const schedule = schedules.data.find((each) => each.arn === arn)
  return (
    <Detail
      label="Chosen schedule"
      text={schedule && JSON.stringify(schedule, null, 2)}
      facts={schedule && <strong>{schedule.name}</strong>}
      list={
        <DataTable
          label="Schedules"
          columns={columns}
          rows={schedules.data}
          rowKey={(each) => each.arn}
          selected={arn}
          onSelect={(each) => setArn(each.arn)}
          tools={<Button onClick={() => askCreate('schedule')}>Create schedule…</Button>}
        />
      }
    />
  )
}
