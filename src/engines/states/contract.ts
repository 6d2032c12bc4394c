import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

/** Names of machines, executions, aliases and activities (Step Functions API reference). */
export const Name = z.string().regex(/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/u)
const Tags = z.record(z.string(), z.string())

export const MachineType = z.enum(['STANDARD', 'EXPRESS'])
export type MachineType = z.infer<typeof MachineType>

const machineSetting = {
  /** A state machine in the Amazon States Language, as JSON text of 1 MB at most. */
  definition: z.string(),
  /** Kept and told again; nobody asks for a role on one machine. */
  roleArn: z.string(),
}

export const MachineInput = z.object({
  name: Name,
  type: MachineType.default('STANDARD'),
  definition: machineSetting.definition,
  roleArn: machineSetting.roleArn.default(''),
  tags: Tags.default({}),
})
export type MachineInput = z.infer<typeof MachineInput>

export const Machine = z.object({
  name: z.string(),
  arn: z.string(),
  type: MachineType,
  ...machineSetting,
  createdMs: z.number(),
  /** Changes with the definition or the role. */
  revisionId: z.string(),
  /** Versions published so far, deleted ones too. */
  versions: z.number().int(),
  tags: Tags,
})
export type Machine = z.infer<typeof Machine>

export const MachineVersion = z.object({
  machine: z.string(),
  version: z.number().int(),
  arn: z.string(),
  ...machineSetting,
  description: z.string(),
  createdMs: z.number(),
  revisionId: z.string(),
})
export type MachineVersion = z.infer<typeof MachineVersion>

/** Versions that an alias leads to, by their share of 100. */
export const Routing = z.array(z.object({ version: z.number().int(), weight: z.number().int().min(0).max(100) }))
export const MachineAlias = z.object({
  machine: z.string(),
  name: Name,
  arn: z.string(),
  description: z.string(),
  routing: Routing,
  createdMs: z.number(),
  updatedMs: z.number(),
})
export type MachineAlias = z.infer<typeof MachineAlias>

export const EXECUTION_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const
export const ExecutionStatus = z.enum(EXECUTION_STATUSES)
export type ExecutionStatus = z.infer<typeof ExecutionStatus>

export const Execution = z.object({
  arn: z.string(),
  name: z.string(),
  /** The machine's name. */
  machine: z.string(),
  machineArn: z.string(),
  type: MachineType,
  version: z.number().int().optional(),
  alias: z.string().optional(),
  status: ExecutionStatus,
  startedMs: z.number(),
  stoppedMs: z.number().optional(),
  /** JSON texts. */
  input: z.string(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  redriveCount: z.number().int(),
  redrivenMs: z.number().optional(),
  events: z.number().int(),
  /** Of a child of a distributed Map: its map run, and its place among the children. */
  mapRun: z.string().optional(),
  share: z.number().int().optional(),
})
export type Execution = z.infer<typeof Execution>

const whole = z.number().int().min(0)

/** A distributed Map of an execution: its children are executions of their own. */
export const MapRun = z.object({
  arn: z.string(),
  executionArn: z.string(),
  /** As its children name it: the machine, and the label of the Map. */
  machineArn: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'ABORTED']),
  startedMs: z.number(),
  stoppedMs: z.number().optional(),
  /** Zero where there is no limit. */
  maxConcurrency: whole,
  toleratedFailurePercentage: z.number().min(0).max(100).optional(),
  toleratedFailureCount: whole.optional(),
  redriveCount: whole,
  redrivenMs: z.number().optional(),
  /** Children, and items in them; not known before the items are read. */
  shares: whole.optional(),
  items: whole.optional(),
  /** Whether a ResultWriter has written what came out. */
  written: z.boolean(),
})
export type MapRun = z.infer<typeof MapRun>

export const MapRunCounts = z.object({
  pending: whole,
  running: whole,
  succeeded: whole,
  failed: whole,
  timedOut: whole,
  aborted: whole,
  total: whole,
  resultsWritten: whole,
})
export type MapRunCounts = z.infer<typeof MapRunCounts>

export const HistoryEvent = z.object({
  /** From 1, in order. */
  id: z.number().int(),
  previousId: z.number().int(),
  timeMs: z.number(),
  /** As the service names them, such as `TaskStateEntered`. */
  type: z.string(),
  /** Members of the event's details, as the API names them. */
  details: z.record(z.string(), z.unknown()),
})
export type HistoryEvent = z.infer<typeof HistoryEvent>

/** What ValidateStateMachineDefinition says of a definition. */
export const Diagnostic = z.object({
  severity: z.enum(['ERROR', 'WARNING']),
  code: z.string(),
  message: z.string(),
  /** JSON pointer into the definition, such as `/States/Load/Next`. */
  location: z.string().optional(),
})
export type Diagnostic = z.infer<typeof Diagnostic>

export const Activity = z.object({ name: Name, arn: z.string(), createdMs: z.number(), tags: Tags })
export type Activity = z.infer<typeof Activity>

/** A machine by its name or ARN, its version's or its alias's ARN. */
const MachineRef = z.object({ machineArn: z.string() })
const ExecutionRef = z.object({ executionArn: z.string() })
const MapRunRef = z.object({ mapRunArn: z.string() })
const TaskRef = z.object({ taskToken: z.string() })
const Failure = z.object({ error: z.string().optional(), cause: z.string().optional() })

