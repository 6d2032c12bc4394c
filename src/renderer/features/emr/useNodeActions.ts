import type { Cluster, Instance } from '../../../engines/emr/contract.ts'
import { notifyError, useClients } from '../../lib/index.ts'
import type { MenuItem } from '../../ui/index.ts'
import { isLive, nodeOf } from './states.ts'

export interface NodeActions {
  readonly allowed: boolean
  kill(instance: Instance): void
  interrupt(instance: Instance): void
  /** One more of a group, in the market that it uses. */
  add(group: Cluster['groups'][number]): void
  menu(instance: Instance): MenuItem[]
}

/** What can be done to a cluster's nodes. `onLast`: it is the last primary node, with which all of the cluster goes. */
export function useNodeActions(cluster: Cluster | undefined, onLast: (instance: Instance) => void): NodeActions {
  const { emr } = useClients()
  const id = cluster?.id ?? ''
  const act = (done: Promise<unknown>, failure: string) => void done.catch((error) => notifyError(failure, error))
  const primaries = cluster?.instances.filter(({ role, state }) => role === 'MASTER' && state === 'RUNNING') ?? []
  const kill = (instance: Instance) =>
    primaries.length === 1 && primaries[0].id === instance.id
      ? onLast(instance)
      : act(emr.loseInstance({ cluster: id, instance: instance.id }), `${nodeOf(instance)} was not killed`)
  const interrupt = (instance: Instance) =>
    act(emr.interruptInstance({ cluster: id, instance: instance.id }), `${nodeOf(instance)} was not interrupted`)
  const remove = (instance: Instance, now: boolean) => {
    const group = cluster?.groups.find((each) => each.id === instance.group)
    if (!group) return
    const { onDemand, spot } = group
    const less =
      instance.market === 'SPOT' ? { spot: spot - instance.weight } : { onDemand: onDemand - instance.weight }
    act(
      emr.resize({ cluster: id, group: group.id, ...less, terminate: [instance.ec2Id], now }),
      `${nodeOf(instance)} was not taken away`,
    )
  }
  return {
    allowed: cluster !== undefined && isLive(cluster),
    kill,
    interrupt,
    add: ({ id: group, onDemand, spot }) =>
      act(
        emr.resize({
          cluster: id,
          group,
          ...(spot > 0 && onDemand === 0 ? { spot: spot + 1 } : { onDemand: onDemand + 1 }),
        }),
        'No node was added',
      ),
    menu: (instance) => [
      ...(instance.role === 'MASTER'
        ? []
        : [
            { title: 'Take away once idle', onSelect: () => remove(instance, false) },
            { title: 'Take away now', onSelect: () => remove(instance, true) },
          ]),
      ...(instance.market === 'SPOT'
        ? [
            {
              title: 'Interrupt Spot in two minutes',
              disabled: instance.interruptedAtMs !== undefined || instance.state !== 'RUNNING',
              onSelect: () => interrupt(instance),
            },
          ]
        : []),
      { title: 'Copy address', onSelect: () => void navigator.clipboard.writeText(instance.address) },
      'separator',
      { title: 'Kill node', shortcut: 'Delete', danger: true, onSelect: () => kill(instance) },
    ],
  }
}
