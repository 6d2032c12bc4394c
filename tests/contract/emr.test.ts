import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  AddInstanceGroupsCommand,
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  CreateSecurityConfigurationCommand,
  CreateStudioCommand,
  ListInstanceGroupsCommand,
  ListStepsCommand,
  ModifyClusterCommand,
  ModifyInstanceGroupsCommand,
  PutAutoTerminationPolicyCommand,
  SetTerminationProtectionCommand,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import { describe, expect, it } from 'vitest'
import { readPrices, writePrices } from '../../src/engines/kit/node/prices.ts'
import { groups, shell, TestEmr } from '../support/emr.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')

describe('a cluster', () => {
  it('starts, bootstraps each node, runs its steps as processes, leaves its logs and is gone', async () => {
    await using bed = await TestEmr.start()
    const go = join(bed.gate.engines.workspaceDirectory, 'go')
    await bed.put('data', 'boot.sh', `#!/bin/sh\nuntil [ -e ${go} ]; do sleep 0.02; done\necho "$EMR_IS_MASTER $1"\n`)
    await bed.put('data', 'hello.sh', '#!/bin/sh\necho "hello $1 in $EMR_CLUSTER_ID"; echo careful >&2\n')
    const id = await bed.run({
      Instances: { InstanceGroups: groups(2) },
      LogUri: 's3://data/logs/',
      BootstrapActions: [{ Name: 'boot', ScriptBootstrapAction: { Path: 's3://data/boot.sh', Args: ['x'] } }],
      Steps: [
        {
          Name: 'script',
          HadoopJarStep: {
            Jar: 's3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar',
            Args: ['s3://data/hello.sh', 'you'],
          },
        },
      ],
    })
    expect((await bed.describe(id)).Status!.State).toBe('STARTING')
    const provisioned = bed.clock.advance(10_000)
    await expect.poll(async () => (await bed.describe(id)).Status!.State).toBe('BOOTSTRAPPING')
    writeFileSync(go, '')
    await provisioned
    const ended = await bed.untilState(id, 'TERMINATED', 'TERMINATED_WITH_ERRORS')
    expect(ended.Status).toMatchObject({
      State: 'TERMINATED',
      StateChangeReason: { Code: 'ALL_STEPS_COMPLETED', Message: 'Steps completed' },
    })
    const { Steps } = await bed.client.send(new ListStepsCommand({ ClusterId: id }))
    expect(Steps).toMatchObject([{ Name: 'script', Status: { State: 'COMPLETED' } }])
    expect(await bed.log(id, Steps![0].Id!)).toBe(`hello you in ${id}\n`)
    const { objects } = await bed.clients.lake.listObjects({ bucket: 'data', prefix: 'logs/' })
    const read = async (key: string) =>
      text(gunzipSync((await bed.clients.lake.getObject({ bucket: 'data', key })).body))
    expect(await read(`logs/${id}/steps/${Steps![0].Id}/stderr.gz`)).toBe('careful\n')
    const boots = objects.filter(({ key }) => key.endsWith('/bootstrap-actions/1/stdout.gz'))
    expect((await Promise.all(boots.map(({ key }) => read(key)))).toSorted()).toEqual([
      'false x\n',
      'false x\n',
      'true x\n',
    ])
    expect((await bed.clients.hdfs.listClusters({})).clusters).toEqual(['local'])
    expect((await bed.instances(id)).map(({ Status }) => Status!.State)).toEqual([
      'TERMINATED',
      'TERMINATED',
      'TERMINATED',
    ])
  })

  it('waits, is modified, protected, counted in dollars, and terminated by its user', async () => {
    await using bed = await TestEmr.start()
    const id = await bed.run()
    const ready = await bed.untilState(id, 'WAITING')
    expect(ready).toMatchObject({
      AutoTerminate: false,
      InstanceCollectionType: 'INSTANCE_GROUP',
      Status: { StateChangeReason: { Message: 'Cluster ready to run steps.' } },
    })
    await bed.client.send(new SetTerminationProtectionCommand({ JobFlowIds: [id], TerminationProtected: true }))
    const terminate = () => bed.client.send(new TerminateJobFlowsCommand({ JobFlowIds: [id] }))
    await expect(terminate()).rejects.toMatchObject({ name: 'ValidationException', message: /termination protected/ })
    await bed.client.send(new SetTerminationProtectionCommand({ JobFlowIds: [id], TerminationProtected: false }))
    const before = (await bed.clients.emr.describe({ cluster: id })).cost
    await bed.clock.advance(3600_000)
    const { cost } = await bed.clients.emr.describe({ cluster: id })
    // Two m5.xlarge: EC2 and EMR.
    expect(cost.hourUsd).toBeCloseTo(2 * (0.192 + 0.048), 6)
    expect(cost.totalUsd - before.totalUsd).toBeCloseTo(cost.hourUsd, 1)
    // One of them takes the place of a reserved instance; what was before is counted anew, as on a bill.
    writePrices(
      { workspaceDirectory: bed.gate.engines.workspaceDirectory },
      {
        ...readPrices({ workspaceDirectory: bed.gate.engines.workspaceDirectory, resourcesDirectory: 'resources' }),
        reserved: [{ type: 'm5.xlarge', count: 1, hourUsd: 0.1 }],
      },
    )
    const { cost: reserved } = await bed.clients.emr.describe({ cluster: id })
    expect(reserved.hourUsd).toBeCloseTo(0.192 + 0.1 + 2 * 0.048, 6)
    expect(reserved.totalUsd / cost.totalUsd).toBeCloseTo(reserved.hourUsd / cost.hourUsd, 2)
    expect(Object.values(reserved.reserved)).toEqual([0.1])
    const { clients } = bed
    const metrics = await clients.cloudwatch.listMetrics({
      namespace: 'AWS/ElasticMapReduce',
      name: 'CoreNodesRunning',
    })
    expect(metrics[0].dimensions).toEqual([{ name: 'JobFlowId', value: id }])
    await terminate()
    expect((await bed.untilState(id, 'TERMINATED')).Status!.StateChangeReason).toEqual({
      Code: 'USER_REQUEST',
      Message: 'Terminated by user request',
    })
  })

  it('ends with errors where a bootstrap action fails, and by itself when it has been idle', async () => {
    await using bed = await TestEmr.start()
    await bed.put('data', 'bad.sh', '#!/bin/sh\nexit 3\n')
    const failing = await bed.run({
      BootstrapActions: [{ Name: 'bad', ScriptBootstrapAction: { Path: 's3://data/bad.sh' } }],
    })
    const idle = await bed.run()
    await bed.client.send(
      new PutAutoTerminationPolicyCommand({ ClusterId: idle, AutoTerminationPolicy: { IdleTimeout: 120 } }),
    )
    expect((await bed.untilState(failing, 'TERMINATED_WITH_ERRORS')).Status!.StateChangeReason).toMatchObject({
      Code: 'BOOTSTRAP_FAILURE',
      Message: expect.stringMatching(/bootstrap action 1 returned a non-zero return code/),
    })
    expect((await bed.untilState(idle, 'TERMINATED')).Status!.Timeline!.EndDateTime).toBeDefined()
  })
})

