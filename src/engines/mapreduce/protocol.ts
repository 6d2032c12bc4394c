import type { Breakpoint, Counters, HeldRecord, JobSpec, PartitionSkew, SampleRecord } from './contract.ts'

/** A part of a file that one map task reads: the records that begin in it. */
export interface Split {
  readonly uri: string
  readonly offset: number
  readonly length: number
  /** Of the whole file. */
  readonly fileBytes: number
  /** DataNodes that have it, nearest to all of it first. */
  readonly dataNodes: readonly string[]
  /** On this machine's disk, where the task may read it by itself; else it asks the engine. */
  readonly file?: string
}

/** One partition's records in a file of map output or of a spill, sorted. */
export interface Segment {
  readonly file: string
  readonly offset: number
  readonly bytes: number
  readonly records: number
  readonly crc: number
}

export interface FetchedSegment extends Segment {
  readonly map: number
}

/** What DuckDB may take in the process of a task. */
export const SQL_MEMORY_MIB = 128

interface Order {
  readonly attempt: string
  readonly job: string
  readonly task: number
  readonly attemptNumber: number
  readonly node: string
  readonly spec: JobSpec
  readonly workspaceDirectory: string
  /** Of this attempt alone: spills, map output, output. */
  readonly directory: string
  /** Localized files of the distributed cache. */
  readonly cacheDirectory: string
  readonly breakpoints: readonly Breakpoint[]
}

/** What a task's process is told to do, as a line of JSON on its standard input. */
export type TaskOrder =
  | (Order & { readonly kind: 'map'; readonly split: Split })
  | (Order & { readonly kind: 'reduce'; readonly segments: readonly FetchedSegment[] })

export interface TaskProgress {
  readonly phase: 'map' | 'sort' | 'shuffle' | 'reduce'
  /** 0 to 1. */
  readonly progress: number
  readonly counters: Counters
  readonly status: string
}

export interface TaskResult extends TaskProgress {
  /** Of a map: its output by partition. */
  readonly segments: readonly Segment[]
  /** The file of the job's output, absent where a map writes none. */
  readonly output: string | null
  readonly samples: Samples
  readonly heaviest: readonly PartitionSkew[]
}

export type Samples = Partial<Record<string, readonly SampleRecord[]>>

export interface TaskError {
  readonly message: string
  readonly at?: { readonly file: string; readonly line: number; readonly column?: number }
  /** The map task whose output could not be read. */
  readonly fetchOf?: number
}

/** What a task's process says, as lines of JSON on descriptor 3. */
export type FromTask =
  /** Wants so many bytes of the split's file from there on, all of them, on descriptor 5. */
  | { readonly type: 'read'; readonly offset: number; readonly length: number }
  | { readonly type: 'progress'; readonly progress: TaskProgress }
  /** Stands until a byte comes on descriptor 5. */
  | { readonly type: 'held'; readonly held: HeldRecord }
  | { readonly type: 'done'; readonly result: TaskResult }
  | { readonly type: 'failed'; readonly error: TaskError; readonly progress: TaskProgress; readonly samples: Samples }

export const TASK_COUNTER = 'org.apache.hadoop.mapreduce.TaskCounter'
export const JOB_COUNTER = 'org.apache.hadoop.mapreduce.JobCounter'
export const FILE_COUNTER = 'org.apache.hadoop.mapreduce.FileSystemCounter'
export const INPUT_COUNTER = 'org.apache.hadoop.mapreduce.lib.input.FileInputFormatCounter'
export const OUTPUT_COUNTER = 'org.apache.hadoop.mapreduce.lib.output.FileOutputFormatCounter'
