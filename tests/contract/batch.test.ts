import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CancelJobCommand,
  CreateJobQueueCommand,
  CreateSchedulingPolicyCommand,
  DescribeJobDefinitionsCommand,
  ListJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TerminateJobCommand,
  UpdateJobQueueCommand,
} from '@aws-sdk/client-batch'
import { describe, expect, it } from 'vitest'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startBatch, type TestBatch } from '../support/batch.ts'

/** Processes whose environment names this job, of this workspace: other suites come to the same ids at the same time. */
function processesOf({ gate }: TestBatch, jobId: string): string[] {
  const mark = `${gate.engines.workspaceDirectory}\t${jobId}/`
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
    } catch {
      return false
    }
  })
}

describe('a job', () => {
  it('is a process with its own folder and environment, whose output and exit code are kept', async () => {
    await using bed = await startBatch()
    const done = await bed.ended(
      await bed.submit(
        'echo "$AWS_BATCH_JOB_ID $AWS_BATCH_JOB_ATTEMPT $AWS_BATCH_JQ_NAME $COLOUR"; echo x > made; ls',
        {
          containerOverrides: { environment: [{ name: 'COLOUR', value: 'blue' }] },
        },
      ),
    )
    expect(done).toMatchObject({
      status: 'SUCCEEDED',
      container: { exitCode: 0 },
      attempts: [{ container: { exitCode: 0 } }],
    })
    expect(done.startedAt).toBeGreaterThanOrEqual(done.createdAt!)
    const log = await bed.log(done.jobId!)
    expect(log).toContain('runs on this machine; the image busybox is not used')
    expect(log).toMatch(new RegExp(`${done.jobId} 1 main blue\nmade\n`))
  })

  it('sees no keys and nothing of the environment of Millrace', async () => {
    await using bed = await startBatch()
    process.env.MILLRACE_TEST_SECRET = 'hidden'
    const job = await bed.ended(await bed.submit('env'))
    delete process.env.MILLRACE_TEST_SECRET
    expect(await bed.log(job.jobId!)).not.toMatch(/hidden|SECRET|ACCESS_KEY/)
  })

  it('fails with its exit code, and is tried again as its strategy says', async () => {
    await using bed = await startBatch()
    const counting = await bed.ended(
      await bed.submit('test "$AWS_BATCH_JOB_ATTEMPT" = 3 || exit 7', { retryStrategy: { attempts: 5 } }),
    )
    expect(counting.status).toBe('SUCCEEDED')
    expect(counting.attempts!.map(({ container }) => container!.exitCode)).toEqual([7, 7, 0])
    const rules = {
      attempts: 5,
      evaluateOnExit: [
        { onExitCode: '7', action: 'RETRY' as const },
        { onReason: '*', action: 'EXIT' as const },
      ],
    }
    const left = await bed.ended(
      await bed.submit('test "$AWS_BATCH_JOB_ATTEMPT" = 1 && exit 7; exit 8', { retryStrategy: rules }),
    )
    expect(left).toMatchObject({ status: 'FAILED', statusReason: 'Essential container in task exited' })
    expect(left.attempts!.map(({ container }) => container!.exitCode)).toEqual([7, 8])
  })

  it('says that its command is not there', async () => {
    await using bed = await startBatch()
    const job = await bed.ended(await bed.submit('', { containerOverrides: { command: ['no-such-program'] } }))
    expect(job).toMatchObject({ status: 'FAILED', container: { exitCode: 127 } })
    expect(await bed.log(job.jobId!)).toMatch(/no-such-program.*not found/)
  })

  it('waits for others, and fails with one that fails', async () => {
    await using bed = await startBatch()
    const go = join(bed.gate.engines.workspaceDirectory, 'go')
    const held = `until [ -e ${go} ]; do sleep 0.02; done`
    const [good, bad] = [await bed.submit(held), await bed.submit(`${held}; exit 1`)]
    const after = await bed.submit('true', { dependsOn: [{ jobId: good }] })
    const never = await bed.submit('true', { dependsOn: [{ jobId: good }, { jobId: bad }] })
    expect((await bed.until(after, 'PENDING')).status).toBe('PENDING')
    writeFileSync(go, '')
    expect(await bed.ended(after)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await bed.ended(never)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Dependent Job failed',
      attempts: [],
    })
    await expect(bed.submit('true', { dependsOn: [{ jobId: 'nobody' }] })).rejects.toMatchObject({
      name: 'ClientException',
    })
  })

  it('is cancelled while it waits, and only terminated once it runs, with all that it started', async () => {
    await using bed = await startBatch({ maxvCpus: 1 })
    const running = await bed.submit('trap "" TERM; setsid sleep 300 & sleep 300')
    await bed.until(running, 'RUNNING')
    const waiting = await bed.submit('true')
    await bed.until(waiting, 'RUNNABLE')
    await bed.client.send(new CancelJobCommand({ jobId: waiting, reason: 'changed my mind' }))
    await bed.client.send(new CancelJobCommand({ jobId: running, reason: 'nothing happens' }))
    expect(await bed.ended(waiting)).toMatchObject({
      status: 'FAILED',
      statusReason: 'changed my mind',
      isCancelled: true,
    })
    expect((await bed.until(running, 'RUNNING')).isCancelled).toBeFalsy()
    // The grace is thirty seconds; whoever ignores SIGTERM is not waited for in a test.
    await expect.poll(() => processesOf(bed, running).length).toBeGreaterThan(2)
    const stubborn = processesOf(bed, running)
    await bed.client.send(new TerminateJobCommand({ jobId: running, reason: 'enough' }))
    for (const pid of stubborn) if (existsSync(`/proc/${pid}`)) process.kill(Number(pid), 'SIGKILL')
    expect(await bed.ended(running)).toMatchObject({ status: 'FAILED', statusReason: 'enough', isTerminated: true })
    expect(processesOf(bed, running)).toEqual([])
  })

  it('leaves nothing running when it ends by itself', async () => {
    await using bed = await startBatch()
    const job = await bed.ended(await bed.submit('setsid sleep 300 & echo left'))
    expect(job.status).toBe('SUCCEEDED')
    expect(processesOf(bed, job.jobId!)).toEqual([])
  })

  it('is killed when it takes more memory than it asked for', async () => {
    await using bed = await startBatch()
    const hog = `exec ${process.execPath} -e "const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 5)"`
    const job = await bed.ended(await bed.submit(hog, { memory: '128' }))
    expect(job).toMatchObject({
      status: 'FAILED',
      container: { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
    })
  })
})

