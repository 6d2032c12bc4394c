import { Activity, CalendarClock, Plus, Split } from 'lucide-react'
import { useState } from 'react'
import type { Rule, Schedule } from '../../../engines/events/contract.ts'
import { notifyError, openView, useAction } from '../../lib/index.ts'
import { Button, ConfirmDialog, EmptyState, ErrorView, IconButton, Loading, Section, Tree } from '../../ui/index.ts'
import { CreateRule } from './CreateRule.tsx'
import { CreateSchedule } from './CreateSchedule.tsx'
import { askCreate } from './createDialog.ts'
import type { EventsTab } from './index.tsx'
import { useLists } from './useEvents.ts'

const show = (tab: EventsTab, name?: string) => openView('events.bus', { tab, ...(name !== undefined && { name }) })

export function EventExplorer() {
  const { rules, schedules } = useLists()
  const [deleting, setDeleting] = useState<Rule | Schedule | null>(null)
  const remove = useAction(
    async (clients, signal, thing: Rule | Schedule) => {
      if ('group' in thing) return clients.events.deleteSchedule({ group: thing.group, name: thing.name }, { signal })
      const rule = { bus: thing.bus, rule: thing.name }
      await clients.events.removeTargets({ ...rule, ids: thing.targets.map(({ id }) => id) }, { signal })
      return clients.events.deleteRule(rule, { signal })
    },
    { onError: (error) => notifyError('It was not deleted', error) },
  )
  const find = (arn: string) => [...(rules.data ?? []), ...(schedules.data ?? [])].find((each) => each.arn === arn)
  const menu = (arn: string) => [
    { title: 'Copy ARN', onSelect: () => void navigator.clipboard.writeText(arn) },
    'separator' as const,
    { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => setDeleting(find(arn) ?? null) },
  ]
  return (
    <>
      <Section title="Bus" flush>
        <Tree
          label="Views of the bus"
          fitContent
          nodes={[
            { id: 'events', label: 'Live events', icon: <Activity size={14} /> },
            { id: 'pattern', label: 'Pattern tester', icon: <Split size={14} /> },
          ]}
          openOnClick
          onOpen={(id) => show(id as EventsTab)}
        />
      </Section>
      <Section
        title="Rules"
        flush
        badge={rules.data?.length}
        actions={<IconButton icon={<Plus size={14} />} label="Create rule" onClick={() => askCreate('rule')} />}
      >
        {rules.error && !rules.data ? (
          <ErrorView compact title="The rules cannot be listed" error={rules.error} />
        ) : !rules.data ? (
          <Loading />
        ) : rules.data.length === 0 ? (
          <EmptyState
            icon={<Split size={20} />}
            title="No rules"
            actions={<Button onClick={() => askCreate('rule')}>Create one</Button>}
          >
            A rule hands the events that match its pattern to targets: a job that failed starts a function, a new object
            starts a crawler.
          </EmptyState>
        ) : (
          <Tree
            label="Rules"
            fitContent
            nodes={rules.data.map(({ arn, name, bus, enabled }) => ({
              id: arn,
              label: name,
              icon: <Split size={14} />,
              detail: enabled ? (bus === 'default' ? '' : bus) : 'off',
            }))}
            openOnClick
            onOpen={(arn) => show('rules', find(arn)?.name)}
            onDelete={(arn) => setDeleting(find(arn) ?? null)}
            menu={menu}
          />
        )}
      </Section>
      <Section
        title="Schedules"
        flush
        badge={schedules.data?.length}
        actions={<IconButton icon={<Plus size={14} />} label="Create schedule" onClick={() => askCreate('schedule')} />}
      >
        {schedules.error && !schedules.data ? (
          <ErrorView compact title="The schedules cannot be listed" error={schedules.error} />
        ) : !schedules.data ? (
          <Loading />
        ) : schedules.data.length === 0 ? (
          <EmptyState
            icon={<CalendarClock size={20} />}
            title="No schedules"
            actions={<Button onClick={() => askCreate('schedule')}>Create one</Button>}
          >
            A schedule starts something at a time, at a rate, or by the calendar of a time zone.
          </EmptyState>
        ) : (
          <Tree
            label="Schedules"
            fitContent
            nodes={schedules.data.map(({ arn, name, group, enabled }) => ({
              id: arn,
              label: name,
              icon: <CalendarClock size={14} />,
              detail: enabled ? (group === 'default' ? '' : group) : 'off',
            }))}
            openOnClick
            onOpen={(arn) => show('schedules', find(arn)?.name)}
            onDelete={(arn) => setDeleting(find(arn) ?? null)}
            menu={menu}
          />
        )}
      </Section>
      <CreateRule />
      <CreateSchedule />
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) void remove.run(deleting)
          setDeleting(null)
        }}
        title={`Delete ${deleting?.name}?`}
        message="Its targets get nothing from it any more. What waits for delivery is still delivered. This cannot be undone."
        action={deleting && 'group' in deleting ? 'Delete schedule' : 'Delete rule'}
      />
    </>
  )
}
