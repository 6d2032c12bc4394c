import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

/** Names of definitions, queues, environments, policies and jobs (Batch API reference). */
export const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/)
const Tags = z.record(z.string(), z.string()).default({})

/** One entry of evaluateOnExit. All globs that are given must match; only their end may be a `*`. */
export const ExitRule = z.object({
  onStatusReason: z.string().optional(),
  onReason: z.string().optional(),
  onExitCode: z.string().optional(),
  action: z.enum(['RETRY', 'EXIT']),
})
export type ExitRule = z.infer<typeof ExitRule>

export const RetryStrategy = z.object({
  attempts: z.number().int().min(1).max(10).default(1),
  evaluateOnExit: z.array(ExitRule).max(5).default([]),
})
export type RetryStrategy = z.infer<typeof RetryStrategy>

/** What a job runs and needs. `image` is used where Docker or Podman is; elsewhere the command runs on this machine. */
export const Container = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  /** 0.25 or more; a whole number but on Fargate. */
  vcpus: z.number().positive(),
  memoryMiB: z.number().int().positive(),
  environment: z.record(z.string(), z.string()).default({}),
  jobRoleArn: z.string().optional(),
  executionRoleArn: z.string().optional(),
})
export type Container = z.infer<typeof Container>

export const DefinitionInput = z.object({
  name: Name,
  platform: z.enum(['EC2', 'FARGATE']).default('EC2'),
  container: Container,
  parameters: z.record(z.string(), z.string()).default({}),
  retry: RetryStrategy.prefault({}),
  /** Real seconds of an attempt, 60 at least. */
  timeoutS: z.number().int().min(60).optional(),
  /** Within a share: higher goes first. */
  schedulingPriority: z.number().int().min(0).max(9999).default(0),
  propagateTags: z.boolean().default(false),
  tags: Tags,
})
export type DefinitionInput = z.infer<typeof DefinitionInput>
export const JobDefinition = DefinitionInput.extend({
  revision: z.number().int(),
  arn: z.string(),
  active: z.boolean(),
})
export type JobDefinition = z.infer<typeof JobDefinition>

export const ENVIRONMENT_KINDS = ['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT', 'UNMANAGED'] as const
export const EnvironmentInput = z.object({
  name: Name,
  kind: z.enum(ENVIRONMENT_KINDS),
  enabled: z.boolean().default(true),
  maxVcpus: z.number().int().min(0),
  minVcpus: z.number().int().min(0).default(0),
  /** Of EC2 and Spot: `optimal`, families (`m5`) or types (`m5.large`). */
  instanceTypes: z.array(z.string()).default([]),
  /** Of Spot: seconds after which an attempt loses its host, in the mean; each draws its own. None is lost unless told. */
  interruptionMeanS: z.number().positive().optional(),
  tags: Tags,
})
export type EnvironmentInput = z.infer<typeof EnvironmentInput>
export const ComputeEnvironment = EnvironmentInput.extend({
  arn: z.string(),
  /** All memory of its instances, MiB; what one job may ask for at most. */
  memoryMiB: z.number(),
  largestJob: z.object({ vcpus: z.number(), memoryMiB: z.number() }),
  used: z.object({ vcpus: z.number(), memoryMiB: z.number(), jobs: z.number().int() }),
})
export type ComputeEnvironment = z.infer<typeof ComputeEnvironment>

export const StateLimit = z.object({
  reason: z.string(),
  state: z.literal('RUNNABLE'),
  maxTimeS: z.number().int().min(600).max(86_400),
  action: z.enum(['CANCEL', 'TERMINATE']),
})

const queueSetting = {
  enabled: z.boolean(),
  priority: z.number().int().min(0),
  /** Names, in the order in which they are tried. */
  environments: z.array(Name).min(1).max(3),
  /** Name of a scheduling policy; without one, first come is first served. */
  policy: Name.optional(),
  stateLimits: z.array(StateLimit),
}
export const QueueInput = z.object({
  name: Name,
  ...queueSetting,
  enabled: queueSetting.enabled.default(true),
  stateLimits: queueSetting.stateLimits.default([]),
  tags: Tags,
})
export type QueueInput = z.infer<typeof QueueInput>
export const JobQueue = QueueInput.extend({ arn: z.string() })
export type JobQueue = z.infer<typeof JobQueue>

