import type { DuckSession } from '../../kit/node/duck.ts'
import { EngineError, isAbort } from '../../kit/pure/errors.ts'
import type { TablePage } from '../../kit/pure/table.ts'
import type { QualityResult, RuleResult, TableRef } from '../contract.ts'
import type { Rule, Ruleset, SimpleRule } from '../dqdl/ast.ts'
import { openSource, type Reach, ruleSql, type Source } from '../source.ts'
import { invalid } from './conditions.ts'
import type { EvaluationContext, Judge } from './context.ts'
import { Measures } from './measures.ts'
import type { Outcome } from './outcome.ts'
import { PREPARE } from './rules.ts'

/** Rows that are kept of those that do not comply, for each rule. */
const SAMPLE_ROWS = 10

export interface EvaluationOptions {
  readonly table: TableRef
  readonly aliases: Readonly<Record<string, TableRef>>
  readonly session: DuckSession
  readonly reach: Reach
  readonly signal: AbortSignal
  readonly onProgress: (progress: number) => void
}

type Evaluated = Pick<QualityResult, 'score' | 'rules' | 'analyzers'>

/** Rulesets over one table, on one connection: all of their measures are taken together. */
export async function evaluate(rulesets: readonly Ruleset[], options: EvaluationOptions): Promise<Evaluated[]> {
  const { session, reach, table, signal } = options
  const source = await openSource(table, session, reach)
  const opened = new Map<string, Promise<Source>>()
  const context: EvaluationContext = {
    ...options,
    source,
    measures: new Measures(),
    nowMs: reach.nowMs(),
    open: (alias) => {
      const ref = options.aliases[alias]
      if (!ref) throw invalid(`No data source has the alias ${alias}`)
      const found = opened.get(alias) ?? openSource(ref, session, reach)
      opened.set(alias, found)
      return found
    },
  }
  const prepared: { rules: Judged[]; analyzers: Judged[] }[] = []
  for (const { rules, analyzers } of rulesets) {
    const one: (typeof prepared)[number] = { rules: [], analyzers: [] }
    for (const rule of rules) one.rules.push(await prepare(rule, context))
    for (const analyzer of analyzers) one.analyzers.push(await prepare(analyzer, context))
    prepared.push(one)
  }
  await context.measures.take(session, { signal, onProgress: (share) => options.onProgress(share * 0.9) })
  const results: Evaluated[] = []
  for (const { rules, analyzers } of prepared) {
    const judged = []
    for (const [i, rule] of rules.entries()) judged.push(await resultOf(rule, `Rule_${i + 1}`, context))
    const measured = []
    for (const [i, analyzer] of analyzers.entries()) {
      const { name, rule, message, metrics } = await resultOf(analyzer, `Analyzer_${i + 1}`, context)
      measured.push({ name, analyzer: rule, metrics, ...(message !== undefined && { message }) })
    }
    const passed = judged.filter(({ result }) => result === 'PASS').length
    results.push({ score: judged.length > 0 ? passed / judged.length : 1, rules: judged, analyzers: measured })
  }
  return results
}

interface Judged {
  readonly rule: Rule
  readonly judge: Judge
}

/** A rule that cannot be evaluated says so in its own result, and the others go on. */
async function prepare(rule: Rule, context: EvaluationContext): Promise<Judged> {
  try {
    return { rule, judge: await judgeOf(rule, context) }
  } catch (thrown) {
    if (isAbort(thrown) || EngineError.from(thrown).domain === 'internal') throw thrown
    return { rule, judge: () => Promise.reject(thrown) }
  }
}

async function judgeOf(rule: Rule, context: EvaluationContext): Promise<Judge> {
  if (rule.kind === 'rule') return PREPARE[rule.type]({ rule, from: await rowsOf(rule, context), context })
  const parts: Judge[] = []
  for (const part of rule.rules) parts.push(await judgeOf(part, context))
  return async () => {
    const outcomes: Outcome[] = []
    for (const part of parts) outcomes.push(await part())
    const wrong = outcomes.filter(({ passed }) => !passed)
    const passed = rule.kind === 'and' ? wrong.length === 0 : wrong.length < outcomes.length
    const metrics = Object.assign({}, ...outcomes.map((outcome) => outcome.metrics))
    if (passed) return { passed, metrics }
    const failing = wrong.find((outcome) => outcome.failing)?.failing
    return {
      passed,
      metrics,
      message: wrong.flatMap(({ message }) => message ?? []).join(' '),
      ...(failing !== undefined && { failing }),
    }
  }
}

/** The rows that a rule is about: those of its where clause, which is SQL of the table's engine. */
async function rowsOf(rule: SimpleRule, context: EvaluationContext): Promise<string> {
  const { source, table, session, reach } = context
  if (rule.where === undefined) return source.sql
  const sql = await ruleSql(`SELECT * FROM primary WHERE (${rule.where}\n)`, table, {}, session, reach)
  await session.describe(sql)
  return sql
}

async function resultOf({ rule, judge }: Judged, name: string, context: EvaluationContext): Promise<RuleResult> {
  const about = { name, rule: rule.text }
  try {
    const { passed, message, metrics, failing } = await judge()
    return {
      ...about,
      result: passed ? 'PASS' : 'FAIL',
      metrics: { ...metrics },
      ...(message !== undefined && { message }),
      ...(!passed && failing !== undefined && { failing: await sample(failing, context) }),
    }
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (isAbort(thrown) || error.domain === 'internal') throw thrown
    // A rule about what is not there has failed; one that makes no sense could not be evaluated.
    const missing = error.message.startsWith('Input data does not include column')
    return { ...about, result: missing ? 'FAIL' : 'ERROR', message: error.message, metrics: {} }
  }
}

async function sample(failing: string, { session, signal, source }: EvaluationContext): Promise<TablePage> {
  const { rowCount, values } = await session.query(`SELECT * FROM (${failing}) AS failing LIMIT ${SAMPLE_ROWS}`, {
    signal,
  })
  return { columns: [...source.columns], start: 0, rowCount, values }
}