describe('steps', () => {
  it('fail with what they said; what comes after goes by ActionOnFailure', async () => {
    await using bed = await TestEmr.start()
    const id = await bed.run()
    const add = async (...Steps: ReturnType<typeof shell>[]) =>
      (await bed.client.send(new AddJobFlowStepsCommand({ JobFlowId: id, Steps }))).StepIds!
    const [bad, next] = await add(shell('echo broken >&2; exit 4'), shell('echo on'))
    expect(await bed.step(id, bad)).toMatchObject({
      Status: { State: 'FAILED', FailureDetails: { Message: 'broken' } },
    })
    expect((await bed.step(id, next)).Status!.State).toBe('COMPLETED')
    const [fails, cancelled] = await add(shell('exit 1', { ActionOnFailure: 'CANCEL_AND_WAIT' }), shell('true'))
    await bed.step(id, fails)
    expect((await bed.step(id, cancelled)).Status!.State).toBe('CANCELLED')
    expect((await bed.untilState(id, 'WAITING')).Status!.StateChangeReason!.Message).toMatch(
      /^Cluster ready after last step/,
    )
    await add(shell('exit 1', { ActionOnFailure: 'TERMINATE_CLUSTER' }))
    expect((await bed.untilState(id, 'TERMINATED_WITH_ERRORS')).Status!.StateChangeReason).toEqual({
      Code: 'STEP_FAILURE',
      Message: 'Shut down as step failed',
    })
    await expect(add(shell('true'))).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('run at once as far as the cluster allows, and are cancelled with all their processes', async () => {
    await using bed = await TestEmr.start()
    const id = await bed.run({ StepConcurrencyLevel: 2 })
    const { StepIds } = await bed.client.send(
      new AddJobFlowStepsCommand({
        JobFlowId: id,
        Steps: [shell('sleep 300 & sleep 300'), shell('sleep 300'), shell('true')],
      }),
    )
    const states = async () =>
      (await bed.client.send(new ListStepsCommand({ ClusterId: id }))).Steps!.map(({ Status }) => Status!.State)
    await expect
      .poll(async () => {
        bed.clock.advance(20_000).catch(() => {})
        return states()
      })
      .toEqual(['PENDING', 'RUNNING', 'RUNNING'])
    await expect(
      bed.client.send(
        new AddJobFlowStepsCommand({ JobFlowId: id, Steps: [shell('true', { ActionOnFailure: 'CANCEL_AND_WAIT' })] }),
      ),
    ).rejects.toMatchObject({ name: 'ValidationException' })
    const cancel = (StepCancellationOption?: 'TERMINATE_PROCESS') =>
      bed.client.send(
        new CancelStepsCommand({ ClusterId: id, StepIds, ...(StepCancellationOption && { StepCancellationOption }) }),
      )
    expect((await cancel()).CancelStepsInfoList!.map(({ Status }) => Status)).toEqual(['FAILED', 'FAILED', 'SUBMITTED'])
    await cancel('TERMINATE_PROCESS')
    await expect.poll(states).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED'])
    await bed.client.send(new ModifyClusterCommand({ ClusterId: id, StepConcurrencyLevel: 1 }))
  })

  it('have no more than their node together: one that does not fit waits, and those behind it too', async () => {
    await using bed = await TestEmr.start()
    const id = await bed.run()
    await bed.untilState(id, 'WAITING')
    const add = async (...Steps: ReturnType<typeof shell>[]) =>
      (await bed.client.send(new AddJobFlowStepsCommand({ JobFlowId: id, Steps }))).StepIds!
    const steps = () => bed.clients.emr.listSteps({ cluster: id })
    const states = async () => (await steps()).map(({ state }) => state)
    const [first] = await add(shell('sleep 300'))
    await expect.poll(states).toEqual(['RUNNING'])
    await bed.client.send(new ModifyClusterCommand({ ClusterId: id, StepConcurrencyLevel: 3 }))
    await add(shell('sleep 300'), shell('sleep 300'))
    await expect.poll(async () => (await steps())[1].reason?.message).toMatch(/^Waits for room on the primary node/)
    expect(await states()).toEqual(['RUNNING', 'PENDING', 'PENDING'])
    await bed.client.send(
      new CancelStepsCommand({ ClusterId: id, StepIds: [first], StepCancellationOption: 'TERMINATE_PROCESS' }),
    )
    await expect.poll(states).toEqual(['CANCELLED', 'RUNNING', 'RUNNING'])
    const [whole, ...parts] = (await steps()).map(({ resources }) => resources!)
    for (const part of parts) {
      expect(part.memoryMiB).toBe(Math.floor(whole.memoryMiB / 3))
      expect(part.vcpus).toBeCloseTo(whole.vcpus / 3)
    }
    await expect(
      add(
        shell('', {
          HadoopJarStep: { Jar: 'command-runner.jar', Args: ['sh', '-c', 'true', '--driver-memory', '900g'] },
        }),
      ),
    ).rejects.toThrow(/Required driver memory/)
    await bed.clients.emr.terminate({ cluster: id })
    await bed.untilState(id, 'TERMINATED')
  })

  it('run SQL of Hive on the embedded engine, Hadoop Streaming on MapReduce, and copies to the lake', async () => {
    await using bed = await TestEmr.start({ sql: true })
    await bed.put('data', 'in/words.txt', 'b a\na c\n')
    await bed.put(
      'data',
      'q.sql',
      `CREATE EXTERNAL TABLE IF NOT EXISTS lines (line string) LOCATION 's3://data/in/';\nSELECT count(*), '\${greeting}' FROM lines;
       SELECT 1 / 2, 7 div 2, 1 / 0, 5 % 0, split('a,b', ',')[0], split('a', ',')[1], map('k', 1)['k'];`,
    )
    const id = await bed.run()
    const { StepIds } = await bed.client.send(
      new AddJobFlowStepsCommand({
        JobFlowId: id,
        Steps: [
          {
            Name: 'sql',
            HadoopJarStep: {
              Jar: 'command-runner.jar',
              Args: ['hive-script', '--run-hive-script', '--args', '-f', 's3://data/q.sql', '-d', 'greeting=hi'],
            },
          },
          {
            Name: 'in',
            HadoopJarStep: {
              Jar: 'command-runner.jar',
              Args: ['s3-dist-cp', '--src', 's3://data/in', '--dest', 'hdfs:///in'],
            },
          },
          {
            Name: 'count',
            HadoopJarStep: {
              Jar: 'command-runner.jar',
              Args: [
                'hadoop-streaming',
                '-input',
                '/in',
                '-output',
                's3://data/out',
                '-mapper',
                "tr ' ' '\\n'",
                '-reducer',
                'uniq -c',
              ],
            },
          },
        ],
      }),
    )
    for (const step of StepIds!)
      expect((await bed.step(id, step)).Status, await bed.log(id, step, 'stderr')).toMatchObject({ State: 'COMPLETED' })
    expect(await bed.log(id, StepIds![0])).toBe('2\thi\n0.5\t3\tNULL\tNULL\ta\tNULL\t1\n')
    expect((await bed.clients.hdfs.list({ cluster: id, path: '/in' })).map(({ name }) => name)).toEqual(['words.txt'])
    const { objects } = await bed.clients.lake.listObjects({ bucket: 'data', prefix: 'out/part' })
    const out = await bed.clients.lake.getObject({ bucket: 'data', key: objects[0].key })
    expect(
      text(out.body)
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).join(' ')),
    ).toEqual(['2 a', '1 b', '1 c'])
  })
})