const policySetting = {
  /** Seconds over which the use of a share counts; 0 stands for 600. */
  decayS: z.number().int().min(0).max(604_800),
  /** (n / 100) ^ active shares of the queue's vCPUs are kept for shares that are not active yet. */
  computeReservation: z.number().int().min(0).max(99),
  shares: z.array(z.object({ share: z.string(), weight: z.number().min(0.0001).max(999.9999) })).max(500),
}
export const PolicyInput = z.object({
  name: Name,
  decayS: policySetting.decayS.default(0),
  computeReservation: policySetting.computeReservation.default(0),
  shares: policySetting.shares.default([]),
  tags: Tags,
})
export type PolicyInput = z.infer<typeof PolicyInput>
export const SchedulingPolicy = PolicyInput.extend({ arn: z.string() })
export type SchedulingPolicy = z.infer<typeof SchedulingPolicy>

export const STATUSES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const
export const JobStatus = z.enum(STATUSES)
export type JobStatus = z.infer<typeof JobStatus>

export const Dependency = z.object({ jobId: z.string().optional(), type: z.enum(['N_TO_N', 'SEQUENTIAL']).optional() })
export type Dependency = z.infer<typeof Dependency>

/** How an attempt runs, and what the kernel bounds of it; the rest is watched. */
export const Execution = z.object({
  runtime: z.enum(['docker', 'podman', 'process']),
  enforced: z.array(z.enum(['memory', 'pids', 'cpu'])),
  /** The same in words, with the reason where there is no container. */
  note: z.string(),
})
export type Execution = z.infer<typeof Execution>

export const Attempt = z.object({
  /** Engine time; absent where it never started. */
  startedMs: z.number().optional(),
  stoppedMs: z.number(),
  exitCode: z.number().int().optional(),
  reason: z.string().optional(),
  statusReason: z.string(),
  /** Where it was placed, and how it ran. Of attempts of earlier versions nothing is known. */
  environment: z.string().optional(),
  execution: Execution.optional(),
})
export type Attempt = z.infer<typeof Attempt>

export const SubmitInput = z.object({
  name: Name,
  queue: z.string(),
  /** `name` for its latest revision, or `name:revision`. */
  definition: z.string(),
  share: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,255}$/)
    .optional(),
  schedulingPriority: z.number().int().min(0).max(9999).optional(),
  arraySize: z.number().int().min(2).max(10_000).optional(),
  dependsOn: z.array(Dependency).max(20).default([]),
  parameters: z.record(z.string(), z.string()).default({}),
  overrides: z
    .object({
      command: z.array(z.string()).optional(),
      vcpus: z.number().positive().optional(),
      memoryMiB: z.number().int().positive().optional(),
      environment: z.record(z.string(), z.string()).optional(),
    })
    .default({}),
  retry: RetryStrategy.optional(),
  timeoutS: z.number().int().min(60).optional(),
  propagateTags: z.boolean().optional(),
  tags: Tags,
})
export type SubmitInput = z.infer<typeof SubmitInput>

export const Job = z.object({
  id: z.string(),
  name: z.string(),
  queue: Name,
  /** `name:revision`. */
  definition: z.string(),
  status: JobStatus,
  statusReason: z.string().optional(),
  createdMs: z.number(),
  runnableMs: z.number().optional(),
  startedMs: z.number().optional(),
  stoppedMs: z.number().optional(),
  container: Container,
  parameters: z.record(z.string(), z.string()),
  retry: RetryStrategy,
  timeoutS: z.number().optional(),
  share: z.string().optional(),
  schedulingPriority: z.number().int(),
  dependsOn: z.array(Dependency),
  attempts: z.array(Attempt),
  tags: z.record(z.string(), z.string()),
  propagateTags: z.boolean(),
  /** Of the parent of an array: how many children are in each state. */
  array: z.object({ size: z.number().int(), counts: z.partialRecord(JobStatus, z.number().int()) }).optional(),
  /** Of a child. */
  child: z.object({ parent: z.string(), index: z.number().int() }).optional(),
  cancelled: z.boolean(),
  terminated: z.boolean(),
  /** Where the running attempt is placed, and how it runs. */
  environment: z.string().optional(),
  execution: Execution.optional(),
})
export type Job = z.infer<typeof Job>

/** A change of state, as EventBridge tells it: `detail` is the job as DescribeJobs shows it at that moment. */
export const JobChange = z.object({
  /** Grows by one with each change. */
  sequence: z.number().int(),
  timeMs: z.number(),
  jobArn: z.string(),
  detail: z.record(z.string(), z.unknown()),
})
export type JobChange = z.infer<typeof JobChange>

/** An attempt in time, for the picture of a capacity that was used. */
export const Span = z.object({
  jobId: z.string(),
  name: z.string(),
  queue: z.string(),
  attempt: z.number().int(),
  environment: z.string().optional(),
  vcpus: z.number(),
  memoryMiB: z.number(),
  startedMs: z.number(),
  /** Absent while it runs. */
  stoppedMs: z.number().optional(),
  exitCode: z.number().int().optional(),
  statusReason: z.string().optional(),
})
export type Span = z.infer<typeof Span>

