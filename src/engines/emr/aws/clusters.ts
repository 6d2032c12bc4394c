import {
  AddTags$,
  type AddTagsInput,
  type AddTagsOutput,
  type ClusterStatus,
  DescribeCluster$,
  type DescribeClusterInput,
  type DescribeClusterOutput,
  type JobFlowInstancesConfig,
  ListBootstrapActions$,
  type ListBootstrapActionsInput,
  type ListBootstrapActionsOutput,
  ListClusters$,
  type ListClustersInput,
  type ListClustersOutput,
  ModifyCluster$,
  type ModifyClusterInput,
  type ModifyClusterOutput,
  RemoveTags$,
  type RemoveTagsInput,
  type RemoveTagsOutput,
  RunJobFlow$,
  type RunJobFlowInput,
  type RunJobFlowOutput,
  SetKeepJobFlowAliveWhenNoSteps$,
  type SetKeepJobFlowAliveWhenNoStepsInput,
  SetTerminationProtection$,
  type SetTerminationProtectionInput,
  SetUnhealthyNodeReplacement$,
  type SetUnhealthyNodeReplacementInput,
  SetVisibleToAllUsers$,
  type SetVisibleToAllUsersInput,
  TerminateJobFlows$,
  type TerminateJobFlowsInput,
} from '@aws-sdk/client-emr'
import { CLUSTER_STATES, type Cluster, type Cost, type Place } from '../contract.ts'
import { clusterArn, invalid } from '../errors.ts'
import { zoneOfSubnet } from '../model/zone.ts'
import { dateOf, operation, pageOf, requireHonoured, requireKnown, tagsOf } from './common.ts'
import { fleetInput, groupInput, groupsOfInstances } from './group-shapes.ts'
import { scalingInput } from './policies.ts'
import { releaseOf } from './releases.ts'
import { configurationsOf, stepInput } from './shapes.ts'

/** What places instances in a network and an account has no meaning on one machine: it is taken and shown again, as the README says. */
const OF_AN_ACCOUNT = ['ServiceRole', 'JobFlowRole', 'AutoScalingRole', 'ScaleDownBehavior'] as const
const OF_A_NETWORK = [
  'Ec2KeyName',
  'Ec2SubnetId',
  'EmrManagedMasterSecurityGroup',
  'EmrManagedSlaveSecurityGroup',
  'ServiceAccessSecurityGroup',
] as const

const RunJobFlow = operation<RunJobFlowInput, RunJobFlowOutput>({
  schema: RunJobFlow$,
  constraints: { StepConcurrencyLevel: { range: [1, 256] } },
  async run(input, { clients }) {
    requireHonoured(input, [
      'Applications',
      'AutoTerminationPolicy',
      'BootstrapActions',
      'Configurations',
      'EbsRootVolumeSize',
      'Instances',
      'LogUri',
      'ManagedScalingPolicy',
      'Name',
      'ReleaseLabel',
      'SecurityConfiguration',
      'StepConcurrencyLevel',
      'Steps',
      'Tags',
      'VisibleToAllUsers',
      ...OF_AN_ACCOUNT,
    ])
    const { Instances: instances = {} } = input
    requireHonoured(
      instances,
      [
        'AdditionalMasterSecurityGroups',
        'AdditionalSlaveSecurityGroups',
        'Ec2SubnetIds',
        'InstanceCount',
        'InstanceFleets',
        'InstanceGroups',
        'KeepJobFlowAliveWhenNoSteps',
        'MasterInstanceType',
        'Placement',
        'SlaveInstanceType',
        'TerminationProtected',
        'UnhealthyNodeReplacement',
        ...OF_A_NETWORK,
      ],
      'Instances.',
    )
    if ((instances.Ec2SubnetIds?.length ?? 0) > 0 && !instances.InstanceFleets)
      throw invalid('Ec2SubnetIds are for instance fleets; a group has one Ec2SubnetId.', 'Ec2SubnetIds')
    const applications = (input.Applications ?? []).map(({ Name = '' }) => Name)
    const cluster = await clients.emr.run({
      name: input.Name!,
      releaseLabel: releaseOf(input.ReleaseLabel, applications),
      collection: instances.InstanceFleets ? 'INSTANCE_FLEET' : 'INSTANCE_GROUP',
      applications,
      groups: instances.InstanceFleets
        ? instances.InstanceFleets.map(fleetInput)
        : (instances.InstanceGroups ?? groupsOfInstances(instances)).map(groupInput),
      steps: (input.Steps ?? []).map(stepInput),
      bootstrap: (input.BootstrapActions ?? []).map(
        ({ Name = '', ScriptBootstrapAction: { Path = '', Args = [] } = { Path: '' } }) => ({
          name: Name,
          path: Path,
          args: Args,
        }),
      ),
      keepAlive: instances.KeepJobFlowAliveWhenNoSteps,
      terminationProtected: instances.TerminationProtected,
      replaceUnhealthy: instances.UnhealthyNodeReplacement,
      visibleToAllUsers: input.VisibleToAllUsers,
      stepConcurrency: input.StepConcurrencyLevel,
      logUri: input.LogUri || undefined,
      places: placesOf(instances),
      configurations: configurationsOf(input.Configurations),
      securityConfiguration: input.SecurityConfiguration || undefined,
      scaling: input.ManagedScalingPolicy && scalingInput(input.ManagedScalingPolicy),
      autoTerminationS: input.AutoTerminationPolicy?.IdleTimeout,
      tags: tagsOf(input.Tags),
      taken: {
        ...given(input, OF_AN_ACCOUNT),
        ...given(instances, OF_A_NETWORK),
      },
    })
    return { JobFlowId: cluster.id, ClusterArn: clusterArn(cluster.id) }
  },
})

