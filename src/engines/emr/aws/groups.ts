import {
  AddInstanceFleet$,
  type AddInstanceFleetInput,
  type AddInstanceFleetOutput,
  AddInstanceGroups$,
  type AddInstanceGroupsInput,
  type AddInstanceGroupsOutput,
  ListInstanceFleets$,
  type ListInstanceFleetsInput,
  type ListInstanceFleetsOutput,
  ListInstanceGroups$,
  type ListInstanceGroupsInput,
  type ListInstanceGroupsOutput,
  ListInstances$,
  type ListInstancesInput,
  type ListInstancesOutput,
  ModifyInstanceFleet$,
  type ModifyInstanceFleetInput,
  ModifyInstanceGroups$,
  type ModifyInstanceGroupsInput,
} from '@aws-sdk/client-emr'
import type { Clients } from '../../contract.ts'
import type { Cluster, Group, Instance, Market } from '../contract.ts'
import { clusterArn, invalid } from '../errors.ts'
import { marketOf } from '../model/choose.ts'
import { dateOf, operation, pageOf, requireHonoured } from './common.ts'
import { fleetInput, groupInput, launchSpecifications } from './group-shapes.ts'

const AddInstanceGroups = operation<AddInstanceGroupsInput, AddInstanceGroupsOutput>({
  schema: AddInstanceGroups$,
  async run({ JobFlowId, InstanceGroups = [] }, { clients }) {
    await required(clients, JobFlowId!, 'INSTANCE_GROUP')
    const { ids } = await clients.emr.addGroups({ cluster: JobFlowId!, groups: InstanceGroups.map(groupInput) })
    return { JobFlowId, InstanceGroupIds: ids, ClusterArn: clusterArn(JobFlowId!) }
  },
})

const AddInstanceFleet = operation<AddInstanceFleetInput, AddInstanceFleetOutput>({
  schema: AddInstanceFleet$,
  async run({ ClusterId, InstanceFleet }, { clients }) {
    const { groups } = await required(clients, ClusterId!, 'INSTANCE_FLEET')
    if (groups.some(({ role }) => role === InstanceFleet!.InstanceFleetType))
      throw invalid(`The cluster has a ${InstanceFleet!.InstanceFleetType} fleet already.`, 'InstanceFleetType')
    const { ids } = await clients.emr.addGroups({ cluster: ClusterId!, groups: [fleetInput(InstanceFleet!)] })
    return { ClusterId, InstanceFleetId: ids[0], ClusterArn: clusterArn(ClusterId!) }
  },
})

const ModifyInstanceGroups = operation<ModifyInstanceGroupsInput, object>({
  schema: ModifyInstanceGroups$,
  async run({ ClusterId, InstanceGroups = [] }, { clients }) {
    for (const change of InstanceGroups) {
      requireHonoured(
        change,
        ['EC2InstanceIdsToTerminate', 'InstanceCount', 'InstanceGroupId', 'ShrinkPolicy'],
        'InstanceGroups.',
      )
      requireHonoured(change.ShrinkPolicy, ['InstanceResizePolicy'], 'ShrinkPolicy.')
      requireHonoured(change.ShrinkPolicy?.InstanceResizePolicy, ['InstancesToTerminate'], 'InstanceResizePolicy.')
      const { cluster, group } = await owner(clients, ClusterId, change.InstanceGroupId!)
      const atOnce = change.EC2InstanceIdsToTerminate ?? []
      const gracefully = change.ShrinkPolicy?.InstanceResizePolicy?.InstancesToTerminate ?? []
      const key = marketOf(group) === 'SPOT' ? 'spot' : 'onDemand'
      const count = change.InstanceCount ?? (atOnce.length > 0 ? group[key] - atOnce.length : undefined)
      await clients.emr.resize({
        cluster: cluster.id,
        group: group.id,
        ...(count !== undefined && { [key]: count }),
        terminate: [...atOnce, ...gracefully],
        now: atOnce.length > 0,
      })
    }
    return {}
  },
})

const ModifyInstanceFleet = operation<ModifyInstanceFleetInput, object>({
  schema: ModifyInstanceFleet$,
  async run({ ClusterId, InstanceFleet }, { clients }) {
    const honoured = ['InstanceFleetId', 'TargetOnDemandCapacity', 'TargetSpotCapacity']
    requireHonoured(InstanceFleet, honoured, 'InstanceFleet.')
    await required(clients, ClusterId!, 'INSTANCE_FLEET')
    await clients.emr.resize({
      cluster: ClusterId!,
      group: InstanceFleet!.InstanceFleetId!,
      onDemand: InstanceFleet!.TargetOnDemandCapacity,
      spot: InstanceFleet!.TargetSpotCapacity,
    })
    return {}
  },
})

const ListInstanceGroups = operation<ListInstanceGroupsInput, ListInstanceGroupsOutput>({
  schema: ListInstanceGroups$,
  async run({ ClusterId, Marker }, { clients }) {
    const cluster = await required(clients, ClusterId!, 'INSTANCE_GROUP')
    const { page, ...more } = pageOf(cluster.groups, Marker)
    return {
      InstanceGroups: page.map((group) => ({
        Id: group.id,
        Name: group.name,
        Market: marketOf(group),
        InstanceGroupType: group.role,
        BidPrice: group.choices[0].bidUsd?.toString(),
        InstanceType: group.choices[0].type,
        RequestedInstanceCount: group.onDemand + group.spot,
        RunningInstanceCount: running(cluster, group).length,
        Status: { ...statusOf(group), State: group.state },
      })),
      ...more,
    }
  },
})

