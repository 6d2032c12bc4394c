import {
  CancelDataQualityRuleRecommendationRun$,
  type CancelDataQualityRuleRecommendationRunRequest,
  type CancelDataQualityRuleRecommendationRunResponse,
  CancelDataQualityRulesetEvaluationRun$,
  type CancelDataQualityRulesetEvaluationRunRequest,
  type CancelDataQualityRulesetEvaluationRunResponse,
  GetDataQualityRuleRecommendationRun$,
  type GetDataQualityRuleRecommendationRunRequest,
  type GetDataQualityRuleRecommendationRunResponse,
  GetDataQualityRulesetEvaluationRun$,
  type GetDataQualityRulesetEvaluationRunRequest,
  type GetDataQualityRulesetEvaluationRunResponse,
  ListDataQualityRuleRecommendationRuns$,
  type ListDataQualityRuleRecommendationRunsRequest,
  type ListDataQualityRuleRecommendationRunsResponse,
  ListDataQualityRulesetEvaluationRuns$,
  type ListDataQualityRulesetEvaluationRunsRequest,
  type ListDataQualityRulesetEvaluationRunsResponse,
  StartDataQualityRuleRecommendationRun$,
  type StartDataQualityRuleRecommendationRunRequest,
  type StartDataQualityRuleRecommendationRunResponse,
  StartDataQualityRulesetEvaluationRun$,
  type StartDataQualityRulesetEvaluationRunRequest,
  type StartDataQualityRulesetEvaluationRunResponse,
} from '@aws-sdk/client-glue'
import type { Clients } from '../../contract.ts'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { QualityRun } from '../contract.ts'
import { invalid, NAME, operation, PAGE, runToGlue, sourceOf, tableOf, within } from './shapes.ts'

type Reach = { clients: Pick<Clients, 'quality'> }

/** There are no workers here to count, and nothing that ends a run but its work or who cancels it. */
const UNHONOURED = ['NumberOfWorkers', 'Timeout', 'ClientToken'] as const

export const StartDataQualityRulesetEvaluationRun = operation<
  StartDataQualityRulesetEvaluationRunRequest,
  StartDataQualityRulesetEvaluationRunResponse
>({
  schema: StartDataQualityRulesetEvaluationRun$,
  constraints: { RulesetNames: { length: [1, 10] }, 'RulesetNames[]': NAME },
  async run(input, { clients }) {
    refuse(input, ...UNHONOURED)
    const {
      CompositeRuleEvaluationMethod: method = 'COLUMN',
      CloudWatchMetricsEnabled: metrics = false,
      ...rest
    } = input.AdditionalRunOptions ?? {}
    if (method !== 'COLUMN') throw invalid('CompositeRuleEvaluationMethod ROW is not supported by Millrace')
    if (metrics) throw invalid('CloudWatchMetricsEnabled is not supported by Millrace')
    refuse(rest, ...(Object.keys(rest) as (keyof typeof rest)[]))
    const others = Object.entries(input.AdditionalDataSources ?? {})
    const { runId } = await clients.quality.startEvaluation({
      table: tableOf(input.DataSource),
      rulesets: input.RulesetNames!,
      sources: Object.fromEntries(others.map(([alias, source]) => [alias, tableOf(source)])),
      role: input.Role!,
    })
    return { RunId: runId }
  },
})

export const StartDataQualityRuleRecommendationRun = operation<
  StartDataQualityRuleRecommendationRunRequest,
  StartDataQualityRuleRecommendationRunResponse
>({
  schema: StartDataQualityRuleRecommendationRun$,
  constraints: { CreatedRulesetName: NAME },
  async run(input, { clients }) {
    refuse(input, ...UNHONOURED, 'DataQualitySecurityConfiguration', 'AdditionalRunOptions', 'RecommendationMode')
    const { runId } = await clients.quality.startRecommendation({
      table: tableOf(input.DataSource),
      createdRuleset: input.CreatedRulesetName,
      role: input.Role!,
    })
    return { RunId: runId }
  },
})

async function runOf(kind: QualityRun['kind'], runId: string, { clients }: Reach): Promise<QualityRun> {
  const run = await clients.quality.getRun({ runId })
  if (run.kind === kind) return run
  throw new EngineError('EntityNotFoundException', `Data quality run ${runId} was not found.`)
}