/** Where a cluster may be: in one of its subnets, or one of its zones. */
function placesOf({ Ec2SubnetId, Ec2SubnetIds = [], Placement = {} }: JobFlowInstancesConfig): Place[] {
  const subnets = Ec2SubnetId ? [Ec2SubnetId] : Ec2SubnetIds
  const zones = Placement.AvailabilityZone ? [Placement.AvailabilityZone] : (Placement.AvailabilityZones ?? [])
  if (subnets.length > 0 && zones.length > 0)
    throw invalid('A subnet lies in a zone: name subnets or an Availability Zone, not both.', 'Placement')
  return subnets.length > 0
    ? subnets.map((subnet) => ({ zone: zoneOfSubnet(subnet), subnet }))
    : zones.map((zone) => ({ zone }))
}

const DescribeCluster = operation<DescribeClusterInput, DescribeClusterOutput>({
  schema: DescribeCluster$,
  async run({ ClusterId }, { clients }) {
    const cluster = await clients.emr.describe({ cluster: ClusterId! })
    const { taken, id } = cluster
    const leader = cluster.instances.find((its) => its.leader)
    const [base, version] = cluster.releaseLabel.split('-')
    return {
      Cluster: {
        Id: id,
        ClusterArn: clusterArn(id),
        Name: cluster.name,
        Status: statusOf(cluster),
        Ec2InstanceAttributes: {
          Ec2AvailabilityZone: cluster.zone,
          Ec2SubnetId: taken.Ec2SubnetId,
          Ec2KeyName: taken.Ec2KeyName,
          IamInstanceProfile: taken.JobFlowRole,
          EmrManagedMasterSecurityGroup: taken.EmrManagedMasterSecurityGroup,
          EmrManagedSlaveSecurityGroup: taken.EmrManagedSlaveSecurityGroup,
          ServiceAccessSecurityGroup: taken.ServiceAccessSecurityGroup,
        },
        InstanceCollectionType: cluster.collection,
        LogUri: cluster.logUri,
        ReleaseLabel: cluster.releaseLabel,
        RunningAmiVersion: base === 'emr' ? version : undefined,
        AutoTerminate: !cluster.keepAlive,
        TerminationProtected: cluster.terminationProtected,
        UnhealthyNodeReplacement: cluster.replaceUnhealthy,
        VisibleToAllUsers: cluster.visibleToAllUsers,
        Applications: cluster.applications.map((Name) => ({ Name })),
        Tags: Object.entries(cluster.tags).map(([Key, Value]) => ({ Key, Value })),
        ServiceRole: taken.ServiceRole,
        AutoScalingRole: taken.AutoScalingRole,
        ScaleDownBehavior: (taken.ScaleDownBehavior ??
          'TERMINATE_AT_TASK_COMPLETION') as 'TERMINATE_AT_TASK_COMPLETION',
        NormalizedInstanceHours: cluster.cost.normalizedHours,
        MasterPublicDnsName: leader && `ip-${leader.address.replaceAll('.', '-')}.ec2.internal`,
        Configurations: cluster.configurations.map(({ classification, properties }) => ({
          Classification: classification,
          Properties: properties,
        })),
        SecurityConfiguration: cluster.securityConfiguration,
        StepConcurrencyLevel: cluster.stepConcurrency,
      },
    }
  },
})

const ListClusters = operation<ListClustersInput, ListClustersOutput>({
  schema: ListClusters$,
  async run({ ClusterStates, CreatedAfter, CreatedBefore, Marker }, { clients }) {
    for (const state of ClusterStates ?? []) requireKnown(CLUSTER_STATES, state, 'ClusterStates')
    const all = (await clients.emr.list({})).filter(
      ({ state, createdMs }) =>
        (!ClusterStates?.length || ClusterStates.includes(state)) &&
        (!CreatedAfter || createdMs >= CreatedAfter.getTime()) &&
        (!CreatedBefore || createdMs <= CreatedBefore.getTime()),
    )
    const { page, ...more } = pageOf(all, Marker)
    const described = await Promise.all(page.map(({ id }) => clients.emr.describe({ cluster: id })))
    return { Clusters: described.map(summary), ...more }
  },
})

