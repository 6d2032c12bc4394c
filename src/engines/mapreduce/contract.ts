import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const ClusterName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/)
/** `hdfs:///path` of the job's cluster, or `s3://bucket/key` of the lake; `*` and `?` stand for parts of a name. */
const Uri = z.string().regex(/^(hdfs:\/\/\/|s3:\/\/[^/]+(\/|$))/, 'begins with hdfs:/// or s3://bucket/')

/**
 * What runs for the records of a stage. A module's function gets `(key, value, context)`, in a reduce or combine `(key, values, context)`, and
 * emits by `context.emit(key, value)`. A command gets and gives lines, as Hadoop Streaming has it. SQL is a SELECT of DuckDB over the table
 * `input (key, value)`: of a map some of its records, of a combine or reduce some whole groups, so that it groups by `key`. The first column of the
 * result is the key, the second the value; more of them make a JSON value.
 */
export const Fn = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('module'),
    /** In the workspace: .js, .mjs or .ts. */
    file: z.string(),
    /** The stage's own name (`map`, `combine`, `reduce`, `partition`) where it is left out. */
    export: z.string().optional(),
  }),
  z.object({ kind: z.literal('command'), argv: z.array(z.string()).min(1) }),
  z.object({ kind: z.literal('sql'), text: z.string().min(1) }),
])
export type Fn = z.infer<typeof Fn>

export const INPUT_FORMATS = ['text', 'keyValue', 'nLine', 'csv', 'jsonLines', 'parquet', 'wholeFile'] as const
export const Input = z.object({
  /** Files and folders, whose files are all read but those that begin with `_` or a dot; gzip and zstd by the ending (.gz, .zst). */
  paths: z.array(Uri).min(1),
  format: z.enum(INPUT_FORMATS).default('text'),
  options: z
    .object({
      /** Of text: what ends a record, in place of the ends of lines. */
      delimiter: z.string().min(1).optional(),
      /** Between key and value (keyValue, a tab) or fields (csv, a comma). */
      separator: z.string().length(1).optional(),
      /** Of csv: the first line has the names of the columns. */
      header: z.boolean().default(true),
      /** Of csv: quoted fields may have line breaks, so a file cannot be split. */
      multiline: z.boolean().default(false),
      /** Of nLine: lines of a split. */
      lines: z.number().int().positive().default(1),
      /** Of parquet: columns to read; all where left out. */
      columns: z.array(z.string()).optional(),
      /** Longest record, bytes: beyond it the task fails. */
      recordBytesMax: z
        .number()
        .int()
        .positive()
        .max(512 * 1024 * 1024)
        .default(64 * 1024 * 1024),
    })
    .prefault({}),
  /** Largest split; where it is left out the block's size on HDFS, on the lake several splits for each core, of 8 to 64 MiB. */
  splitBytes: z.number().int().positive().optional(),
})

/** Fields of a key, from 1 on, both ends included (Hadoop's KeyFieldBasedComparator, `-k1,1nr`). */
const SortField = z.object({
  from: z.number().int().positive(),
  to: z.number().int().positive().optional(),
  numeric: z.boolean().default(false),
  reverse: z.boolean().default(false),
})
export type SortField = z.infer<typeof SortField>
export const Sort = z.object({
  separator: z.string().length(1).default('\t'),
  /** The whole key, as bytes, where there are none. */
  fields: z.array(SortField).default([]),
  /** So many of the first sort fields make a group of a reduce (secondary sort); all where it is left out. */
  groupFields: z.number().int().positive().optional(),
})
export type Sort = z.infer<typeof Sort>

export const Partition = z.union([
  Fn,
  z.literal('hash'),
  /** By the hash of some fields of the key (KeyFieldBasedPartitioner). */
  z.object({
    kind: z.literal('fields'),
    separator: z.string().length(1).default('\t'),
    from: z.number().int().positive().default(1),
    to: z.number().int().positive().optional(),
  }),
  /** By ranges of keys, so that all outputs together are sorted (TotalOrderPartitioner): `cuts` are the first keys of all reducers but the first. */
  z.object({ kind: z.literal('range'), cuts: z.array(z.string()) }),
])
export type Partition = z.infer<typeof Partition>