export const GetDataQualityRulesetEvaluationRun = operation<
  GetDataQualityRulesetEvaluationRunRequest,
  GetDataQualityRulesetEvaluationRunResponse
>({
  schema: GetDataQualityRulesetEvaluationRun$,
  constraints: { RunId: NAME },
  async run({ RunId }, context) {
    const run = await runOf('evaluation', RunId!, context)
    const others = Object.entries(run.sources).map(([alias, table]) => [alias, sourceOf(table)])
    return {
      ...runToGlue(run),
      RulesetNames: run.rulesets,
      ResultIds: run.resultIds,
      ...(others.length > 0 && { AdditionalDataSources: Object.fromEntries(others) }),
    }
  },
})

export const GetDataQualityRuleRecommendationRun = operation<
  GetDataQualityRuleRecommendationRunRequest,
  GetDataQualityRuleRecommendationRunResponse
>({
  schema: GetDataQualityRuleRecommendationRun$,
  constraints: { RunId: NAME },
  async run({ RunId }, context) {
    const run = await runOf('recommendation', RunId!, context)
    return { ...runToGlue(run), RecommendedRuleset: run.recommended, CreatedRulesetName: run.createdRuleset }
  },
})

export const CancelDataQualityRulesetEvaluationRun = operation<
  CancelDataQualityRulesetEvaluationRunRequest,
  CancelDataQualityRulesetEvaluationRunResponse
>({
  schema: CancelDataQualityRulesetEvaluationRun$,
  constraints: { RunId: NAME },
  run: ({ RunId }, context) => cancel('evaluation', RunId!, context),
})

export const CancelDataQualityRuleRecommendationRun = operation<
  CancelDataQualityRuleRecommendationRunRequest,
  CancelDataQualityRuleRecommendationRunResponse
>({
  schema: CancelDataQualityRuleRecommendationRun$,
  constraints: { RunId: NAME },
  run: ({ RunId }, context) => cancel('recommendation', RunId!, context),
})

async function cancel(kind: QualityRun['kind'], runId: string, context: Reach): Promise<object> {
  await runOf(kind, runId, context)
  await context.clients.quality.cancelRun({ runId })
  return {}
}

type RunFilter = Pick<
  NonNullable<ListDataQualityRulesetEvaluationRunsRequest['Filter']>,
  'DataSource' | 'StartedAfter' | 'StartedBefore'
>

async function runsOf(
  kind: QualityRun['kind'],
  filter: RunFilter | undefined,
  { clients }: Reach,
): Promise<QualityRun[]> {
  const runs = await clients.quality.listRuns({
    kind,
    ...(filter?.DataSource && { table: tableOf(filter.DataSource) }),
  })
  return runs.filter(
    ({ table, startedMs }) =>
      table.engine === 'athena' && within(startedMs, filter?.StartedAfter, filter?.StartedBefore),
  )
}

const described = (run: QualityRun) => {
  const { RunId, Status, StartedOn, DataSource } = runToGlue(run)
  return { RunId, Status, StartedOn, DataSource }
}

export const ListDataQualityRulesetEvaluationRuns = operation<
  ListDataQualityRulesetEvaluationRunsRequest,
  ListDataQualityRulesetEvaluationRunsResponse
>({
  schema: ListDataQualityRulesetEvaluationRuns$,
  constraints: { MaxResults: PAGE },
  async run({ Filter, NextToken, MaxResults }, context) {
    const named = Filter?.RulesetName
    const runs = await runsOf('evaluation', Filter, context)
    const matching = runs.filter(({ rulesets }) => named === undefined || rulesets.includes(named))
    const { items, ...next } = page(matching, NextToken, MaxResults ?? 1000)
    return { Runs: items.map(described), ...next }
  },
})

export const ListDataQualityRuleRecommendationRuns = operation<
  ListDataQualityRuleRecommendationRunsRequest,
  ListDataQualityRuleRecommendationRunsResponse
>({
  schema: ListDataQualityRuleRecommendationRuns$,
  constraints: { MaxResults: PAGE },
  async run({ Filter, NextToken, MaxResults }, context) {
    const { items, ...next } = page(await runsOf('recommendation', Filter, context), NextToken, MaxResults ?? 1000)
    return { Runs: items.map((run) => ({ ...described(run), CreatedRulesetName: run.createdRuleset })), ...next }
  },
})