describe('an array', () => {
  it('runs its children, counts them, and fails with one of them', async () => {
    await using bed = await startBatch()
    const array = await bed.submit('test "$AWS_BATCH_JOB_ARRAY_INDEX" != 3 || exit 1', { arrayProperties: { size: 6 } })
    const done = await bed.ended(array)
    expect(done).toMatchObject({
      status: 'FAILED',
      arrayProperties: { size: 6, statusSummary: { SUCCEEDED: 5, FAILED: 1 } },
    })
    const { jobSummaryList } = await bed.client.send(new ListJobsCommand({ arrayJobId: array, jobStatus: 'FAILED' }))
    expect(jobSummaryList!.map(({ jobId }) => jobId)).toEqual([`${array}:3`])
  })

  it('runs one after the other, or each after its counterpart', async () => {
    await using bed = await startBatch()
    const file = join(bed.gate.engines.workspaceDirectory, 'order')
    writeFileSync(file, '')
    const first = await bed.submit(`echo "a$AWS_BATCH_JOB_ARRAY_INDEX" >> ${file}`, {
      arrayProperties: { size: 4 },
      dependsOn: [{ type: 'SEQUENTIAL' }],
    })
    const second = await bed.submit(`echo "b$AWS_BATCH_JOB_ARRAY_INDEX" >> ${file}`, {
      arrayProperties: { size: 4 },
      dependsOn: [{ jobId: first, type: 'N_TO_N' }],
    })
    expect((await bed.ended(second)).status).toBe('SUCCEEDED')
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(lines.filter((line) => line.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a3'])
    for (const i of [0, 1, 2, 3]) expect(lines.indexOf(`b${i}`)).toBeGreaterThan(lines.indexOf(`a${i}`))
    const odd = bed.submit('true', { arrayProperties: { size: 5 }, dependsOn: [{ jobId: first, type: 'N_TO_N' }] })
    await expect(odd).rejects.toThrow(/same size/)
  })
})

describe('a restart', () => {
  it('finds running jobs again, knows how those ended that ended meanwhile, and starts what waited', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-batch-'))
    const before = await startBatch({ directory, maxvCpus: 2 })
    const [short, long] = [await before.submit('sleep 0.3; exit 5'), await before.submit('sleep 1.5; echo done')]
    await before.until(short, 'RUNNING')
    await before.until(long, 'RUNNING')
    const waiting = await before.submit('echo later')
    await before.gate.engines.stop()
    await new Promise((resolve) => setTimeout(resolve, 600))
    await using bed = await startBatch({ directory, maxvCpus: 2 })
    expect(await bed.ended(short)).toMatchObject({ status: 'FAILED', container: { exitCode: 5 } })
    expect((await bed.ended(waiting)).status).toBe('SUCCEEDED')
    expect(await bed.ended(long)).toMatchObject({ status: 'SUCCEEDED', attempts: [{ container: { exitCode: 0 } }] })
    expect(await bed.log(long)).toContain('done')
  })
})

describe('queues', () => {
  it('give the shares of a policy their turns', async () => {
    await using bed = await startBatch({ maxvCpus: 1 })
    const { arn } = await bed.client.send(
      new CreateSchedulingPolicyCommand({
        name: 'fair',
        fairsharePolicy: { shareDistribution: [{ shareIdentifier: 'many', weightFactor: 1 }] },
      }),
    )
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'main' }]
    const queue = { jobQueueName: 'shared', priority: 1, schedulingPolicyArn: arn, computeEnvironmentOrder }
    await bed.client.send(new CreateJobQueueCommand(queue))
    const shared = { jobQueue: 'shared' }
    await expect(bed.submit('true', shared)).rejects.toThrow(/shareIdentifier is required/)
    const many = []
    for (let i = 0; i < 4; i++) many.push(await bed.submit('sleep 0.1', { ...shared, shareIdentifier: 'many' }))
    const few = await bed.ended(await bed.submit('true', { ...shared, shareIdentifier: 'few' }))
    const last = await bed.ended(many[3])
    expect(few.startedAt).toBeLessThanOrEqual(last.startedAt!)
    const order = await bed.batch.listJobs({ queue: 'shared' })
    expect(order.jobs.map(({ status }) => status)).toContain('SUCCEEDED')
  })

  it('say why a job can never run', async () => {
    await using bed = await startBatch({ maxvCpus: 2 })
    const job = await bed.until(await bed.submit('true', { vcpus: '16' }), 'RUNNABLE')
    expect(job.statusReason).toMatch(/^MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT/)
    expect((await bed.ended(await bed.submit('true'))).status).toBe('SUCCEEDED')
  })

  it('end a job that could not run for as long as they say', async () => {
    await using bed = await startBatch({ maxvCpus: 2 })
    const reason = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT'
    const limit = { reason, state: 'RUNNABLE' as const, maxTimeSeconds: 600, action: 'CANCEL' as const }
    await bed.client.send(new UpdateJobQueueCommand({ jobQueue: 'main', jobStateTimeLimitActions: [limit] }))
    const job = await bed.submit('true', { vcpus: '16' })
    await bed.until(job, 'RUNNABLE')
    await (bed.gate.engines.clock as ManualClock).advance(600_000)
    expect(await bed.ended(job)).toMatchObject({ status: 'FAILED', statusReason: reason })
  })
})