export const Breakpoint = z.object({ stage: z.enum(['map', 'reduce']).default('reduce'), key: z.string() })
export type Breakpoint = z.infer<typeof Breakpoint>

export const JobSpec = z.object({
  name: z.string().min(1).max(256),
  cluster: ClusterName.default('local'),
  input: Input,
  /** Records go on as they are where there is none (the identity mapper, or reducer). */
  map: Fn.optional(),
  combine: Fn.optional(),
  reduce: Fn.optional(),
  /** By the hash of the key, of a group's fields where there are any, unless told otherwise. */
  partition: Partition.optional(),
  sort: Sort.optional(),
  /** 0: the output of the maps is the output. */
  reducers: z.number().int().min(0).max(10_000).default(1),
  output: z.object({
    /** A folder that must not be there yet. */
    path: Uri,
    format: z.enum(['text', 'jsonLines']).default('text'),
    /** Between key and value, of text. */
    separator: z.string().default('\t'),
    compression: z.enum(['none', 'gzip', 'zstd']).default('none'),
  }),
  /** Whether functions get keys and values as strings and what was emitted (`auto`), or as bytes. */
  records: z.enum(['auto', 'bytes']).default('auto'),
  /** Files that each task finds by `context.cache(name)`, and a command in its folder under this name. */
  cache: z.array(z.object({ uri: Uri, name: z.string().regex(/^[\w.-]+$/) })).default([]),
  /** Sort buffer of a map task (mapreduce.task.io.sort.mb). */
  memoryMiB: z.number().int().min(1).max(1024).default(100),
  /** Segments that are merged at once (mapreduce.task.io.sort.factor). */
  sortFactor: z.number().int().min(2).max(1000).default(64),
  /** What a task's process may take, sort buffer included (mapreduce.map.memory.mb). */
  containerMiB: z.number().int().min(64).max(65_536).default(512),
  /** Attempts of a task before the job fails. */
  maxAttempts: z.number().int().min(1).max(100).default(4),
  /** A second attempt of a task that is much slower than the others. */
  speculative: z.boolean().default(true),
  /** Share of the maps that are done before reduces take containers. */
  slowstart: z.number().min(0).max(1).default(0.05),
  /** Failures of the job's tasks on a node before the node gets no more of them. */
  nodeFailuresMax: z.number().int().min(1).max(100).default(3),
  /** Counters of the user's own (mapreduce.job.counters.max). */
  countersMax: z.number().int().min(1).max(10_000).default(120),
  /** Real seconds for which a task may say nothing (mapreduce.task.timeout); 0: for ever. */
  taskTimeoutS: z.number().int().min(0).default(600),
  environment: z.record(z.string(), z.string()).default({}),
  /** Given to functions as `context.parameters`. */
  parameters: z.record(z.string(), z.string()).default({}),
  breakpoints: z.array(Breakpoint).default([]),
  /** Jobs that must have succeeded before this one starts. */
  after: z.array(z.string()).default([]),
})
export type JobSpec = z.infer<typeof JobSpec>
export type JobSpecInput = z.input<typeof JobSpec>

export const JOB_STATES = ['WAITING', 'RUNNING', 'COMMITTING', 'SUCCEEDED', 'FAILED', 'KILLED'] as const
export const JobState = z.enum(JOB_STATES)
export type JobState = z.infer<typeof JobState>
export const ATTEMPT_STATES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'KILLED'] as const
export const AttemptState = z.enum(ATTEMPT_STATES)
export type AttemptState = z.infer<typeof AttemptState>
export const TaskKind = z.enum(['map', 'reduce'])
export type TaskKind = z.infer<typeof TaskKind>

/** By group, then by name: Hadoop's own have Hadoop's names (`MAP_INPUT_RECORDS` of `org.apache.hadoop.mapreduce.TaskCounter`). */
export const Counters = z.record(z.string(), z.record(z.string(), z.number()))
export type Counters = z.infer<typeof Counters>

/** A picture of bytes: what each stage took in and gave out until now; of a job that failed or was killed, also in tasks that were not done. */
export const STAGES = ['map', 'combine', 'shuffle', 'sort', 'reduce'] as const
export const StageStatus = z.object({
  stage: z.enum(STAGES),
  recordsIn: z.number(),
  recordsOut: z.number(),
  bytesIn: z.number(),
  bytesOut: z.number(),
})
export type StageStatus = z.infer<typeof StageStatus>

