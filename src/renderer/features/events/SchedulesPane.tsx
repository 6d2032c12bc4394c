import { CalendarClock } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Schedule } from '../../../engines/events/contract.ts'
import { type CallState, notifyError, prettyJson, useAction, useCall } from '../../lib/index.ts'
import { Button, type DataColumn, DataTable, EmptyState, ErrorView, Loading, Pane, Switch } from '../../ui/index.ts'
import { Chosen, moment } from './Chosen.tsx'
import { askCreate } from './createDialog.ts'
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
    {
      id: 'next',
      title: 'Next',
      kind: 'time',
      width: 150,
      value: ({ nextMs }) => nextMs ?? null,
      render: (_, { nextMs, enabled }) => (nextMs !== undefined ? moment(nextMs) : enabled ? 'none left' : ''),
    },
    { id: 'group', title: 'Group', width: 90, value: ({ group }) => group },
    { id: 'expression', title: 'Expression', width: 220, mono: true, value: ({ expression }) => expression },
    { id: 'zone', title: 'Time zone', width: 140, value: ({ zone }) => zone },
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
    <Pane>
      <DataTable
        label="Schedules"
        columns={columns}
        rows={schedules.data}
        rowKey={(each) => each.arn}
        selected={arn}
        onSelect={(each) => setArn(each.arn)}
        tools={<Button onClick={() => askCreate('schedule')}>Create schedule…</Button>}
      />
      {schedule && <ChosenSchedule schedule={schedule} />}
    </Pane>
  )
}

function ChosenSchedule({ schedule }: { schedule: Schedule }) {
  const { name, group, expression, zone, enabled, windowMinutes, afterCompletion, target, arn, nextMs } = schedule
  const coming = useCall(
    (clients, signal) => clients.events.previewSchedule({ expression, zone, count: 5 }, { signal }),
    [expression, zone, nextMs],
  )
  // A rate counts from the schedule's own beginning, which the preview does not know.
  const times = expression.startsWith('rate') ? [] : (coming.data?.timesMs ?? [])
  return (
    <Chosen
      title="Schedule"
      facts={[
        ['Name', name],
        ['Group', group],
        ['State', enabled ? 'on' : 'off'],
        ['Expression', expression],
        ['Time zone', zone],
        ['Window', windowMinutes === 0 ? 'off' : `${windowMinutes} min`],
        nextMs !== undefined && ['Next', moment(nextMs)],
        enabled && times.length > 0 && [`In ${zone}`, times.map((ms) => <div key={ms}>{moment(ms, zone)}</div>)],
        ['Target', nameOf(target.arn)],
        ['When done', afterCompletion === 'DELETE' ? 'it is deleted' : 'it stays'],
      ]}
      textTitle="Input"
      text={target.input === undefined ? undefined : prettyJson(target.input)}
      arn={arn}
      cli={`aws scheduler get-schedule --group-name ${group} --name ${name}`}
    />
  )
}
