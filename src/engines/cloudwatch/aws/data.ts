import {
  GetMetricData$,
  type GetMetricDataInput,
  type GetMetricDataOutput,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch'
import { evaluate, type Series } from '../math.ts'
import { isPercentile, isStatistic, statisticOf } from '../measured.ts'
import {
  checkPeriod,
  DIMENSION_NAME,
  DIMENSION_VALUE,
  DIMENSIONS,
  dimensionsOf,
  invalidValue,
  type MetricClients,
  NAME,
  NAMESPACE,
  operation,
  readToken,
  refuse,
  UNITS,
  writeToken,
} from './common.ts'

const QUERIES_MAX = 500
const DATAPOINTS_MAX = 100_800
const AT = 'MetricDataQueries[]'

export const GetMetricData = operation<GetMetricDataInput, GetMetricDataOutput>({
  schema: GetMetricData$,
  constraints: {
    [`${AT}.Id`]: { length: [1, 255] },
    [`${AT}.Expression`]: { length: [1, 2048] },
    [`${AT}.Period`]: { range: [1, null] },
    [`${AT}.MetricStat.Period`]: { range: [1, null] },
    [`${AT}.MetricStat.Metric.Namespace`]: NAMESPACE,
    [`${AT}.MetricStat.Metric.MetricName`]: NAME,
    [`${AT}.MetricStat.Metric.Dimensions`]: DIMENSIONS,
    [`${AT}.MetricStat.Metric.Dimensions[].Name`]: DIMENSION_NAME,
    [`${AT}.MetricStat.Metric.Dimensions[].Value`]: DIMENSION_VALUE,
    [`${AT}.MetricStat.Unit`]: UNITS,
    ScanBy: { values: ['TimestampDescending', 'TimestampAscending'] },
    MaxDatapoints: { range: [1, DATAPOINTS_MAX] },
  },
  async run(input, { clients }) {
    refuse(input, 'LabelOptions')
    const queries = input.MetricDataQueries!
    if (queries.length === 0 || queries.length > QUERIES_MAX)
      throw invalidValue(`The collection MetricDataQueries must have a size between 1 and ${QUERIES_MAX}.`)
    const span = { startMs: input.StartTime!.getTime(), endMs: input.EndTime!.getTime() }
    if (span.startMs >= span.endMs)
      throw invalidValue('The parameter StartTime must be less than the parameter EndTime.')
    const results = new QueryResults(queries, span, clients)
    const wanted = queries.filter(({ ReturnData = true }) => ReturnData)
    if (wanted.length === 0) throw invalidValue('At least one query must have ReturnData set to true.')
    const found: Required<Pick<MetricDataResult, 'Id' | 'Label' | 'Timestamps' | 'Values'>>[] = []
    for (const query of wanted) {
      const points = [...(await results.of(query.Id!))].sort(([a], [b]) => a - b)
      if (input.ScanBy !== 'TimestampAscending') points.reverse()
      found.push({
        Id: query.Id!,
        Label: query.Label ?? query.MetricStat?.Metric?.MetricName ?? query.Id!,
        Timestamps: points.map(([time]) => new Date(time)),
        Values: points.map(([, value]) => value),
      })
    }
    return pageOf(found, readToken(input.NextToken), input.MaxDatapoints ?? DATAPOINTS_MAX)
  },
})

/** Datapoints from a place on, counted over all results; a result that is cut says so. */
function pageOf(
  results: readonly Required<Pick<MetricDataResult, 'Id' | 'Label' | 'Timestamps' | 'Values'>>[],
  from: number,
  max: number,
): GetMetricDataOutput {
  let at = 0
  const MetricDataResults = results.map((result): MetricDataResult => {
    const first = Math.max(0, from - at)
    const end = Math.max(first, from + max - at)
    at += result.Values.length
    return {
      ...result,
      Timestamps: result.Timestamps.slice(first, end),
      Values: result.Values.slice(first, end),
      StatusCode: end < result.Values.length ? 'PartialData' : 'Complete',
    }
  })
  return { MetricDataResults, Messages: [], NextToken: at > from + max ? writeToken(from + max) : undefined }
}

/** Queries by their ids, each read once; an expression is read from the queries it names. */
class QueryResults {
  private readonly queries: ReadonlyMap<string, MetricDataQuery>
  private readonly known = new Map<string, Series>()
  private readonly open = new Set<string>()
  private readonly span: { startMs: number; endMs: number }
  private readonly clients: MetricClients

  constructor(queries: readonly MetricDataQuery[], span: { startMs: number; endMs: number }, clients: MetricClients) {
    for (const query of queries) checkQuery(query)
    this.queries = new Map(queries.map((query) => [query.Id!, query]))
    if (this.queries.size !== queries.length) throw invalidValue('The values of MetricDataQueries.Id must be unique.')
    this.span = span
    this.clients = clients
  }

  async of(id: string): Promise<Series> {
    const known = this.known.get(id)
    if (known) return known
    const query = this.queries.get(id)
    if (!query) throw invalidValue(`Error in expression: no query has the id ${id}.`)
    if (this.open.has(id)) throw invalidValue(`Error in expression: ${id} depends on itself.`)
    this.open.add(id)
    const series = query.Expression === undefined ? await this.metric(query) : await this.math(query.Expression)
    this.open.delete(id)
    this.known.set(id, series)
    return series
  }

  private async metric({ MetricStat }: MetricDataQuery): Promise<Series> {
    const { Metric, Period, Stat, Unit } = MetricStat!
    const points = await this.clients.cloudwatch.readMetric({
      metric: {
        namespace: Metric!.Namespace ?? '',
        name: Metric!.MetricName ?? '',
        dimensions: dimensionsOf(Metric!.Dimensions),
      },
      startMs: floorTo(this.span.startMs, Period!),
      endMs: this.span.endMs,
      periodS: Period!,
      unit: Unit,
      merged: true,
    })
    const pairs = points.flatMap((point): [number, number][] => {
      const value = statisticOf(Stat!, point)
      return value === undefined ? [] : [[point.startMs, value]]
    })
    return new Map(pairs)
  }

  private async math(expression: string): Promise<Series> {
    const ids = [...new Set(expression.match(/\b[a-z]\w*/g) ?? [])]
    if (ids.length === 0) throw invalidValue('Error in expression: it names no query.')
    const series = new Map<string, Series>()
    for (const id of ids) series.set(id, await this.of(id))
    const periodS = this.periodOf(ids)
    const times: number[] = []
    for (let time = floorTo(this.span.startMs, periodS); time < this.span.endMs; time += periodS * 1000)
      times.push(time)
    const result = evaluate(expression, {
      series: (id) => series.get(id)!,
      times,
      fail: invalidValue,
    })
    return typeof result === 'number' ? new Map(times.map((time) => [time, result])) : result
  }

  /** Series of one expression must be of one period. */
  private periodOf(ids: readonly string[]): number {
    const periods = new Set(ids.map((id) => this.metricPeriod(id)))
    if (periods.size > 1) throw invalidValue('Millrace does not support metric math over different periods.')
    return [...periods][0]
  }

  private metricPeriod(id: string): number {
    const { MetricStat, Expression } = this.queries.get(id)!
    return MetricStat ? MetricStat.Period! : this.periodOf(Expression!.match(/\b[a-z]\w*/g)!)
  }
}

const floorTo = (timeMs: number, periodS: number): number => Math.floor(timeMs / 1000 / periodS) * periodS * 1000

function checkQuery(query: MetricDataQuery): void {
  const { Id, MetricStat, Expression, Label } = query
  refuse(query, 'AccountId')
  if (!/^[a-z]\w*$/.test(Id!)) throw invalidValue(`The value ${Id} for parameter MetricDataQueries.Id is invalid.`)
  if ((MetricStat === undefined) === (Expression === undefined))
    throw invalidValue(`Query ${Id} must have either MetricStat or Expression.`)
  if (Label?.includes('${')) throw invalidValue('Millrace does not support dynamic labels.')
  if (Expression !== undefined) {
    refuse(query, 'Period')
    if (/^\s*SELECT\b/i.test(Expression)) throw invalidValue('Millrace does not support Metrics Insights queries.')
    return
  }
  checkPeriod(MetricStat!.Period!)
  const { Stat } = MetricStat!
  if (!isStatistic(Stat!) && !isPercentile(Stat!))
    throw invalidValue(`Millrace does not support the statistic ${Stat}.`)
}