export const TaskCounts = z.object({
  total: z.number().int(),
  waiting: z.number().int(),
  running: z.number().int(),
  done: z.number().int(),
  /** Attempts. */
  failed: z.number().int(),
  killed: z.number().int(),
})

export const ErrorAt = z.object({ file: z.string(), line: z.number().int(), column: z.number().int().optional() })

export const JobStatus = z.object({
  /** `job_<start of Millrace>_<number>`. */
  id: z.string(),
  name: z.string(),
  cluster: z.string(),
  state: JobState,
  /** Why it failed or was killed. */
  reason: z.string().optional(),
  /** In the user's file, where the reason is there. */
  at: ErrorAt.optional(),
  /** Real time, epoch ms, as all times of jobs: processes do not run by the engine's clock. */
  submittedMs: z.number(),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
  maps: TaskCounts,
  reduces: TaskCounts,
  /** 0 to 1. */
  mapProgress: z.number(),
  reduceProgress: z.number(),
  stages: z.array(StageStatus),
  spills: z.number().int(),
  /** Map tasks by where their block was: on the node, in the rack, elsewhere. */
  locality: z.object({ node: z.number().int(), rack: z.number().int(), other: z.number().int() }),
  /** Nodes that get no more tasks of the job. */
  blacklisted: z.array(z.string()),
  /** Attempts that stand at a breakpoint. */
  held: z.array(z.string()),
  output: z.string(),
})
export type JobStatus = z.infer<typeof JobStatus>

export const PartitionBytes = z.object({
  partition: z.number().int(),
  records: z.number(),
  bytes: z.number(),
})
export type PartitionBytes = z.infer<typeof PartitionBytes>

export const AttemptStatus = z.object({
  /** `attempt_<job>_m_000000_0`. */
  id: z.string(),
  job: z.string(),
  kind: TaskKind,
  task: z.number().int(),
  attempt: z.number().int(),
  node: z.string(),
  rack: z.string(),
  state: AttemptState,
  /** What it is at; the last one, once it has ended. */
  phase: z.enum(['map', 'sort', 'shuffle', 'reduce', 'held']),
  progress: z.number(),
  startedMs: z.number(),
  endedMs: z.number().optional(),
  reason: z.string().optional(),
  at: ErrorAt.optional(),
  /** Of a map: what it reads, and how near its node is to it. */
  split: z.object({ uri: z.string(), offset: z.number(), length: z.number() }).optional(),
  locality: z.enum(['node', 'rack', 'other']).optional(),
  speculative: z.boolean(),
  /** Run once more by hand, its output thrown away. */
  rerun: z.boolean(),
  recordsIn: z.number(),
  bytesIn: z.number(),
  recordsOut: z.number(),
  bytesOut: z.number(),
  spills: z.number().int(),
  spilledBytes: z.number(),
  shuffleBytes: z.number(),
  /** What the function says of itself (`context.status`). */
  status: z.string(),
})
export type AttemptStatus = z.infer<typeof AttemptStatus>

export const SAMPLE_STAGES = ['mapInput', 'mapOutput', 'combined', 'partition', 'reduceInput', 'reduceOutput'] as const
/** Key and value as text, cut where they are long. */
export const SampleRecord = z.object({
  task: z.string(),
  key: z.string(),
  value: z.string(),
  partition: z.number().int().optional(),
})
export type SampleRecord = z.infer<typeof SampleRecord>

export const PartitionSkew = z.object({
  partition: z.number().int(),
  records: z.number(),
  bytes: z.number(),
  /** Heaviest first, from a sketch of bounded size: a count may be less than the truth, never more. */
  keys: z.array(z.object({ key: z.string(), records: z.number() })),
})
export type PartitionSkew = z.infer<typeof PartitionSkew>

export const HeldRecord = z.object({
  attempt: z.string(),
  stage: z.enum(['map', 'reduce']),
  key: z.string(),
  /** Of a map the record that is emitted, of a reduce the first values of the group. */
  values: z.array(z.string()),
  /** Of a map: the record that it came from. */
  input: z.object({ key: z.string(), value: z.string() }).optional(),
})
export type HeldRecord = z.infer<typeof HeldRecord>

