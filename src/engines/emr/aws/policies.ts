import {
  CreateSecurityConfiguration$,
  type CreateSecurityConfigurationInput,
  type CreateSecurityConfigurationOutput,
  DeleteSecurityConfiguration$,
  type DeleteSecurityConfigurationInput,
  type DeleteSecurityConfigurationOutput,
  DescribeReleaseLabel$,
  type DescribeReleaseLabelInput,
  type DescribeReleaseLabelOutput,
  DescribeSecurityConfiguration$,
  type DescribeSecurityConfigurationInput,
  type DescribeSecurityConfigurationOutput,
  GetAutoTerminationPolicy$,
  type GetAutoTerminationPolicyInput,
  type GetAutoTerminationPolicyOutput,
  GetManagedScalingPolicy$,
  type GetManagedScalingPolicyInput,
  type GetManagedScalingPolicyOutput,
  ListReleaseLabels$,
  type ListReleaseLabelsInput,
  type ListReleaseLabelsOutput,
  ListSecurityConfigurations$,
  type ListSecurityConfigurationsInput,
  type ListSecurityConfigurationsOutput,
  ListSupportedInstanceTypes$,
  type ListSupportedInstanceTypesInput,
  type ListSupportedInstanceTypesOutput,
  type ManagedScalingPolicy,
  PutAutoTerminationPolicy$,
  type PutAutoTerminationPolicyInput,
  type PutAutoTerminationPolicyOutput,
  PutManagedScalingPolicy$,
  type PutManagedScalingPolicyInput,
  type PutManagedScalingPolicyOutput,
  RemoveAutoTerminationPolicy$,
  type RemoveAutoTerminationPolicyInput,
  type RemoveAutoTerminationPolicyOutput,
  RemoveManagedScalingPolicy$,
  type RemoveManagedScalingPolicyInput,
  type RemoveManagedScalingPolicyOutput,
} from '@aws-sdk/client-emr'
import { invalid } from '../errors.ts'
import { allInstanceTypes } from '../model/instance-types.ts'
import { notHonoured, operation, pageOf, requireHonoured, requireKnown } from './common.ts'
import { APPLICATIONS, RELEASES, releaseOf } from './releases.ts'

const IDLE_S_DEFAULT = 3600
const UNITS = ['Instances', 'InstanceFleetUnits', 'VCPU'] as const

export function scalingInput(policy: ManagedScalingPolicy) {
  requireHonoured(policy, ['ComputeLimits', 'ScalingStrategy'], 'ManagedScalingPolicy.')
  if (policy.ScalingStrategy === 'ADVANCED') throw notHonoured('ScalingStrategy ADVANCED')
  const limits = policy.ComputeLimits
  if (!limits) throw invalid('ComputeLimits are needed.', 'ComputeLimits')
  return {
    limits: {
      unit: requireKnown(UNITS, limits.UnitType, 'UnitType'),
      min: limits.MinimumCapacityUnits!,
      max: limits.MaximumCapacityUnits!,
      maxOnDemand: limits.MaximumOnDemandCapacityUnits,
      maxCore: limits.MaximumCoreCapacityUnits,
    },
  }
}

const PutManagedScalingPolicy = operation<PutManagedScalingPolicyInput, PutManagedScalingPolicyOutput>({
  schema: PutManagedScalingPolicy$,
  run: ({ ClusterId, ManagedScalingPolicy: policy }, { clients }) =>
    clients.emr.modify({ cluster: ClusterId!, scaling: scalingInput(policy!) }).then(() => ({})),
})

const GetManagedScalingPolicy = operation<GetManagedScalingPolicyInput, GetManagedScalingPolicyOutput>({
  schema: GetManagedScalingPolicy$,
  async run({ ClusterId }, { clients }) {
    const { scaling } = await clients.emr.describe({ cluster: ClusterId! })
    if (!scaling) return {}
    const { unit, min, max, maxOnDemand, maxCore } = scaling.limits
    return {
      ManagedScalingPolicy: {
        ComputeLimits: {
          UnitType: unit,
          MinimumCapacityUnits: min,
          MaximumCapacityUnits: max,
          MaximumOnDemandCapacityUnits: maxOnDemand,
          MaximumCoreCapacityUnits: maxCore,
        },
      },
    }
  },
})

const RemoveManagedScalingPolicy = operation<RemoveManagedScalingPolicyInput, RemoveManagedScalingPolicyOutput>({
  schema: RemoveManagedScalingPolicy$,
  run: ({ ClusterId }, { clients }) => clients.emr.modify({ cluster: ClusterId!, scaling: null }).then(() => ({})),
})

const PutAutoTerminationPolicy = operation<PutAutoTerminationPolicyInput, PutAutoTerminationPolicyOutput>({
  schema: PutAutoTerminationPolicy$,
  constraints: { 'AutoTerminationPolicy.IdleTimeout': { range: [60, 604_800] } },
  run: ({ ClusterId, AutoTerminationPolicy }, { clients }) =>
    clients.emr
      .modify({ cluster: ClusterId!, autoTerminationS: AutoTerminationPolicy?.IdleTimeout ?? IDLE_S_DEFAULT })
      .then(() => ({})),
})

