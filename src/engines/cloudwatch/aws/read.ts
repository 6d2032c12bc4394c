import {
  type Datapoint,
  GetMetricStatistics$,
  type GetMetricStatisticsInput,
  type GetMetricStatisticsOutput,
  ListMetrics$,
  type ListMetricsInput,
  type ListMetricsOutput,
} from '@aws-sdk/client-cloudwatch'
import type { Point } from '../contract.ts'
import { isPercentile, isStatistic, statisticOf } from '../measured.ts'
import {
  checkPeriod,
  DIMENSION_NAME,
  DIMENSION_VALUE,
  DIMENSIONS,
  dimensionsOf,
  dimensionsTold,
  invalidCombination,
  invalidValue,
  missing,
  NAME,
  NAMESPACE,
  operation,
  readToken,
  refuse,
  UNITS,
  writeToken,
} from './common.ts'

const PAGE = 500
const DATAPOINTS_MAX = 1440
const MINUTE_MS = 60_000
const THREE_HOURS_MS = 3 * 3600_000

export const ListMetrics = operation<ListMetricsInput, ListMetricsOutput>({
  schema: ListMetrics$,
  constraints: {
    Namespace: NAMESPACE,
    MetricName: NAME,
    Dimensions: { length: [0, 10] },
    'Dimensions[].Name': DIMENSION_NAME,
    'Dimensions[].Value': DIMENSION_VALUE,
    RecentlyActive: { values: ['PT3H'] },
  },
  async run(input, { clients }) {
    if (input.IncludeLinkedAccounts) refuse(input, 'IncludeLinkedAccounts')
    refuse(input, 'OwningAccount')
    const all = await clients.cloudwatch.listMetrics({
      namespace: input.Namespace,
      name: input.MetricName,
      dimensions: (input.Dimensions ?? []).map(({ Name, Value }) => ({ name: Name!, value: Value })),
      activeWithinMs: input.RecentlyActive ? THREE_HOURS_MS : undefined,
    })
    const from = readToken(input.NextToken)
    return {
      Metrics: all.slice(from, from + PAGE).map(({ namespace, name, dimensions }) => ({
        Namespace: namespace,
        MetricName: name,
        Dimensions: dimensionsTold(dimensions),
      })),
      NextToken: all.length > from + PAGE ? writeToken(from + PAGE) : undefined,
    }
  },
})

export const GetMetricStatistics = operation<GetMetricStatisticsInput, GetMetricStatisticsOutput>({
  schema: GetMetricStatistics$,
  constraints: {
    Namespace: NAMESPACE,
    MetricName: NAME,
    Dimensions: DIMENSIONS,
    'Dimensions[].Name': DIMENSION_NAME,
    'Dimensions[].Value': DIMENSION_VALUE,
    Period: { range: [1, null] },
    Statistics: { length: [1, 5] },
    'Statistics[]': { values: ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] },
    ExtendedStatistics: { length: [1, 10] },
    Unit: UNITS,
  },
  async run(input, { clients }) {
    const { Statistics, ExtendedStatistics, Period, Unit } = input
    if (!Statistics && !ExtendedStatistics)
      throw missing('At least one of the parameters Statistics and ExtendedStatistics must be specified.')
    if (Statistics && ExtendedStatistics)
      throw invalidCombination('The parameters Statistics and ExtendedStatistics are mutually exclusive.')
    const odd = ExtendedStatistics?.find((name) => !isPercentile(name))
    if (odd !== undefined)
      throw invalidValue(`Millrace knows percentiles such as p99 as extended statistics; it does not support ${odd}.`)
    checkPeriod(Period!)
    const endMs = input.EndTime!.getTime()
    const given = input.StartTime!.getTime()
    if (given >= endMs) throw invalidValue('The parameter StartTime must be less than the parameter EndTime.')
    const count = Math.ceil((endMs - given) / 1000 / Period!)
    if (count > DATAPOINTS_MAX)
      throw invalidCombination(
        `You have requested up to ${count} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
      )
    // Periods count from the start of the span, which is taken down to a whole minute.
    const stepMs = Math.min(Period! * 1000, MINUTE_MS)
    const points = await clients.cloudwatch.readMetric({
      metric: { namespace: input.Namespace!, name: input.MetricName!, dimensions: dimensionsOf(input.Dimensions) },
      startMs: Math.floor(given / stepMs) * stepMs,
      endMs,
      periodS: Period!,
      unit: Unit,
    })
    const names = [...(Statistics ?? []), ...(ExtendedStatistics ?? [])]
    return { Label: input.MetricName, Datapoints: points.map((point) => datapoint(point, names)) }
  },
})

function datapoint(point: Point, names: readonly string[]): Datapoint {
  const statistics = names.flatMap((name): [string, number][] => {
    const value = statisticOf(name, point)
    return value === undefined ? [] : [[name, value]]
  })
  const extended = statistics.filter(([name]) => !isStatistic(name))
  return {
    Timestamp: new Date(point.startMs),
    Unit: point.unit as Datapoint['Unit'],
    ...Object.fromEntries(statistics.filter(([name]) => isStatistic(name))),
    ...(extended.length > 0 && { ExtendedStatistics: Object.fromEntries(extended) }),
  }
}