describe('nodes', () => {
  it('a core node that is lost is replaced, and HDFS heals; a task node takes nothing with it', async () => {
    await using bed = await TestEmr.start()
    const id = await bed.run({
      Instances: { InstanceGroups: groups(3, 1), KeepJobFlowAliveWhenNoSteps: true },
      Configurations: [{ Classification: 'hdfs-site', Properties: { 'dfs.replication': '2' } }],
    })
    await bed.untilState(id, 'WAITING')
    const { hdfs } = bed.clients
    const { handle } = await hdfs.create({ cluster: id, path: '/kept' })
    await hdfs.write({ handle, bytes: new Uint8Array(200_000).fill(7) })
    await hdfs.close({ handle })
    const [{ replicas }] = await hdfs.blocks({ cluster: id, path: '/kept' })
    const node = replicas[0].node
    const lost = (await bed.instances(id)).find(({ PrivateDnsName }) => PrivateDnsName!.startsWith(`${node}.`))!
    await bed.clients.emr.loseInstance({ cluster: id, instance: lost.Id! })
    await bed.clock.advance(11 * 60_000)
    const healed = await bed.until(
      () => hdfs.describe({ cluster: id }),
      ({ underReplicated, nodes }) =>
        underReplicated === 0 && nodes.length === 3 && !nodes.some(({ name }) => name === node),
    )
    expect(healed).toMatchObject({ missing: 0 })
    const task = (await bed.instances(id)).find(({ InstanceType }) => InstanceType === 'c5.xlarge')!
    await bed.clients.emr.loseInstance({ cluster: id, instance: task.Id! })
    const nodes = await bed.until(
      () => bed.clients.mapreduce.nodes({ cluster: id }),
      (found) => found.length === 4 && !found.some(({ name }) => task.PrivateDnsName!.startsWith(`${name}.`)),
    )
    expect(nodes.filter(({ dataNode }) => dataNode !== undefined)).toHaveLength(3)
    expect(await hdfs.describe({ cluster: id })).toMatchObject({ underReplicated: 0 })
  })

  it('groups grow, and shrink without losing a block, not below what HDFS needs', async () => {
    await using bed = await TestEmr.start()
    const id = await bed.run({}, 2)
    await bed.untilState(id, 'WAITING')
    const { hdfs } = bed.clients
    const { handle } = await hdfs.create({ cluster: id, path: '/kept' })
    await hdfs.write({ handle, bytes: new Uint8Array(100_000).fill(7) })
    await hdfs.close({ handle })
    const list = async () => (await bed.client.send(new ListInstanceGroupsCommand({ ClusterId: id }))).InstanceGroups!
    const core = (await list()).find(({ InstanceGroupType }) => InstanceGroupType === 'CORE')!
    const resize = (InstanceCount: number) =>
      bed.client.send(
        new ModifyInstanceGroupsCommand({
          ClusterId: id,
          InstanceGroups: [{ InstanceGroupId: core.Id!, InstanceCount }],
        }),
      )
    await expect(resize(0)).rejects.toMatchObject({ name: 'ValidationException' })
    const settled = (count: number) =>
      bed.until(list, (all) =>
        all.some(
          ({ Id, RunningInstanceCount, Status }) =>
            Id === core.Id && RunningInstanceCount === count && Status!.State === 'RUNNING',
        ),
      )
    await resize(4)
    await settled(4)
    await resize(1)
    await settled(1)
    expect(await hdfs.describe({ cluster: id })).toMatchObject({ missing: 0, nodes: [{ admin: 'normal' }] })
    const { InstanceGroupIds } = await bed.client.send(
      new AddInstanceGroupsCommand({
        JobFlowId: id,
        InstanceGroups: [{ InstanceRole: 'TASK', InstanceType: 'm5.2xlarge', InstanceCount: 1 }],
      }),
    )
    await bed.until(list, (all) =>
      all.some(({ Id, RunningInstanceCount }) => Id === InstanceGroupIds![0] && RunningInstanceCount === 1),
    )
  })

  it('one primary node of three may be lost, the only one may not; Spot goes two minutes after its notice', async () => {
    await using bed = await TestEmr.start()
    const three = await bed.run({ Instances: { InstanceGroups: groups(1, 0, 3) } })
    const one = await bed.run({
      Instances: {
        InstanceGroups: [
          ...groups(1),
          { InstanceRole: 'TASK', InstanceType: 'm5.xlarge', InstanceCount: 1, Market: 'SPOT', BidPrice: '9' },
        ],
        KeepJobFlowAliveWhenNoSteps: true,
      },
    })
    await bed.untilState(three, 'WAITING')
    await bed.untilState(one, 'WAITING')
    const leader = async (id: string) =>
      (await bed.clients.emr.describe({ cluster: id })).instances.find((its) => its.leader)
    const first = (await leader(three))!
    await bed.clients.emr.loseInstance({ cluster: three, instance: first.id })
    const second = await bed.until(
      () => leader(three),
      (found) => found !== undefined && found.id !== first.id,
    )
    expect(second).toMatchObject({ role: 'MASTER', state: 'RUNNING' })
    expect((await bed.describe(three)).Status!.State).toBe('WAITING')

    const spot = await bed.until(
      async () => (await bed.instances(one)).find(({ Market }) => Market === 'SPOT')!,
      (its) => its.Status!.State === 'RUNNING',
    )
    const state = async () => (await bed.instances(one)).find(({ Id }) => Id === spot.Id)!.Status!.State
    await bed.clients.emr.interruptInstance({ cluster: one, instance: spot.Id! })
    await bed.clock.advance(119_000)
    expect(await state()).toBe('RUNNING')
    await bed.clock.advance(1000)
    await expect.poll(state).toBe('TERMINATED')
    await bed.clients.emr.loseInstance({ cluster: one, instance: (await leader(one))!.id })
    expect((await bed.untilState(one, 'TERMINATED_WITH_ERRORS')).Status!.StateChangeReason!.Code).toBe(
      'INSTANCE_FAILURE',
    )
  })
})