export const StartInput = MachineRef.extend({
  name: Name.optional(),
  /** JSON text, 256 KiB at most. */
  input: z.string().default('{}'),
})

export const TestStateInput = z.object({
  /** Of one state; or of a machine, and then `stateName` is one of its states. */
  definition: z.string(),
  stateName: z.string().optional(),
  roleArn: z.string().default(''),
  /** JSON texts. */
  input: z.string().default('{}'),
  variables: z.string().default('{}'),
  /** How often the state has been tried again. */
  retries: whole.default(0),
})
export type TestStateInput = z.infer<typeof TestStateInput>

export const TestedState = z.object({
  status: z.enum(['SUCCEEDED', 'FAILED', 'RETRIABLE', 'CAUGHT_ERROR']),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  nextState: z.string().optional(),
  /** JSON texts by the step after which they stand, as the API names them. */
  inspection: z.record(z.string(), z.string()),
  details: z
    .object({ catchIndex: whole, retryIndex: whole, retryBackoffIntervalSeconds: z.number() })
    .partial()
    .optional(),
})
export type TestedState = z.infer<typeof TestedState>

/** AWS Step Functions: machines in the Amazon States Language, and their executions. */
export const states = defineContract('states', {
  createMachine: call(MachineInput, Machine),
  updateMachine: call(MachineRef.extend(z.object(machineSetting).partial().shape), Machine),
  /** Executions that run go on. */
  deleteMachine: call(MachineRef, nothing),
  describeMachine: call(MachineRef, Machine),
  listMachines: call(nothing, z.array(Machine)),
  /** A machine was made, changed or deleted: whoever shows it asks again. */
  watchMachines: feed(nothing, z.object({ name: z.string() })),
  validate: call(z.object({ definition: z.string(), type: MachineType.default('STANDARD') }), z.array(Diagnostic)),

  testState: call(TestStateInput, TestedState),

  publishVersion: call(
    MachineRef.extend({ description: z.string().default(''), revisionId: z.string().optional() }),
    MachineVersion,
  ),
  deleteVersion: call(MachineRef, nothing),
  listVersions: call(MachineRef, z.array(MachineVersion)),
  createAlias: call(
    MachineRef.extend({ name: Name, description: z.string().default(''), routing: Routing }),
    MachineAlias,
  ),
  updateAlias: call(
    MachineRef.extend({ description: z.string().optional(), routing: Routing.optional() }),
    MachineAlias,
  ),
  deleteAlias: call(MachineRef, nothing),
  listAliases: call(MachineRef, z.array(MachineAlias)),

  /** The same name and input of a running execution give that one; another input, or one that has ended, ExecutionAlreadyExists. */
  start: call(StartInput, z.object({ executionArn: z.string(), startedMs: z.number() })),
  /** Runs an EXPRESS machine to its end, at most five minutes. */
  startSync: call(StartInput, Execution),
  describe: call(ExecutionRef, Execution),
  /** The machine as it was when the execution began. */
  describeMachineOf: call(ExecutionRef, Machine),
  /** Newest first; children of a distributed Map by their map run alone. */
  list: call(
    z.object({
      machineArn: z.string().optional(),
      mapRunArn: z.string().optional(),
      status: ExecutionStatus.optional(),
      redriven: z.boolean().optional(),
      start: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(1000).default(100),
    }),
    z.object({ executions: z.array(Execution), more: z.boolean() }),
  ),
  history: call(
    ExecutionRef.extend({
      /** Events after this id; before it, in reverse order. */
      after: z.number().int().min(0).optional(),
      reverse: z.boolean().default(false),
      limit: z.number().int().min(1).max(25_000).default(1000),
    }),
    z.array(HistoryEvent),
  ),
  stop: call(ExecutionRef.extend(Failure.shape), z.object({ stoppedMs: z.number() })),
  /** Runs what failed, was stopped or timed out again, and goes on from there. */
  redrive: call(ExecutionRef, z.object({ redrivenMs: z.number() })),
  describeMapRun: call(MapRunRef, MapRun.extend({ executionCounts: MapRunCounts, itemCounts: MapRunCounts })),
  listMapRuns: call(ExecutionRef, z.array(MapRun)),
  /** While it runs. */
  updateMapRun: call(
    MapRunRef.extend(
      MapRun.pick({ maxConcurrency: true, toleratedFailurePercentage: true, toleratedFailureCount: true }).partial()
        .shape,
    ),
    nothing,
  ),
  /** All events of an execution from the first on, in groups; ends when the execution has. */
  watch: feed(ExecutionRef, z.array(HistoryEvent)),
  /** Executions as they begin and end, newest of each. */
  watchExecutions: feed(nothing, Execution),

  createActivity: call(z.object({ name: Name, tags: Tags.default({}) }), Activity),
  deleteActivity: call(z.object({ arn: z.string() }), nothing),
  listActivities: call(nothing, z.array(Activity)),
  /** Waits up to a minute of real time; nothing came where there is no token. */
  getActivityTask: call(
    z.object({ arn: z.string(), worker: z.string().optional() }),
    z.object({ taskToken: z.string(), input: z.string() }).partial(),
  ),
  sendTaskSuccess: call(TaskRef.extend({ output: z.string() }), nothing),
  sendTaskFailure: call(TaskRef.extend(Failure.shape), nothing),
  sendTaskHeartbeat: call(TaskRef, nothing),
  tag: call(z.object({ arn: z.string(), add: Tags, remove: z.array(z.string()) }), nothing),
})
