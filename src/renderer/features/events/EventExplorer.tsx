import { Activity, CalendarClock, Split } from 'lucide-react'
import type { Rule, Schedule } from '../../../engines/events/contract.ts'
import { notifyError, openView, useAction, useConfirmed, useShown } from '../../lib/index.ts'
import { ConfirmDialog, Section, Tree, TreeSection } from '../../ui/index.ts'
import { CreateRule } from './CreateRule.tsx'
import { CreateSchedule } from './CreateSchedule.tsx'
import { askCreate } from './createDialog.ts'
import type { EventsTab } from './index.tsx'
import { useEventsTab, useLists } from './useEvents.ts'

const show = (tab: EventsTab, name?: string) => openView('events.bus', { tab, ...(name !== undefined && { name }) })

const arnOf = (all: readonly (Rule | Schedule)[] | undefined, name: string | undefined) =>
  all?.find((each) => each.name === name)?.arn ?? null

export function EventExplorer() {
  const { rules, schedules } = useLists()
  const shown = useShown<{ tab?: EventsTab; name?: string }>('events.bus')
  const [tab] = useEventsTab(shown ?? {})
  const named = (wanted: EventsTab) => (tab === wanted ? shown?.name : undefined)
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: Rule | Schedule) => remove.run(each))
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
    { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => askDelete(find(arn) ?? null) },
  ]
  return (
    <>
      <Section title="Bus" flush>
        <Tree
          label="Views of the bus"
          fitContent
          selected={shown && tab}
          nodes={[
            { id: 'events', label: 'Live events', icon: <Activity size={14} /> },
            { id: 'pattern', label: 'Pattern tester', icon: <Split size={14} /> },
          ]}
          openOnClick
          onOpen={(id) => show(id as EventsTab)}
        />
      </Section>
      <TreeSection
        title="Rules"
        nodes={rules.data?.map(({ arn, name, bus, enabled }) => ({
          id: arn,
          label: name,
          icon: <Split size={14} />,
          detail: enabled ? (bus === 'default' ? '' : bus) : 'off',
        }))}
        error={rules.error}
        selected={arnOf(rules.data, named('rules'))}
        add={{ label: 'Create rule', onAdd: () => askCreate('rule') }}
        empty={{
          icon: <Split size={20} />,
          text: 'A rule hands the events that match its pattern to targets: a job that failed starts a function, a new object starts a crawler.',
        }}
        onOpen={(arn) => show('rules', find(arn)?.name)}
        onDelete={(arn) => askDelete(find(arn) ?? null)}
        menu={menu}
      />
      <TreeSection
        title="Schedules"
        nodes={schedules.data?.map(({ arn, name, group, enabled }) => ({
          id: arn,
          label: name,
          icon: <CalendarClock size={14} />,
          detail: enabled ? (group === 'default' ? '' : group) : 'off',
        }))}
        error={schedules.error}
        selected={arnOf(schedules.data, named('schedules'))}
        add={{ label: 'Create schedule', onAdd: () => askCreate('schedule') }}
        empty={{
          icon: <CalendarClock size={20} />,
          text: 'A schedule starts something at a time, at a rate, or by the calendar of a time zone.',
        }}
        onOpen={(arn) => show('schedules', find(arn)?.name)}
        onDelete={(arn) => askDelete(find(arn) ?? null)}
        menu={menu}
      />
      <CreateRule />
      <CreateSchedule />
      <ConfirmDialog
        {...dialog}
        title={`Delete ${deleting?.name}?`}
        message="Its targets get nothing from it any more. What waits for delivery is still delivered. This cannot be undone."
        action={deleting && 'group' in deleting ? 'Delete schedule' : 'Delete rule'}
      />
    </>
  )
}
