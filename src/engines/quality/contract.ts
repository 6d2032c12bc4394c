import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { ErrorPlace, WireError } from '../kit/pure/errors.ts'
import { Cell, ColumnType, TablePage } from '../kit/pure/table.ts'

/** A table of the catalog, or of the warehouse, where `database` is its schema. */
export const TableRef = z.object({
  engine: z.enum(['athena', 'warehouse']).default('athena'),
  database: z.string(),
  table: z.string(),
})
export type TableRef = z.infer<typeof TableRef>

const Counted = z.object({ value: Cell, count: z.number().int() })

export const ColumnProfile = z.object({
  name: z.string(),
  /** In the dialect's words. */
  declared: z.string(),
  type: ColumnType,
  nulls: z.number().int(),
  /** `exact` is false where there are so many that they were estimated. */
  distinct: z.object({ count: z.number().int(), exact: z.boolean() }),
  /** Nested values and bytes have no order. */
  min: Cell,
  max: Cell,
  mean: z.number().nullable(),
  /** Of the population. */
  stddev: z.number().nullable(),
  /** At 5, 25, 50, 75 and 95 %; numbers and times have them. */
  quantiles: z.array(Cell).nullable(),
  /** Whether they are values of the column; else, where there are many rows, they are estimated. */
  quantilesExact: z.boolean().optional(),
  /** Of texts, in characters. */
  lengths: z.object({ min: z.number(), max: z.number(), mean: z.number() }).nullable(),
  /** Most frequent shapes of texts: `A` and `a` for letters, `9` for digits, other characters as they are. */
  patterns: z.array(Counted),
  topValues: z.array(Counted),
  /**
   * Buckets of equal width from `min` to `max` of numbers, and of times in epoch seconds; of whole numbers and days one for each where they
   * are few.
   */
  histogram: z.object({ from: z.number(), to: z.number(), counts: z.array(z.number().int()) }).nullable(),
})
export type ColumnProfile = z.infer<typeof ColumnProfile>

export const TableProfile = z.object({
  table: TableRef,
  rowCount: z.number().int(),
  columns: z.array(ColumnProfile),
  /** Version of the catalog's table; null for the warehouse, which keeps none. */
  versionId: z.number().int().nullable(),
  takenMs: z.number(),
})
export type TableProfile = z.infer<typeof TableProfile>

export const Ruleset = z.object({
  name: z.string(),
  description: z.string().optional(),
  /** DQDL. */
  text: z.string(),
  ruleCount: z.number().int(),
  table: TableRef.optional(),
  /** The run that recommended it. */
  recommendationRunId: z.string().optional(),
  createdMs: z.number(),
  updatedMs: z.number(),
})
export type Ruleset = z.infer<typeof Ruleset>

export const RunState = z.enum(['STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'STOPPED'])

export const QualityRun = z.object({
  runId: z.string(),
  kind: z.enum(['evaluation', 'recommendation']),
  table: TableRef,
  /** Other tables that rules name, by alias. */
  sources: z.record(z.string(), TableRef),
  rulesets: z.array(z.string()),
  /** As an AWS client gave it: nobody is asked for permission here. */
  role: z.string().optional(),
  state: RunState,
  /** 0 to 1. */
  progress: z.number(),
  startedMs: z.number(),
  updatedMs: z.number(),
  endedMs: z.number().optional(),
  error: WireError.optional(),
  resultIds: z.array(z.string()),
  /** Of a recommendation. */
  recommended: z.string().optional(),
  createdRuleset: z.string().optional(),
})
export type QualityRun = z.infer<typeof QualityRun>

const Metrics = z.record(z.string(), z.number())

export const RuleResult = z.object({
  name: z.string(),
  /** The rule as it is written. */
  rule: z.string(),
  /** ERROR: it could not be evaluated. */
  result: z.enum(['PASS', 'FAIL', 'ERROR']),
  message: z.string().optional(),
  metrics: Metrics,
  /** Some rows that do not comply, where the rule is about rows. */
  failing: TablePage.optional(),
})
export type RuleResult = z.infer<typeof RuleResult>

export const QualityResult = z.object({
  resultId: z.string(),
  runId: z.string(),
  ruleset: z.string(),
  table: TableRef,
  /** Share of the rules that passed. */
  score: z.number(),
  startedMs: z.number(),
  completedMs: z.number(),
  rules: z.array(RuleResult),
  analyzers: z.array(
    z.object({ name: z.string(), analyzer: z.string(), message: z.string().optional(), metrics: Metrics }),
  ),
})
export type QualityResult = z.infer<typeof QualityResult>

const named = z.object({ name: z.string() })
const byRun = z.object({ runId: z.string() })

/** Column profiles, and data quality rules in DQDL with their results (AWS Glue Data Quality). */
export const quality = defineContract('quality', {
  /** Takes a profile and keeps it. The last item has it; giving up the feed stops the work. */
  profile: feed(TableRef, z.object({ progress: z.number(), profile: TableProfile.optional() })),
  /** The profile that was taken last; `stale` where the table or its data have changed since. */
  getProfile: call(TableRef, z.object({ profile: TableProfile.nullable(), stale: z.boolean() })),

  /** What is wrong with a text, also with the columns that it names where the table is given, and the aliases of the tables it needs. */
  checkRuleset: call(
    z.object({ text: z.string(), table: TableRef.optional() }),
    z.object({
      problems: z.array(z.object({ message: z.string(), at: ErrorPlace })),
      ruleCount: z.number().int(),
      aliases: z.array(z.string()),
    }),
  ),
  createRuleset: call(
    named.extend({ description: z.string().optional(), text: z.string(), table: TableRef.optional() }),
    Ruleset,
  ),
  /** A text that does not stand is refused, and the old one is kept. */
  updateRuleset: call(named.extend({ description: z.string().optional(), text: z.string().optional() }), Ruleset),
  deleteRuleset: call(named, nothing),
  getRuleset: call(named, Ruleset),
  listRulesets: call(z.object({ table: TableRef.optional() }), z.array(Ruleset)),

  startEvaluation: call(
    z.object({
      table: TableRef,
      rulesets: z.array(z.string()).min(1).max(10),
      sources: z.record(z.string(), TableRef).default({}),
      role: z.string().optional(),
    }),
    QualityRun,
  ),
  /** Rules that the table keeps today, from a fresh profile of it; kept as a ruleset where a name is given. */
  startRecommendation: call(
    z.object({ table: TableRef, createdRuleset: z.string().optional(), role: z.string().optional() }),
    QualityRun,
  ),
  getRun: call(byRun, QualityRun),
  listRuns: call(
    z.object({
      kind: z.enum(['evaluation', 'recommendation']),
      table: TableRef.optional(),
      limit: z.number().int().max(1000).default(1000),
    }),
    z.array(QualityRun),
  ),
  /** Interrupts the work; answers when nothing of it runs any more. */
  cancelRun: call(byRun, QualityRun),
  /** Runs as they change. */
  watchRuns: feed(nothing, QualityRun),

  getResult: call(z.object({ resultId: z.string() }), QualityResult),
  /** Newest first, without failing rows. */
  listResults: call(
    z.object({
      table: TableRef.optional(),
      ruleset: z.string().optional(),
      limit: z.number().int().max(1000).default(1000),
    }),
    z.array(QualityResult),
  ),
})