const GetAutoTerminationPolicy = operation<GetAutoTerminationPolicyInput, GetAutoTerminationPolicyOutput>({
  schema: GetAutoTerminationPolicy$,
  async run({ ClusterId }, { clients }) {
    const { autoTerminationS } = await clients.emr.describe({ cluster: ClusterId! })
    return autoTerminationS === undefined ? {} : { AutoTerminationPolicy: { IdleTimeout: autoTerminationS } }
  },
})

const RemoveAutoTerminationPolicy = operation<RemoveAutoTerminationPolicyInput, RemoveAutoTerminationPolicyOutput>({
  schema: RemoveAutoTerminationPolicy$,
  run: ({ ClusterId }, { clients }) =>
    clients.emr.modify({ cluster: ClusterId!, autoTerminationS: null }).then(() => ({})),
})

const CreateSecurityConfiguration = operation<CreateSecurityConfigurationInput, CreateSecurityConfigurationOutput>({
  schema: CreateSecurityConfiguration$,
  async run({ Name, SecurityConfiguration }, { clients }) {
    const { name, createdMs } = await clients.emr.createSecurityConfiguration({
      name: Name!,
      text: SecurityConfiguration!,
    })
    return { Name: name, CreationDateTime: new Date(createdMs) }
  },
})

const DescribeSecurityConfiguration = operation<
  DescribeSecurityConfigurationInput,
  DescribeSecurityConfigurationOutput
>({
  schema: DescribeSecurityConfiguration$,
  async run({ Name }, { clients }) {
    const found = (await clients.emr.listSecurityConfigurations({})).find(({ name }) => name === Name)
    if (!found) throw invalid(`Security configuration with name '${Name}' does not exist.`, 'Name')
    return { Name, SecurityConfiguration: found.text, CreationDateTime: new Date(found.createdMs) }
  },
})

const DeleteSecurityConfiguration = operation<DeleteSecurityConfigurationInput, DeleteSecurityConfigurationOutput>({
  schema: DeleteSecurityConfiguration$,
  run: ({ Name }, { clients }) => clients.emr.deleteSecurityConfiguration({ name: Name! }).then(() => ({})),
})

const ListSecurityConfigurations = operation<ListSecurityConfigurationsInput, ListSecurityConfigurationsOutput>({
  schema: ListSecurityConfigurations$,
  async run({ Marker }, { clients }) {
    const { page, ...more } = pageOf(await clients.emr.listSecurityConfigurations({}), Marker)
    const shown = page.map(({ name, createdMs }) => ({ Name: name, CreationDateTime: new Date(createdMs) }))
    return { SecurityConfigurations: shown, ...more }
  },
})

const ListReleaseLabels = operation<ListReleaseLabelsInput, ListReleaseLabelsOutput>({
  schema: ListReleaseLabels$,
  run({ Filters: { Prefix = '', Application } = {}, NextToken, MaxResults = 100 }) {
    // `spark@3.5.6` or `spark`
    const name = Application?.split('@')[0].toLowerCase()
    const known = name === undefined || APPLICATIONS.some((each) => each.toLowerCase() === name)
    const all = known ? RELEASES.filter((label) => label.toLowerCase().startsWith(Prefix.toLowerCase())) : []
    const { page, Marker } = pageOf(all, NextToken, MaxResults)
    return { ReleaseLabels: page, NextToken: Marker }
  },
})

const DescribeReleaseLabel = operation<DescribeReleaseLabelInput, DescribeReleaseLabelOutput>({
  schema: DescribeReleaseLabel$,
  run({ ReleaseLabel }) {
    return { ReleaseLabel: releaseOf(ReleaseLabel, []), Applications: APPLICATIONS.map((Name) => ({ Name })) }
  },
})

const ListSupportedInstanceTypes = operation<ListSupportedInstanceTypesInput, ListSupportedInstanceTypesOutput>({
  schema: ListSupportedInstanceTypes$,
  run({ ReleaseLabel, Marker }) {
    releaseOf(ReleaseLabel, [])
    const { page, ...more } = pageOf(allInstanceTypes(), Marker)
    return {
      SupportedInstanceTypes: page.map(({ type, family, vcpus, memoryMiB }) => ({
        Type: type,
        InstanceFamilyId: family,
        VCPU: vcpus,
        MemoryGB: memoryMiB / 1024,
        Is64BitsOnly: true,
        EbsStorageOnly: true,
        Architecture: family.endsWith('g') ? 'ARM64' : 'X86_64',
      })),
      ...more,
    }
  },
})

export const policyOperations = {
  CreateSecurityConfiguration,
  DeleteSecurityConfiguration,
  DescribeReleaseLabel,
  DescribeSecurityConfiguration,
  GetAutoTerminationPolicy,
  GetManagedScalingPolicy,
  ListReleaseLabels,
  ListSecurityConfigurations,
  ListSupportedInstanceTypes,
  PutAutoTerminationPolicy,
  PutManagedScalingPolicy,
  RemoveAutoTerminationPolicy,
  RemoveManagedScalingPolicy,
}