const JobRef = z.object({ jobId: z.string() })
const LogRef = JobRef.extend({
  /** Counts from 1; the last one unless told. */
  attempt: z.number().int().min(1).optional(),
})
const Named = z.object({ name: z.string() })

/** AWS Batch on this machine: what jobs are, where they wait, what they may take, and the processes that they are. */
export const batch = defineContract('batch', {
  registerDefinition: call(DefinitionInput, JobDefinition),
  deregisterDefinition: call(z.object({ definition: z.string() }), nothing),
  listDefinitions: call(nothing, z.array(JobDefinition)),
  createEnvironment: call(EnvironmentInput, ComputeEnvironment),
  updateEnvironment: call(
    Named.extend({
      enabled: z.boolean().optional(),
      maxVcpus: z.number().int().min(0).optional(),
      interruptionMeanS: z.number().positive().optional(),
    }),
    ComputeEnvironment,
  ),
  deleteEnvironment: call(Named, nothing),
  listEnvironments: call(nothing, z.array(ComputeEnvironment)),
  createQueue: call(QueueInput, JobQueue),
  updateQueue: call(Named.extend(z.object(queueSetting).partial().shape), JobQueue),
  deleteQueue: call(Named, nothing),
  listQueues: call(nothing, z.array(JobQueue)),
  createPolicy: call(PolicyInput, SchedulingPolicy),
  updatePolicy: call(Named.extend(z.object(policySetting).partial().shape), SchedulingPolicy),
  deletePolicy: call(Named, nothing),
  listPolicies: call(nothing, z.array(SchedulingPolicy)),
  tag: call(z.object({ arn: z.string(), add: z.record(z.string(), z.string()), remove: z.array(z.string()) }), nothing),
  submit: call(SubmitInput, Job),
  describeJobs: call(z.object({ jobIds: z.array(z.string()).max(100) }), z.array(Job)),
  /** Newest first. With `parent`, the children of an array; otherwise what was submitted to a queue. */
  listJobs: call(
    z.object({
      queue: z.string().optional(),
      parent: z.string().optional(),
      statuses: z.array(JobStatus).optional(),
      start: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(1000).default(100),
    }),
    z.object({ jobs: z.array(Job), more: z.boolean() }),
  ),
  /** The jobs that come next out of a queue, as the scheduler sees them now. */
  frontOfQueue: call(z.object({ queue: z.string() }), z.array(Job)),
  /** Ends a job that does not run yet; does nothing to one that does. */
  cancel: call(JobRef.extend({ reason: z.string() }), nothing),
  /** Ends a job in any state. Answers once no process of it is left. */
  terminate: call(JobRef.extend({ reason: z.string() }), nothing),
  /** How many jobs of each queue are in each state; arrays count once. */
  countJobs: call(nothing, z.array(z.object({ queue: Name, counts: z.partialRecord(JobStatus, z.number().int()) }))),
  /** The states of an array's children by index, each as the digit of its place in `STATUSES`. */
  mapArray: call(JobRef, z.object({ states: z.string() })),
  /** Attempts that ran within the last seconds, newest first, at most so many. */
  listSpans: call(
    z.object({ sinceMs: z.number(), limit: z.number().int().min(1).max(5000).default(1000) }),
    z.object({ spans: z.array(Span), more: z.boolean() }),
  ),
  /** Takes a Spot host away: the running attempts of an environment, or one of them, end as AWS would end them. Answers how many did. */
  interrupt: call(
    z.object({ environment: Name, jobId: z.string().optional() }),
    z.object({ attempts: z.number().int() }),
  ),
  /** What an attempt wrote, from a byte on (or, where negative, its last bytes). Of a long log the beginning is let go. */
  readLog: call(
    LogRef.extend({ from: z.number().int().default(0) }),
    z.object({ text: z.string(), from: z.number().int(), next: z.number().int(), end: z.number().int() }),
  ),
  /** Lines with a text, whatever its case: the last ones where there are more than the limit. */
  searchLog: call(
    LogRef.extend({ text: z.string().min(1), limit: z.number().int().min(1).max(1000).default(200) }),
    z.object({ lines: z.array(z.object({ at: z.number().int(), text: z.string() })), found: z.number().int() }),
  ),
  /** Jobs, or what they need, have changed: at most ten times a second, for screens that then ask again. */
  pulse: feed(nothing, z.object({ turn: z.number().int() })),
  /** Jobs as they change state, newest of each. */
  watch: feed(nothing, Job),
  /**
   * Every change of state in order, from the one after a sequence number on (now, where none is given). They are kept for a day, so that a reader
   * that was away misses none.
   */
  changes: feed(z.object({ after: z.number().int().optional() }), JobChange),
})