const TerminateJobFlows = operation<TerminateJobFlowsInput, object>({
  schema: TerminateJobFlows$,
  async run({ JobFlowIds = [] }, { clients }) {
    const clusters = await Promise.all(JobFlowIds.map((cluster) => clients.emr.describe({ cluster })))
    // One that is protected keeps all others of the call (TerminateJobFlows is all or nothing here, so that it can be called again).
    if (clusters.some(({ terminationProtected, endedMs }) => terminationProtected && endedMs === undefined))
      throw invalid('Could not shut down one or more job flows since they are termination protected.', 'JobFlowIds')
    for (const { id } of clusters) await clients.emr.terminate({ cluster: id })
    return {}
  },
})

const ModifyCluster = operation<ModifyClusterInput, ModifyClusterOutput>({
  schema: ModifyCluster$,
  constraints: { StepConcurrencyLevel: { range: [1, 256] } },
  async run(input, { clients }) {
    requireHonoured(input, ['ClusterId', 'StepConcurrencyLevel'])
    const { stepConcurrency } = await clients.emr.modify({
      cluster: input.ClusterId!,
      stepConcurrency: input.StepConcurrencyLevel,
    })
    return { StepConcurrencyLevel: stepConcurrency }
  },
})

const SetKeepJobFlowAliveWhenNoSteps = operation<SetKeepJobFlowAliveWhenNoStepsInput, object>({
  schema: SetKeepJobFlowAliveWhenNoSteps$,
  async run({ JobFlowIds = [], KeepJobFlowAliveWhenNoSteps }, { clients }) {
    for (const cluster of JobFlowIds) await clients.emr.modify({ cluster, keepAlive: KeepJobFlowAliveWhenNoSteps })
    return {}
  },
})

const SetTerminationProtection = operation<SetTerminationProtectionInput, object>({
  schema: SetTerminationProtection$,
  async run({ JobFlowIds = [], TerminationProtected }, { clients }) {
    for (const cluster of JobFlowIds) await clients.emr.modify({ cluster, terminationProtected: TerminationProtected })
    return {}
  },
})

const SetUnhealthyNodeReplacement = operation<SetUnhealthyNodeReplacementInput, object>({
  schema: SetUnhealthyNodeReplacement$,
  async run({ JobFlowIds = [], UnhealthyNodeReplacement }, { clients }) {
    for (const cluster of JobFlowIds) await clients.emr.modify({ cluster, replaceUnhealthy: UnhealthyNodeReplacement })
    return {}
  },
})

const SetVisibleToAllUsers = operation<SetVisibleToAllUsersInput, object>({
  schema: SetVisibleToAllUsers$,
  async run({ JobFlowIds = [], VisibleToAllUsers }, { clients }) {
    for (const cluster of JobFlowIds) await clients.emr.modify({ cluster, visibleToAllUsers: VisibleToAllUsers })
    return {}
  },
})

const ListBootstrapActions = operation<ListBootstrapActionsInput, ListBootstrapActionsOutput>({
  schema: ListBootstrapActions$,
  async run({ ClusterId, Marker }, { clients }) {
    const { bootstrap } = await clients.emr.describe({ cluster: ClusterId! })
    const { page, ...more } = pageOf(bootstrap, Marker)
    return {
      BootstrapActions: page.map(({ name, path, args }) => ({ Name: name, ScriptPath: path, Args: args })),
      ...more,
    }
  },
})

const AddTags = operation<AddTagsInput, AddTagsOutput>({
  schema: AddTags$,
  run: ({ ResourceId, Tags }, { clients }) =>
    clients.emr.tag({ cluster: ResourceId!, add: tagsOf(Tags), remove: [] }).then(() => ({})),
})

const RemoveTags = operation<RemoveTagsInput, RemoveTagsOutput>({
  schema: RemoveTags$,
  run: ({ ResourceId, TagKeys = [] }, { clients }) =>
    clients.emr.tag({ cluster: ResourceId!, add: {}, remove: TagKeys }).then(() => ({})),
})

function statusOf({ state, reason, createdMs, readyMs, endedMs }: Cluster): ClusterStatus {
  return {
    State: state,
    StateChangeReason: { Code: reason?.code as 'USER_REQUEST', Message: reason?.message },
    Timeline: { CreationDateTime: dateOf(createdMs), ReadyDateTime: dateOf(readyMs), EndDateTime: dateOf(endedMs) },
  }
}

const summary = (cluster: Cluster & { cost: Cost }) => ({
  Id: cluster.id,
  Name: cluster.name,
  ClusterArn: clusterArn(cluster.id),
  Status: statusOf(cluster),
  NormalizedInstanceHours: cluster.cost.normalizedHours,
})

/** The members that are given, as texts. */
const given = (input: object, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(input).filter(([name, value]) => names.includes(name) && value)) as Record<
    string,
    string
  >

export const clusterOperations = {
  AddTags,
  DescribeCluster,
  ListBootstrapActions,
  ListClusters,
  ModifyCluster,
  RemoveTags,
  RunJobFlow,
  SetKeepJobFlowAliveWhenNoSteps,
  SetTerminationProtection,
  SetUnhealthyNodeReplacement,
  SetVisibleToAllUsers,
  TerminateJobFlows,
}
