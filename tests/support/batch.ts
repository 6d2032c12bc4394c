import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  type JobDetail,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch'
import { engine as batch } from '../../src/engines/batch/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { realTime } from '../../src/engines/kit/node/real-time.ts'
import { startGate, type TestGate } from './gate.ts'

// The tests are about processes; images are nobody's to fetch here.
process.env.MILLRACE_CONTAINERS = 'none'

export interface TestBatch extends AsyncDisposable {
  readonly gate: TestGate
  readonly client: BatchClient
  readonly batch: Clients['batch']
  submit(command: string, more?: Partial<SubmitJobCommandInput> & { vcpus?: string; memory?: string }): Promise<string>
  ended(jobId: string): Promise<JobDetail>
  until(jobId: string, status: string): Promise<JobDetail>
  log(jobId: string): Promise<string>
}

/** Batch with an environment and a queue `main`, and a definition `shell` that runs a script of sh. */
export async function startBatch(
  options: Parameters<typeof startGate>[1] & { maxvCpus?: number } = {},
): Promise<TestBatch> {
  const gate = await startGate([batch], options)
  const client = new BatchClient(gate.config)
  const clients = gate.engines.clients
  const look = async (jobId: string) => (await client.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs![0]
  const until = async (jobId: string, wanted: (job: JobDetail) => boolean) => {
    for (;;) {
      const job = await look(jobId)
      if (wanted(job)) return job
      await realTime.sleep(5)
    }
  }
  if ((await clients.batch.listQueues({})).length === 0) {
    await client.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'main',
        type: 'MANAGED',
        computeResources: { type: 'EC2', maxvCpus: options.maxvCpus ?? 4, instanceTypes: ['m5'], subnets: ['a'] },
      }),
    )
    await client.send(
      new CreateJobQueueCommand({
        jobQueueName: 'main',
        priority: 1,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'main' }],
      }),
    )
    await client.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'shell',
        type: 'container',
        parameters: { script: 'true' },
        containerProperties: {
          image: 'busybox',
          command: ['sh', '-c', 'Ref::script'],
          resourceRequirements: [
            { type: 'VCPU', value: '1' },
            { type: 'MEMORY', value: '512' },
          ],
        },
      }),
    )
  }
  return {
    gate,
    client,
    batch: clients.batch,
    async submit(script, { vcpus, memory, ...more } = {}) {
      const asked = [
        ...(vcpus ? [{ type: 'VCPU' as const, value: vcpus }] : []),
        ...(memory ? [{ type: 'MEMORY' as const, value: memory }] : []),
      ]
      const { jobId } = await client.send(
        new SubmitJobCommand({
          jobName: 'job',
          jobQueue: 'main',
          jobDefinition: 'shell',
          parameters: { script },
          ...(asked.length > 0 && { containerOverrides: { resourceRequirements: asked } }),
          ...more,
        }),
      )
      return jobId!
    },
    ended: (jobId) => until(jobId, ({ status }) => status === 'SUCCEEDED' || status === 'FAILED'),
    until: (jobId, status) => until(jobId, (job) => job.status === status),
    log: async (jobId) => (await clients.batch.readLog({ jobId })).text,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await gate.engines[Symbol.asyncDispose]()
    },
  }
}
