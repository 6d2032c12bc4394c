import { Split } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Rule } from '../../../engines/events/contract.ts'
import { type CallState, notifyError, prettyJson, useAction } from '../../lib/index.ts'
import { Button, type DataColumn, DataTable, EmptyState, ErrorView, Loading, Pane, Switch } from '../../ui/index.ts'
import { Chosen, moment } from './Chosen.tsx'
import { askCreate } from './createDialog.ts'
import { nameOf } from './useEvents.ts'

/** Rules with what they match, when they are due, and whom they tell. */
export function RulesPane({ rules, chosen }: { rules: CallState<Rule[]>; chosen: string | undefined }) {
  const [arn, setArn] = useState<string | null>(null)
  const enable = useAction(
    (clients, signal, { bus, name, enabled }: Rule) =>
      clients.events.enableRule({ bus, rule: name, enabled: !enabled }, { signal }),
    { onError: (error) => notifyError('The rule was not changed', error) },
  )
  useEffect(() => setArn(rules.data?.find(({ name }) => name === chosen)?.arn ?? null), [chosen, rules.data])
  if (rules.error && !rules.data) return <ErrorView title="The rules cannot be listed" error={rules.error} />
  if (!rules.data) return <Loading />
  if (rules.data.length === 0)
    return (
      <EmptyState
        icon={<Split size={24} />}
        title="No rules"
        actions={<Button onClick={() => askCreate('rule')}>Create a rule…</Button>}
      >
        A rule hands the events that match its pattern, or the ticks of its schedule, to up to five targets.
      </EmptyState>
    )
  const columns: DataColumn<Rule>[] = [
    {
      id: 'enabled',
      title: 'On',
      kind: 'boolean',
      width: 56,
      value: ({ enabled }) => enabled,
      render: (_, rule) => (
        <Switch label={`${rule.name} is on`} checked={rule.enabled} onChange={() => void enable.run(rule)} />
      ),
    },
    { id: 'name', title: 'Rule', width: 180, value: ({ name }) => name },
    { id: 'bus', title: 'Bus', width: 90, value: ({ bus }) => bus },
    {
      id: 'when',
      title: 'Pattern or schedule',
      width: 380,
      mono: true,
      value: ({ schedule, pattern = '' }) => schedule ?? pattern.replace(/\s+/g, ' '),
    },
    {
      id: 'next',
      title: 'Next',
      kind: 'time',
      width: 150,
      value: ({ nextMs }) => nextMs ?? null,
      render: (_, { nextMs }) => (nextMs === undefined ? '' : moment(nextMs)),
    },
    {
      id: 'targets',
      title: 'Targets',
      width: 220,
      value: ({ targets }) => targets.map((target) => nameOf(target.arn)).join(', '),
    },
  ]
  const rule = rules.data.find((each) => each.arn === arn)
  return (
    <Pane>
      <DataTable
        label="Rules"
        columns={columns}
        rows={rules.data}
        rowKey={(each) => each.arn}
        selected={arn}
        onSelect={(each) => setArn(each.arn)}
        tools={<Button onClick={() => askCreate('rule')}>Create rule…</Button>}
      />
      {rule && (
        <Chosen
          title="Rule"
          facts={[
            ['Name', rule.name],
            ['Bus', rule.bus],
            ['State', rule.enabled ? 'on' : 'off'],
            rule.schedule !== undefined && ['Schedule', rule.schedule],
            rule.nextMs !== undefined && ['Next', moment(rule.nextMs)],
            ['Targets', rule.targets.map((target) => nameOf(target.arn)).join(', ') || 'none: it does nothing'],
          ]}
          textTitle="Event pattern"
          text={rule.pattern === undefined ? undefined : prettyJson(rule.pattern)}
          arn={rule.arn}
          cli={`aws events list-targets-by-rule --rule ${rule.name}`}
        />
      )}
    </Pane>
  )
}
