import {
  BatchGetDataQualityResult$,
  type BatchGetDataQualityResultRequest,
  type BatchGetDataQualityResultResponse,
  GetDataQualityResult$,
  type GetDataQualityResultRequest,
  type GetDataQualityResultResponse,
  ListDataQualityResults$,
  type ListDataQualityResultsRequest,
  type ListDataQualityResultsResponse,
} from '@aws-sdk/client-glue'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { NAME, operation, PAGE, resultToGlue, sourceOf, tableOf, within } from './shapes.ts'

export const GetDataQualityResult = operation<GetDataQualityResultRequest, GetDataQualityResultResponse>({
  schema: GetDataQualityResult$,
  constraints: { ResultId: NAME },
  async run({ ResultId }, { clients }) {
    return resultToGlue(await clients.quality.getResult({ resultId: ResultId! }))
  },
})

export const BatchGetDataQualityResult = operation<BatchGetDataQualityResultRequest, BatchGetDataQualityResultResponse>(
  {
    schema: BatchGetDataQualityResult$,
    constraints: { ResultIds: { length: [1, 100] }, 'ResultIds[]': NAME },
    async run({ ResultIds }, { clients }) {
      const Results = []
      const ResultsNotFound = []
      for (const resultId of ResultIds!) {
        try {
          Results.push(resultToGlue(await clients.quality.getResult({ resultId })))
        } catch (thrown) {
          if (EngineError.from(thrown).code !== 'EntityNotFoundException') throw thrown
          ResultsNotFound.push(resultId)
        }
      }
      return { Results, ResultsNotFound }
    },
  },
)

export const ListDataQualityResults = operation<ListDataQualityResultsRequest, ListDataQualityResultsResponse>({
  schema: ListDataQualityResults$,
  constraints: { MaxResults: PAGE },
  async run({ Filter, NextToken, MaxResults }, { clients }) {
    refuse(Filter, 'JobName', 'JobRunId', 'EvaluationRunMode', 'DataQualityEvaluationConfig')
    const all = await clients.quality.listResults(Filter?.DataSource ? { table: tableOf(Filter.DataSource) } : {})
    const matching = all.filter(
      ({ table, startedMs }) =>
        table.engine === 'athena' && within(startedMs, Filter?.StartedAfter, Filter?.StartedBefore),
    )
    const { items, ...next } = page(matching, NextToken, MaxResults ?? 1000)
    const Results = items.map(({ resultId, table, startedMs }) => ({
      ResultId: resultId,
      DataSource: sourceOf(table),
      StartedOn: new Date(startedMs),
    }))
    return { Results, ...next }
  },
})
