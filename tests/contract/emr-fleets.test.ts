import {
  AddInstanceFleetCommand,
  AddTagsCommand,
  GetAutoTerminationPolicyCommand,
  GetManagedScalingPolicyCommand,
  type InstanceFleetConfig,
  ListInstanceFleetsCommand,
  ListInstanceGroupsCommand,
  ModifyInstanceFleetCommand,
  PutAutoTerminationPolicyCommand,
  PutManagedScalingPolicyCommand,
  RemoveAutoTerminationPolicyCommand,
  RemoveManagedScalingPolicyCommand,
  RemoveTagsCommand,
} from '@aws-sdk/client-emr'
import { describe, expect, it } from 'vitest'
import { groups, TestEmr } from '../support/emr.ts'

const MINUTE_MS = 60_000
const primary: InstanceFleetConfig = {
  InstanceFleetType: 'MASTER',
  TargetOnDemandCapacity: 1,
  InstanceTypeConfigs: [{ InstanceType: 'm5.xlarge' }],
}
const core: InstanceFleetConfig = { ...primary, InstanceFleetType: 'CORE' }

const runFleets = (bed: TestEmr, ...InstanceFleets: InstanceFleetConfig[]) =>
  bed.run({ Instances: { InstanceFleets: [primary, ...InstanceFleets], KeepJobFlowAliveWhenNoSteps: true } })

const fleet = async (bed: TestEmr, ClusterId: string, type: string) =>
  (await bed.client.send(new ListInstanceFleetsCommand({ ClusterId }))).InstanceFleets!.find(
    ({ InstanceFleetType }) => InstanceFleetType === type,
  )!

