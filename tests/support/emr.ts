import {
  type Cluster,
  DescribeClusterCommand,
  DescribeStepCommand,
  EMRClient,
  ListInstancesCommand,
  RunJobFlowCommand,
  type RunJobFlowCommandInput,
  type Step,
  type StepConfig,
} from '@aws-sdk/client-emr'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as cloudwatch } from '../../src/engines/cloudwatch/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as emr } from '../../src/engines/emr/engine.ts'
import { engine as hdfs } from '../../src/engines/hdfs/engine.ts'
import { realTime } from '../../src/engines/kit/node/real-time.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as mapreduce } from '../../src/engines/mapreduce/engine.ts'
import { startGate, type TestGate } from './gate.ts'

/** Engine time that passes at each look. */
const LOOK_MS = 5000

export const groups = (core: number, task = 0, primary = 1) => [
  { InstanceRole: 'MASTER' as const, InstanceType: 'm5.xlarge', InstanceCount: primary },
  ...(core > 0 ? [{ InstanceRole: 'CORE' as const, InstanceType: 'm5.xlarge', InstanceCount: core }] : []),
  ...(task > 0 ? [{ InstanceRole: 'TASK' as const, InstanceType: 'c5.xlarge', InstanceCount: task }] : []),
]

/** A step that runs a script of the shell. */
export const shell = (script: string, more: Partial<StepConfig> = {}): StepConfig => ({
  Name: 'shell',
  ActionOnFailure: 'CONTINUE',
  HadoopJarStep: { Jar: 'command-runner.jar', Args: ['sh', '-c', script] },
  ...more,
})

/** EMR over HDFS, MapReduce, Athena and the lake, behind the gate, with a stock client. */
export class TestEmr implements AsyncDisposable {
  readonly gate: TestGate
  readonly client: EMRClient

  private constructor(gate: TestGate) {
    this.gate = gate
    this.client = new EMRClient(gate.config)
  }

  /** `sql` brings Athena, which takes its time to start. */
  static async start({ sql, ...options }: Parameters<typeof startGate>[1] & { sql?: boolean } = {}): Promise<TestEmr> {
    const engines = [lake, ...(sql ? [catalog] : []), cloudwatch, ...(sql ? [athena] : []), hdfs, mapreduce, emr]
    return new TestEmr(await startGate(engines, { settings: {}, ...options }))
  }

  get clients(): Clients {
    return this.gate.engines.clients
  }

  get clock(): ManualClock {
    return this.gate.engines.clock as ManualClock
  }

  async run(more: Partial<RunJobFlowCommandInput> = {}, core = 1): Promise<string> {
    const { JobFlowId } = await this.client.send(
      new RunJobFlowCommand({
        Name: 'test',
        ReleaseLabel: 'emr-7.10.0',
        Instances: { InstanceGroups: groups(core), KeepJobFlowAliveWhenNoSteps: true },
        ...more,
      }),
    )
    return JobFlowId!
  }

  async describe(ClusterId: string): Promise<Cluster> {
    return (await this.client.send(new DescribeClusterCommand({ ClusterId }))).Cluster!
  }

  /** Lets time go on until it is so. */
  async until<T>(look: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
    for (;;) {
      const found = await look()
      if (isSo(found)) return found
      await this.clock.advance(LOOK_MS)
      await realTime.sleep(5)
    }
  }

  untilState(id: string, ...states: string[]): Promise<Cluster> {
    return this.until(
      () => this.describe(id),
      ({ Status }) => states.includes(Status!.State!),
    )
  }

  step(ClusterId: string, StepId: string): Promise<Step> {
    return this.until(
      async () => (await this.client.send(new DescribeStepCommand({ ClusterId, StepId }))).Step!,
      ({ Status }) => Status!.Timeline!.EndDateTime !== undefined,
    )
  }

  async instances(ClusterId: string) {
    return (await this.client.send(new ListInstancesCommand({ ClusterId }))).Instances!
  }

  async log(cluster: string, step: string, file: 'stdout' | 'stderr' | 'controller' = 'stdout'): Promise<string> {
    return (await this.clients.emr.readLog({ cluster, step, file })).text
  }

  async put(bucket: string, key: string, text: string): Promise<void> {
    await this.clients.lake.createBucket({ bucket }).catch(() => {})
    await this.clients.lake.putObject({ bucket, key, body: new TextEncoder().encode(text) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy()
    await this.gate.engines[Symbol.asyncDispose]()
  }
}