it('refuses what it cannot do by its name, with what to do', async () => {
  await using bed = await TestEmr.start()
  const step = (Args: string[]) =>
    bed.run({ Steps: [{ Name: 's', HadoopJarStep: { Jar: 'command-runner.jar', Args } }] })
  await expect(step(['spark-submit', 's3://data/app.py'])).rejects.toMatchObject({
    name: 'ValidationException',
    message: /SPARK_HOME/,
  })
  await expect(step(['pig', '-f', 'x'])).rejects.toThrow(/pig is not supported/)
  await expect(bed.run({ CustomAmiId: 'ami-1' })).rejects.toThrow(/CustomAmiId/)
  await expect(bed.run({ ReleaseLabel: 'emr-1.0.0' })).rejects.toThrow(/release label/)
  await expect(bed.run({ Applications: [{ Name: 'HBase' }] })).rejects.toThrow(/HBase/)
  await expect(
    bed.client.send(
      new CreateStudioCommand({
        Name: 's',
        AuthMode: 'IAM',
        VpcId: 'v',
        SubnetIds: ['s'],
        ServiceRole: 'r',
        WorkspaceSecurityGroupId: 'g',
        EngineSecurityGroupId: 'g',
        DefaultS3Location: 's3://data',
      }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidRequestException', message: /CreateStudio/ })
  const secure = (configuration: object, Name = 'disk') =>
    bed.client.send(
      new CreateSecurityConfigurationCommand({
        Name,
        SecurityConfiguration: JSON.stringify({ EncryptionConfiguration: configuration }),
      }),
    )
  await expect(secure({ EnableInTransitEncryption: true })).rejects.toThrow(/EnableInTransitEncryption/)
  await secure({
    EnableInTransitEncryption: false,
    EnableAtRestEncryption: true,
    AtRestEncryptionConfiguration: {
      LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'AwsKms', AwsKmsKey: 'k' },
    },
  })
  const id = await bed.run({ SecurityConfiguration: 'disk' })
  expect(await bed.clients.emr.describe({ cluster: id })).toMatchObject({ encrypted: true })
  const objects = (EncryptionMode: string) =>
    secure(
      {
        EnableInTransitEncryption: false,
        EnableAtRestEncryption: true,
        AtRestEncryptionConfiguration: { S3EncryptionConfiguration: { EncryptionMode } },
      },
      EncryptionMode,
    )
  await expect(objects('SSE-KMS')).rejects.toThrow(/EncryptionMode SSE-KMS: .*SSE-S3 alone/)
  await objects('SSE-S3')
  const other = await bed.run({ SecurityConfiguration: 'SSE-S3' })
  // Its objects are encrypted as the lake encrypts all; the blocks of its disks were not asked for.
  expect(await bed.clients.emr.describe({ cluster: other })).toMatchObject({ encrypted: false })
})

it('runs no code in a workspace that its user does not trust', async () => {
  await using bed = await TestEmr.start({ fakes: { workspace: { describe: async () => ({ trusted: false }) } } })
  await expect(bed.run()).rejects.toMatchObject({ name: 'ValidationException', message: /opens restricted/ })
})
