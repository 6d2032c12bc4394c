import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { WireError } from '../kit/pure/errors.ts'
import { Cell, TablePage } from '../kit/pure/table.ts'
import { PipelineDocument } from './document.ts'

/** What is wrong with a pipeline, and where. `at` names the node, field or wire. */
export const Problem = z.object({
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  node: z.string().optional(),
  field: z.string().optional(),
  wire: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

export const NodeRun = z.object({
  node: z.string(),
  state: z.enum(['waiting', 'running', 'paused', 'done', 'failed', 'stopped']),
  rowsIn: z.number(),
  rowsOut: z.number(),
  bytesIn: z.number(),
  bytesOut: z.number(),
  /** Rows that ended here on purpose (a filter), and rows that went to an error sink. */
  rowsFiltered: z.number(),
  rowsFailed: z.number(),
  /** Rows a second of real time, in and out, over the last second. */
  rateIn: z.number(),
  rateOut: z.number(),
  /** 0 to 1, where the end is known, and real milliseconds left by the pace of late; null while nothing tells. */
  progress: z.number().nullable(),
  etaMs: z.number().nullable(),
  /** One short line of the kind's own, such as "next flush in 12 s" or "3 throttled/s". */
  note: z.string().optional(),
  /** A problem that it works on by itself, such as a delivery that is tried again; gone once that has passed. */
  warning: z.string().optional(),
  /** What its result depends on in the document that ran (see `fingerprint.ts`): another one now means the result is stale. */
  fingerprint: z.string().optional(),
  error: WireError.optional(),
})
export type NodeRun = z.infer<typeof NodeRun>

export const WireRun = z.object({
  wire: z.string(),
  rows: z.number(),
  bytes: z.number(),
  rate: z.number(),
  /** Share of the last second in which the wire was full: 0 flows, 1 is blocked by what comes after it. */
  pressure: z.number(),
  /** A breakpoint holds a row here. */
  paused: z.boolean(),
})
export type WireRun = z.infer<typeof WireRun>

/** Accounting of a node from its sink read back, not from counters. */
export const Account = z.object({
  node: z.string(),
  rowsIn: z.number(),
  rowsOut: z.number(),
  filtered: z.number(),
  failed: z.number(),
  /** Rows found by reading the sink back, where the node has one, and whether count and key hash agree. */
  readBack: z.number().nullable(),
  agrees: z.boolean().nullable(),
  note: z.string().optional(),
})

export type Account = z.infer<typeof Account>

/** What a person must hear about a run that goes on, or ended well by its own lights. */
export const RunWarning = z.object({ node: z.string(), message: z.string() })
export type RunWarning = z.infer<typeof RunWarning>

export const RunState = z.object({
  runId: z.string(),
  pipeline: z.string(),
  state: z.enum(['starting', 'running', 'paused', 'draining', 'succeeded', 'failed', 'stopped']),
  startedMs: z.number(),
  endedMs: z.number().optional(),
  /** Engine time now. */
  clockMs: z.number(),
  /** Rows that its sources sent. */
  rows: z.number(),
  /** How far the sources are, and real milliseconds until they have sent all; while it drains, until that is done, if it can be known. */
  progress: z.number().nullable(),
  etaMs: z.number().nullable(),
  /** What a draining run waits for, such as "To the lake: 12,400 rows buffered, next flush in 8 s". */
  waitsFor: z.string().optional(),
  /** The node it began at, with pinned rows of what comes before. */
  fromNode: z.string().optional(),
  /** The document that ran, by what its rows depend on. */
  fingerprint: z.string().optional(),
  nodes: z.array(NodeRun),
  wires: z.array(WireRun),
  warnings: z.array(RunWarning),
  error: WireError.optional(),
  /** Filled when the run has ended. */
  accounts: z.array(Account),
  athenaBytesScanned: z.number(),
  /** US dollars this run would have cost at AWS by the workspace's price table; an estimate, and named so wherever shown. */
  costUsd: z.number().nullable(),
})
export type RunState = z.infer<typeof RunState>

export const RunSummary = RunState.pick({
  runId: true,
  pipeline: true,
  state: true,
  startedMs: true,
  endedMs: true,
  rows: true,
  fromNode: true,
  fingerprint: true,
  warnings: true,
  error: true,
})

export type RunSummary = z.infer<typeof RunSummary>

/** What a run is of that `produce.ts` starts, and no file holds, by its path `streams/<stream>/<producer>`; null for a pipeline's file. */
export function producedBy(path: string): { stream: string; producer: string } | null {
  const found = /^streams\/([^/]+)\/([^/]+)$/.exec(path)
  return found && { stream: found[1], producer: found[2] }
}

export const NodeKindInfo = z.object({ kind: z.string(), available: z.boolean(), reason: z.string().optional() })

const aRun = z.object({ runId: z.string() })
const Place = z.union([z.object({ node: z.string() }), z.object({ wire: z.string() })])

/** Pipelines: documents that are checked, run, watched and accounted for. */
export const pipeline = defineContract('pipeline', {
  check: call(z.object({ document: PipelineDocument }), z.array(Problem)),
  start: call(
    z.object({
      path: z.string(),
      /** Runs this text instead of the file's: the builder's unsaved document. */
      document: PipelineDocument.optional(),
      speed: z.number().positive().nullable().optional(),
      scale: z.number().int().positive().default(1),
      until: z.enum(['stopped', 'drained']).default('drained'),
      /** Starts at this node, with the pinned rows of what comes before it. */
      fromNode: z.string().optional(),
    }),
    RunState,
  ),
  /** Ends the sources and answers; what is under way still arrives. `abandon`, or asking twice, drops it. */
  stop: call(aRun.extend({ mode: z.enum(['drain', 'abandon']).default('drain') }), RunState),
  pause: call(aRun, nothing),
  resume: call(aRun, nothing),
  /** Lets one row through the breakpoint of a wire. */
  step: call(aRun.extend({ wire: z.string() }), nothing),
  describe: call(aRun, RunState),
  watch: feed(aRun, RunState),
  /** Runs of a pipeline, newest first, kept across restarts. */
  listRuns: call(
    z.object({ pipeline: z.string().optional(), limit: z.number().int().max(1000).default(50) }),
    z.array(RunSummary),
  ),
  watchRuns: feed(nothing, z.array(RunSummary)),
  /** Rows lately seen at a node or on a wire. */
  rows: call(aRun.extend({ at: Place, limit: z.number().int().max(1000).default(200) }), TablePage),
  /** Rows of a wire as they pass, sampled: at most four pages a second. */
  watchRows: feed(aRun.extend({ at: Place }), TablePage),
  /** Rows kept for a node's output: a run from a later node starts with them. */
  pin: call(
    z.object({ path: z.string(), node: z.string(), columns: z.array(z.string()), rows: z.array(z.array(Cell)) }),
    nothing,
  ),
  unpin: call(z.object({ path: z.string(), node: z.string() }), nothing),
  listPins: call(z.object({ path: z.string() }), z.array(z.object({ node: z.string(), rows: z.number().int() }))),
  /** Pauses the run when a row on the wire meets the condition (an expression over its fields; none means any row). */
  setBreakpoint: call(z.object({ path: z.string(), wire: z.string(), condition: z.string().default('') }), nothing),
  clearBreakpoint: call(z.object({ path: z.string(), wire: z.string() }), nothing),
  listBreakpoints: call(z.object({ path: z.string() }), z.array(z.object({ wire: z.string(), condition: z.string() }))),
})