const ListInstanceFleets = operation<ListInstanceFleetsInput, ListInstanceFleetsOutput>({
  schema: ListInstanceFleets$,
  async run({ ClusterId, Marker }, { clients }) {
    const cluster = await required(clients, ClusterId!, 'INSTANCE_FLEET')
    const { page, ...more } = pageOf(cluster.groups, Marker)
    return {
      InstanceFleets: page.map((group) => ({
        Id: group.id,
        Name: group.name,
        InstanceFleetType: group.role,
        TargetOnDemandCapacity: group.onDemand,
        TargetSpotCapacity: group.spot,
        ProvisionedOnDemandCapacity: units(running(cluster, group), 'ON_DEMAND'),
        ProvisionedSpotCapacity: units(running(cluster, group), 'SPOT'),
        InstanceTypeSpecifications: group.choices.map(({ type, weight, bidUsd, bidPercent, priority }) => ({
          InstanceType: type,
          WeightedCapacity: weight,
          BidPrice: bidUsd?.toString(),
          BidPriceAsPercentageOfOnDemandPrice: bidPercent,
          Priority: priority,
        })),
        LaunchSpecifications: launchSpecifications(group),
        Status: { ...statusOf(group), State: group.state === 'ARRESTED' ? 'SUSPENDED' : group.state },
      })),
      ...more,
    }
  },
})

const ListInstances = operation<ListInstancesInput, ListInstancesOutput>({
  schema: ListInstances$,
  async run(input, { clients }) {
    const { groups, instances, collection } = await clients.emr.describe({ cluster: input.ClusterId! })
    const types = input.InstanceGroupTypes ?? (input.InstanceFleetType ? [input.InstanceFleetType] : undefined)
    const group = input.InstanceGroupId ?? input.InstanceFleetId
    if (group !== undefined && !groups.some(({ id }) => id === group)) throw invalid(`${group} is not of this cluster.`)
    const found = instances.filter(
      (its) =>
        (group === undefined || its.group === group) &&
        (!types?.length || types.includes(its.role)) &&
        (!input.InstanceStates?.length || input.InstanceStates.includes(its.state)),
    )
    const { page, ...more } = pageOf(found, input.Marker, 2000)
    return { Instances: page.map((its) => instanceOutput(its, collection)), ...more }
  },
})

function instanceOutput(its: Instance, collection: Cluster['collection']) {
  return {
    Id: its.id,
    Ec2InstanceId: its.ec2Id,
    PrivateDnsName: `ip-${its.address.replaceAll('.', '-')}.ec2.internal`,
    PrivateIpAddress: its.address,
    Status: { ...statusOf(its), State: its.state },
    ...(collection === 'INSTANCE_GROUP' ? { InstanceGroupId: its.group } : { InstanceFleetId: its.group }),
    Market: its.market,
    InstanceType: its.type,
    EbsVolumes: [],
  }
}

const statusOf = ({
  reason,
  createdMs,
  readyMs,
  endedMs,
}: Pick<Group | Instance, 'reason' | 'createdMs' | 'readyMs' | 'endedMs'>) => ({
  StateChangeReason: { Code: reason?.code as 'INSTANCE_FAILURE', Message: reason?.message ?? '' },
  Timeline: { CreationDateTime: dateOf(createdMs), ReadyDateTime: dateOf(readyMs), EndDateTime: dateOf(endedMs) },
})

const running = ({ instances }: Cluster, { id }: Group): Instance[] =>
  instances.filter(({ group, state }) => group === id && state === 'RUNNING')

const units = (instances: readonly Instance[], market: Market): number =>
  instances.reduce((sum, its) => sum + (its.market === market ? its.weight : 0), 0)

async function required(
  { emr }: Pick<Clients, 'emr'>,
  id: string,
  collection: Cluster['collection'],
): Promise<Cluster> {
  const cluster = await emr.describe({ cluster: id })
  if (cluster.collection !== collection)
    throw invalid(
      `Instance ${collection === 'INSTANCE_GROUP' ? 'groups and instance fleets' : 'fleets and instance groups'} are mutually exclusive: the cluster has the other.`,
      'ClusterId',
    )
  return cluster
}

/** The older form names no cluster. */
async function owner({ emr }: Pick<Clients, 'emr'>, id: string | undefined, groupId: string) {
  const clusters = id === undefined ? await emr.list({}) : [await required({ emr }, id, 'INSTANCE_GROUP')]
  for (const cluster of clusters) {
    const group = cluster.groups.find((each) => each.id === groupId)
    if (group) return { cluster, group }
  }
  throw invalid(`The instance group ${groupId} does not exist.`, 'InstanceGroupId')
}

export const groupOperations = {
  AddInstanceFleet,
  AddInstanceGroups,
  ListInstanceFleets,
  ListInstanceGroups,
  ListInstances,
  ModifyInstanceFleet,
  ModifyInstanceGroups,
}