describe('definitions', () => {
  it('have revisions, and refuse what is not honoured by its name', async () => {
    await using bed = await startBatch()
    const register = (containerProperties: object) =>
      bed.client.send(
        new RegisterJobDefinitionCommand({
          jobDefinitionName: 'two',
          type: 'container',
          containerProperties: { image: 'a', vcpus: 1, memory: 64, ...containerProperties },
        }),
      )
    expect((await register({})).revision).toBe(1)
    expect((await register({ command: ['true'] })).revision).toBe(2)
    await expect(register({ privileged: true })).rejects.toThrow('containerProperties.privileged')
    const fargate = { jobDefinitionName: 'f', type: 'container' as const, platformCapabilities: ['FARGATE' as const] }
    const containerProperties = { image: 'a', vcpus: 1, memory: 64 }
    await bed.client.send(new RegisterJobDefinitionCommand({ ...fargate, containerProperties }))
    await expect(bed.submit('true', { jobDefinition: 'f' })).rejects.toThrow(/platform FARGATE/)
    await expect(register({ environment: [{ name: 'AWS_BATCH_X', value: '1' }] })).rejects.toThrow(/AWS_BATCH/)
    const { jobDefinitions } = await bed.client.send(new DescribeJobDefinitionsCommand({ jobDefinitionName: 'two' }))
    expect(jobDefinitions!.map(({ revision, status }) => [revision, status])).toEqual([
      [1, 'ACTIVE'],
      [2, 'ACTIVE'],
    ])
  })

  it('do not run in a workspace that nobody trusts', async () => {
    await using bed = await startBatch({ fakes: { workspace: { describe: async () => ({ trusted: false }) } } })
    const submit = new SubmitJobCommand({ jobName: 'x', jobQueue: 'main', jobDefinition: 'shell' })
    await expect(bed.client.send(submit)).rejects.toThrow(/opens restricted: jobs do not run/)
  })
})
