import type { InstanceFleetConfig, InstanceGroupConfig, JobFlowInstancesConfig } from '@aws-sdk/client-emr'
import { type Allocation, type Group, ROLES } from '../contract.ts'
import { notHonoured, requireHonoured, requireKnown } from './common.ts'

const ALLOCATIONS: readonly Allocation[] = ['lowest-price', 'prioritized', 'capacity-optimized-prioritized']

/** Volumes are taken and mean nothing: a node's disk is a folder. */
export function groupInput(group: InstanceGroupConfig) {
  const honoured = ['BidPrice', 'EbsConfiguration', 'InstanceCount', 'InstanceRole', 'InstanceType', 'Market', 'Name']
  requireHonoured(group, honoured, 'InstanceGroups.')
  const { InstanceCount: count = 0, BidPrice: bid } = group
  const isSpot = group.Market === 'SPOT' || (group.Market === undefined && bid !== undefined)
  return {
    name: group.Name,
    role: requireKnown(ROLES, group.InstanceRole, 'InstanceRole'),
    choices: [{ type: group.InstanceType!, ...(isSpot && (bid ? { bidUsd: Number(bid) } : { bidPercent: 100 })) }],
    ...(isSpot ? { spot: count } : { onDemand: count }),
  }
}

/** The short form: one primary node, and the others core nodes. */
export function groupsOfInstances(instances: JobFlowInstancesConfig): InstanceGroupConfig[] {
  const { InstanceCount: count = 1, MasterInstanceType: primary, SlaveInstanceType: other } = instances
  const master = { InstanceRole: 'MASTER' as const, InstanceType: primary ?? 'm5.xlarge', InstanceCount: 1 }
  if (count <= 1) return [master]
  return [master, { InstanceRole: 'CORE', InstanceType: other ?? master.InstanceType, InstanceCount: count - 1 }]
}

export function fleetInput(fleet: InstanceFleetConfig) {
  const honoured = [
    'InstanceFleetType',
    'InstanceTypeConfigs',
    'LaunchSpecifications',
    'Name',
    'TargetOnDemandCapacity',
    'TargetSpotCapacity',
  ]
  requireHonoured(fleet, honoured, 'InstanceFleets.')
  const { SpotSpecification: spot, OnDemandSpecification: onDemand } = fleet.LaunchSpecifications ?? {}
  requireHonoured(spot, ['AllocationStrategy', 'TimeoutAction', 'TimeoutDurationMinutes'], 'SpotSpecification.')
  requireHonoured(onDemand, ['AllocationStrategy'], 'OnDemandSpecification.')
  return {
    name: fleet.Name,
    role: requireKnown(ROLES, fleet.InstanceFleetType, 'InstanceFleetType'),
    choices: (fleet.InstanceTypeConfigs ?? []).map((choice) => {
      const own = [
        'BidPrice',
        'BidPriceAsPercentageOfOnDemandPrice',
        'EbsConfiguration',
        'InstanceType',
        'Priority',
        'WeightedCapacity',
      ]
      requireHonoured(choice, own, 'InstanceTypeConfigs.')
      return {
        type: choice.InstanceType!,
        weight: choice.WeightedCapacity,
        ...(choice.BidPrice && { bidUsd: Number(choice.BidPrice) }),
        bidPercent: choice.BidPriceAsPercentageOfOnDemandPrice,
        priority: choice.Priority,
      }
    }),
    allocation: { onDemand: allocation(onDemand?.AllocationStrategy), spot: allocation(spot?.AllocationStrategy) },
    onDemand: fleet.TargetOnDemandCapacity,
    spot: fleet.TargetSpotCapacity,
    ...(spot?.TimeoutAction && {
      spotTimeout: { minutes: spot.TimeoutDurationMinutes!, action: spot.TimeoutAction },
    }),
  }
}

function allocation(strategy: string | undefined): Allocation | undefined {
  const known = ALLOCATIONS.find((each) => each === strategy)
  if (strategy === undefined || known) return known
  throw notHonoured(
    `AllocationStrategy ${strategy}`,
    'there is no capacity to optimize for, only prices and priorities',
  )
}

/** As it was asked for; undefined where nothing was. */
export function launchSpecifications({ allocation: { onDemand, spot }, spotTimeout }: Group) {
  return {
    ...(onDemand && { OnDemandSpecification: { AllocationStrategy: onDemand as 'lowest-price' } }),
    ...(spotTimeout && {
      SpotSpecification: {
        TimeoutAction: spotTimeout.action,
        TimeoutDurationMinutes: spotTimeout.minutes,
        AllocationStrategy: spot as 'lowest-price' | undefined,
      },
    }),
  }
}
