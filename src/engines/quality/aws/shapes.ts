import type { DataQualityResult, DataQualityTargetTable, DataSource } from '@aws-sdk/client-glue'
import type { Clients } from '../../contract.ts'
import { refuse } from '../../kit/node/aws/glue.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { QualityResult, QualityRun, TableRef } from '../contract.ts'

export const operation = operationsOf<Pick<Clients, 'quality'>>()

/** Lengths of the model's HashString, and of pages. */
export const NAME = { length: [1, 255] } as const
export const PAGE = { range: [1, 1000] } as const

export function tableOf(source: DataSource | undefined): TableRef {
  refuse(source, 'DataQualityGlueTable')
  if (!source?.GlueTable) throw invalid('The data source needs a GlueTable')
  refuse(source.GlueTable, 'ConnectionName', 'AdditionalOptions')
  return tableNamed(source.GlueTable)
}

export const tableNamed = ({
  DatabaseName,
  TableName,
}: Pick<DataQualityTargetTable, 'DatabaseName' | 'TableName'>): TableRef => ({
  engine: 'athena',
  database: DatabaseName!.toLowerCase(),
  table: TableName!.toLowerCase(),
})

export const targetOf = ({ database, table }: TableRef): DataQualityTargetTable => ({
  DatabaseName: database,
  TableName: table,
})

export const sourceOf = (table: TableRef): DataSource => ({ GlueTable: targetOf(table) })

/** Whether a time lies between both, where they are given. */
export function within(ms: number, after: Date | undefined, before: Date | undefined): boolean {
  return (!after || ms > after.getTime()) && (!before || ms < before.getTime())
}

/** What both kinds of runs have in common. */
export function runToGlue(run: QualityRun) {
  return {
    RunId: run.runId,
    DataSource: sourceOf(run.table),
    Role: run.role,
    Status: run.state,
    ErrorString: run.error?.message,
    StartedOn: new Date(run.startedMs),
    LastModifiedOn: new Date(run.updatedMs),
    CompletedOn: run.endedMs === undefined ? undefined : new Date(run.endedMs),
    ExecutionTime: run.endedMs === undefined ? undefined : Math.round((run.endedMs - run.startedMs) / 1000),
  }
}

export function resultToGlue(result: QualityResult): DataQualityResult {
  return {
    ResultId: result.resultId,
    Score: result.score,
    DataSource: sourceOf(result.table),
    RulesetName: result.ruleset,
    StartedOn: new Date(result.startedMs),
    CompletedOn: new Date(result.completedMs),
    RulesetEvaluationRunId: result.runId,
    RuleResults: result.rules.map(({ name, rule, message, result: Result, metrics }) => ({
      Name: name,
      Description: rule,
      EvaluatedRule: rule,
      EvaluationMessage: message,
      Result,
      EvaluatedMetrics: metrics,
    })),
    AnalyzerResults: result.analyzers.map(({ name, analyzer, message, metrics }) => ({
      Name: name,
      Description: analyzer,
      EvaluationMessage: message,
      EvaluatedMetrics: metrics,
    })),
  }
}

export function invalid(message: string): EngineError {
  return new EngineError('InvalidInputException', message)
}