export const NodeInput = z.object({
  name: z.string().min(1),
  rack: z.string().default('/default-rack'),
  /** Tasks at once. What really runs at once is never more than the machine's cores. */
  containers: z.number().int().min(1).max(1000).default(2),
  /** Of all its containers; one takes its job's `containerMiB`. */
  memoryMiB: z.number().int().positive().default(4096),
  /** The DataNode of the cluster's HDFS on the same machine. */
  dataNode: z.string().optional(),
})
export type NodeInput = z.infer<typeof NodeInput>
export const NodeStatus = NodeInput.extend({
  running: z.array(z.string()),
  usedMiB: z.number(),
})
export type NodeStatus = z.infer<typeof NodeStatus>

const aJob = z.object({ id: z.string() })
const aCluster = z.object({ cluster: ClusterName.default('local') })

/** MapReduce: jobs over files of HDFS and the lake, their tasks as processes, on compute nodes that may be lost. */
export const mapreduce = defineContract('mapreduce', {
  submit: call(JobSpec, aJob),
  describe: call(aJob, JobStatus),
  spec: call(aJob, JobSpec),
  /** Newest first. */
  list: call(
    z.object({ cluster: ClusterName.optional(), limit: z.number().int().positive().max(1000).default(100) }),
    z.array(JobStatus),
  ),
  /** A job now and after each change, to its end, or to that of a task that runs once more; all jobs, for ever, where none is named. */
  watch: feed(z.object({ id: z.string().optional() }), JobStatus),
  attempts: call(aJob.extend({ kind: TaskKind.optional() }), z.array(AttemptStatus)),
  /** Of all tasks together, or of one attempt. */
  counters: call(aJob.extend({ attempt: z.string().optional() }), Counters),
  /** A part of an attempt's output, from a byte on. */
  logs: call(
    z.object({ attempt: z.string(), from: z.number().int().nonnegative().default(0) }),
    z.object({ text: z.string(), next: z.number().int() }),
  ),
  sample: call(
    aJob.extend({
      stage: z.enum(SAMPLE_STAGES),
      /** Of one attempt; of all, mixed, where left out. */
      attempt: z.string().optional(),
      limit: z.number().int().positive().max(1000).default(100),
    }),
    z.array(SampleRecord),
  ),
  skew: call(aJob, z.object({ maxOverMedian: z.number(), partitions: z.array(PartitionSkew) })),
  /** Does nothing to a job that has ended. */
  kill: call(aJob.extend({ reason: z.string().default('Killed by a user.') }), nothing),
  /**
   * Of a running job: the task is done again and its new output counts. Of an ended one: it runs once more for its logs, counters and
   * samples, and its output is thrown away.
   */
  rerunTask: call(
    aJob.extend({ kind: TaskKind, task: z.number().int().nonnegative() }),
    z.object({ attempt: z.string() }),
  ),
  /** Replaces a job's breakpoints, for tasks that start from now on. */
  setBreakpoints: call(aJob.extend({ breakpoints: z.array(Breakpoint) }), nothing),
  held: call(aJob, z.array(HeldRecord)),
  /** Lets an attempt go on from its breakpoint. */
  proceed: call(z.object({ attempt: z.string() }), nothing),
  /** Worked jobs that Millrace ships: their specs read and write the lake of the workspace. */
  samples: call(nothing, z.array(z.object({ name: z.string(), summary: z.string(), jobs: z.array(JobSpec) }))),
  /** Puts a worked job's files and its small data into the workspace, and submits it: ids of its jobs, the last of which has the result. */
  submitSample: call(z.object({ name: z.string() }), z.object({ ids: z.array(z.string()) })),

  /** The nodes of a cluster from now on. What runs on those that are gone is lost, as by `loseNode`. An empty list deletes the cluster. */
  setNodes: call(aCluster.extend({ nodes: z.array(NodeInput) }), nothing),
  /** A node is gone at once: running attempts are lost, and so are outputs of its maps, which run again where reduces still need them. */
  loseNode: call(aCluster.extend({ node: z.string() }), nothing),
  /** `local` is there by itself: the DataNodes of HDFS where that is used, else one node. */
  nodes: call(aCluster, z.array(NodeStatus)),
})