describe('instance fleets', () => {
  it('fill their capacity by weights, with the type of the first priority or the lowest price, and are resized', async () => {
    await using bed = await TestEmr.start()
    const types = [
      { InstanceType: 'm5.2xlarge', WeightedCapacity: 2, Priority: 1 },
      { InstanceType: 'm5.xlarge', WeightedCapacity: 1, Priority: 0 },
    ]
    const id = await runFleets(bed, {
      InstanceFleetType: 'CORE',
      TargetOnDemandCapacity: 3,
      InstanceTypeConfigs: types,
      LaunchSpecifications: { OnDemandSpecification: { AllocationStrategy: 'prioritized' } },
    })
    expect(await bed.untilState(id, 'WAITING')).toMatchObject({ InstanceCollectionType: 'INSTANCE_FLEET' })
    const typesOf = async (fleetId: string) =>
      (await bed.instances(id))
        .filter((its) => its.InstanceFleetId === fleetId && its.Status!.State === 'RUNNING')
        .map(({ InstanceType }) => InstanceType)
    const cores = await fleet(bed, id, 'CORE')
    expect(cores).toMatchObject({
      TargetOnDemandCapacity: 3,
      ProvisionedOnDemandCapacity: 3,
      Status: { State: 'RUNNING' },
      LaunchSpecifications: { OnDemandSpecification: { AllocationStrategy: 'prioritized' } },
    })
    expect(await typesOf(cores.Id!)).toEqual(['m5.xlarge', 'm5.xlarge', 'm5.xlarge'])
    // A unit of c5 costs less than one of m5.
    const { InstanceFleetId } = await bed.client.send(
      new AddInstanceFleetCommand({
        ClusterId: id,
        InstanceFleet: {
          InstanceFleetType: 'TASK',
          TargetOnDemandCapacity: 3,
          InstanceTypeConfigs: [{ InstanceType: 'm5.xlarge' }, { InstanceType: 'c5.2xlarge', WeightedCapacity: 2 }],
        },
      }),
    )
    // Of two instances of two units, one is more than was asked for.
    const grown = await bed.until(
      () => fleet(bed, id, 'TASK'),
      ({ ProvisionedOnDemandCapacity }) => ProvisionedOnDemandCapacity === 4,
    )
    expect(grown.Id).toBe(InstanceFleetId)
    expect(await typesOf(InstanceFleetId!)).toEqual(['c5.2xlarge', 'c5.2xlarge'])
    await bed.client.send(
      new ModifyInstanceFleetCommand({ ClusterId: id, InstanceFleet: { InstanceFleetId, TargetOnDemandCapacity: 2 } }),
    )
    await bed.until(
      () => typesOf(InstanceFleetId!),
      (left) => left.length === 1,
    )
    const refused = (InstanceFleet: InstanceFleetConfig) =>
      bed.client.send(new AddInstanceFleetCommand({ ClusterId: id, InstanceFleet }))
    await expect(refused({ ...core, InstanceFleetType: 'TASK' })).rejects.toThrow(/TASK fleet already/)
    await expect(bed.client.send(new ListInstanceGroupsCommand({ ClusterId: id }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: /mutually exclusive/,
    })
    await expect(
      runFleets(bed, {
        ...core,
        LaunchSpecifications: { OnDemandSpecification: { AllocationStrategy: 'capacity-optimized' as 'prioritized' } },
      }),
    ).rejects.toThrow(/AllocationStrategy/)
  })

  it('take the zone among their subnets where their Spot costs least, and one of a subnet or a zone alone', async () => {
    await using bed = await TestEmr.start()
    const subnets = Array.from({ length: 8 }, (_, i) => `subnet-0${i}a`)
    const Instances = (more: object) => ({
      KeepJobFlowAliveWhenNoSteps: true,
      InstanceFleets: [primary, spot],
      ...more,
    })
    const spot = { ...core, TargetOnDemandCapacity: 0, TargetSpotCapacity: 4 }
    const place = async (instances: object) => {
      const cluster = await bed.describe(await bed.run({ Instances: instances }))
      return cluster.Ec2InstanceAttributes!
    }
    const among = await place(Instances({ Ec2SubnetIds: subnets }))
    expect(subnets).toContain(among.Ec2SubnetId)
    const alone = await Promise.all(subnets.map((subnet) => place(Instances({ Ec2SubnetIds: [subnet] }))))
    const nowMs = bed.gate.engines.clock.now()
    const usd = async (zone: string) =>
      (await bed.clients.emr.spotPrices({ type: 'm5.xlarge', zone, startMs: nowMs, endMs: nowMs + 1 })).points[0].usd
    const prices = await Promise.all(alone.map(({ Ec2AvailabilityZone }) => usd(Ec2AvailabilityZone!)))
    expect(new Set(alone.map(({ Ec2AvailabilityZone }) => Ec2AvailabilityZone)).size).toBeGreaterThan(1)
    expect(await usd(among.Ec2AvailabilityZone!)).toBe(Math.min(...prices))
    expect(among.Ec2AvailabilityZone).toBe(alone[subnets.indexOf(among.Ec2SubnetId!)].Ec2AvailabilityZone)
    expect(await place(Instances({ Placement: { AvailabilityZone: 'us-east-1c' } }))).toMatchObject({
      Ec2AvailabilityZone: 'us-east-1c',
    })
    await expect(
      place(Instances({ Ec2SubnetIds: subnets, Placement: { AvailabilityZone: 'us-east-1c' } })),
    ).rejects.toThrow('not both')
  })

  it('whose Spot does not come in time take on-demand, or end the cluster', async () => {
    await using bed = await TestEmr.start()
    const spot = (TimeoutAction: 'SWITCH_TO_ON_DEMAND' | 'TERMINATE_CLUSTER'): InstanceFleetConfig => ({
      InstanceFleetType: 'CORE',
      TargetSpotCapacity: 1,
      InstanceTypeConfigs: [{ InstanceType: 'm5.xlarge', BidPrice: '0.001' }],
      LaunchSpecifications: { SpotSpecification: { TimeoutAction, TimeoutDurationMinutes: 5 } },
    })
    const switching = await runFleets(bed, spot('SWITCH_TO_ON_DEMAND'))
    const ending = await runFleets(bed, spot('TERMINATE_CLUSTER'))
    await bed.clock.advance(4 * MINUTE_MS)
    expect(await fleet(bed, switching, 'CORE')).toMatchObject({
      TargetSpotCapacity: 1,
      ProvisionedSpotCapacity: 0,
      LaunchSpecifications: { SpotSpecification: { TimeoutAction: 'SWITCH_TO_ON_DEMAND', TimeoutDurationMinutes: 5 } },
    })
    await bed.clock.advance(MINUTE_MS)
    await bed.untilState(switching, 'WAITING')
    expect(await fleet(bed, switching, 'CORE')).toMatchObject({
      TargetSpotCapacity: 0,
      TargetOnDemandCapacity: 1,
      ProvisionedOnDemandCapacity: 1,
    })
    expect((await bed.untilState(ending, 'TERMINATED_WITH_ERRORS')).Status!.StateChangeReason).toMatchObject({
      Message: 'Spot capacity for the CORE fleet did not come in 5 minutes.',
    })
  })
})

describe('managed scaling', () => {
  it('grows a cluster by the containers that wait within its limits, and shrinks it when all is calm', async () => {
    const load = { waiting: 0 }
    const mapreduce = {
      setNodes: async () => ({}),
      loseNode: async () => ({}),
      nodes: async () => [],
      list: async () => [
        { state: 'RUNNING', maps: { waiting: load.waiting, running: 0 }, reduces: { waiting: 0, running: 0 } },
      ],
    }
    await using bed = await TestEmr.start({ fakes: { mapreduce } })
    const id = await bed.run({
      Instances: {
        InstanceGroups: [
          ...groups(1),
          { InstanceRole: 'TASK', InstanceType: 'm5.xlarge', InstanceCount: 1, Market: 'SPOT', BidPrice: '9' },
        ],
        KeepJobFlowAliveWhenNoSteps: true,
      },
    })
    await bed.untilState(id, 'WAITING')
    const put = (limits: object, UnitType: 'Instances' | 'InstanceFleetUnits' = 'Instances') =>
      bed.client.send(
        new PutManagedScalingPolicyCommand({
          ClusterId: id,
          ManagedScalingPolicy: {
            ComputeLimits: { UnitType, MinimumCapacityUnits: 2, MaximumCapacityUnits: 5, ...limits },
          },
        }),
      )
    await expect(put({}, 'InstanceFleetUnits')).rejects.toThrow(/does not go with INSTANCE_GROUP/)
    await expect(put({ MaximumCapacityUnits: 1 })).rejects.toThrow(/MaximumCapacityUnits/)
    await put({ MaximumCoreCapacityUnits: 1 })
    const get = async () =>
      (await bed.client.send(new GetManagedScalingPolicyCommand({ ClusterId: id }))).ManagedScalingPolicy
    expect((await get())!.ComputeLimits).toMatchObject({ MaximumCapacityUnits: 5, MaximumCoreCapacityUnits: 1 })
    const sizes = async () =>
      (await bed.client.send(new ListInstanceGroupsCommand({ ClusterId: id }))).InstanceGroups!.map(
        ({ Market, RunningInstanceCount }) => `${Market} ${RunningInstanceCount}`,
      )
    const become = (...wanted: string[]) => bed.until(sizes, (now) => now.join() === wanted.join())
    load.waiting = 100
    await bed.clock.advance(2 * MINUTE_MS)
    await become('ON_DEMAND 1', 'ON_DEMAND 1', 'SPOT 4')
    load.waiting = 0
    await bed.clock.advance(4 * MINUTE_MS)
    expect(await sizes()).toContain('SPOT 4')
    await bed.clock.advance(2 * MINUTE_MS)
    await become('ON_DEMAND 1', 'ON_DEMAND 1', 'SPOT 1')
    await bed.client.send(new RemoveManagedScalingPolicyCommand({ ClusterId: id }))
    expect(await get()).toBeUndefined()
    load.waiting = 100
    await bed.clock.advance(3 * MINUTE_MS)
    expect(await sizes()).toContain('SPOT 1')
  })
})

it('a policy ends an idle cluster until it is taken away; tags come and go', async () => {
  await using bed = await TestEmr.start()
  const id = await bed.run({ Tags: [{ Key: 'team', Value: 'data' }], AutoTerminationPolicy: { IdleTimeout: 600 } })
  const policy = async () =>
    (await bed.client.send(new GetAutoTerminationPolicyCommand({ ClusterId: id }))).AutoTerminationPolicy
  expect(await policy()).toEqual({ IdleTimeout: 600 })
  const put = (IdleTimeout: number) =>
    bed.client.send(new PutAutoTerminationPolicyCommand({ ClusterId: id, AutoTerminationPolicy: { IdleTimeout } }))
  await expect(put(59)).rejects.toThrow(/idleTimeout/)
  await bed.untilState(id, 'WAITING')
  await bed.client.send(new RemoveAutoTerminationPolicyCommand({ ClusterId: id }))
  expect(await policy()).toBeUndefined()
  await bed.clock.advance(20 * MINUTE_MS)
  const ResourceId = id
  await bed.client.send(
    new AddTagsCommand({
      ResourceId,
      Tags: [
        { Key: 'cost', Value: '7' },
        { Key: 'team', Value: 'ml' },
      ],
    }),
  )
  await bed.client.send(new RemoveTagsCommand({ ResourceId, TagKeys: ['cost'] }))
  expect(await bed.describe(id)).toMatchObject({
    Status: { State: 'WAITING' },
    Tags: [{ Key: 'team', Value: 'ml' }],
  })
  await put(60)
  await bed.untilState(id, 'TERMINATED')
  await expect(bed.client.send(new AddTagsCommand({ ResourceId, Tags: [{ Key: 'a', Value: 'b' }] }))).rejects.toThrow(
    /may not be modified/,
  )
})
