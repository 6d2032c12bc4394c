import { type MetricDatum, PutMetricData$, type PutMetricDataInput } from '@aws-sdk/client-cloudwatch'
import type { Datum, Measured } from '../contract.ts'
import { merged } from '../measured.ts'
import {
  DIMENSION_NAME,
  DIMENSION_VALUE,
  DIMENSIONS,
  dimensionsOf,
  invalidCombination,
  invalidValue,
  missing,
  NAME,
  NAMESPACE,
  operation,
  refuse,
  UNITS,
} from './common.ts'

const DATA_MAX = 1000
const VALUES_MAX = 150
const PAST_MS = 14 * 86_400_000
const FUTURE_MS = 2 * 3600_000
/** Values are between -2^360 and 2^360. */
const VALUE_MAX = 2 ** 360

export const PutMetricData = operation<PutMetricDataInput, object>({
  schema: PutMetricData$,
  constraints: {
    Namespace: NAMESPACE,
    'MetricData[].MetricName': NAME,
    'MetricData[].Dimensions': DIMENSIONS,
    'MetricData[].Dimensions[].Name': DIMENSION_NAME,
    'MetricData[].Dimensions[].Value': DIMENSION_VALUE,
    'MetricData[].Unit': UNITS,
    'MetricData[].StorageResolution': { range: [1, null] },
  },
  async run(input, { clients, nowMs }) {
    refuse(input, 'EntityMetricData', 'StrictEntityValidation')
    const { Namespace, MetricData = [] } = input
    if (Namespace!.startsWith('AWS/')) throw invalidValue('The value AWS/ for parameter Namespace is invalid.')
    if (MetricData.length === 0) throw missing('The parameter MetricData is required.')
    if (MetricData.length > DATA_MAX)
      throw invalidValue(`The collection MetricData must not have a size greater than ${DATA_MAX}.`)
    const data = MetricData.map((datum, i) => datumOf(datum, `MetricData.member.${i + 1}`, nowMs))
    await clients.cloudwatch.putMetrics({ namespace: Namespace!, data })
    return {}
  },
})

function datumOf(datum: MetricDatum, at: string, nowMs: number): Datum {
  const timeMs = datum.Timestamp?.getTime() ?? nowMs
  if (timeMs < nowMs - PAST_MS)
    throw invalidValue(`The parameter ${at}.Timestamp must specify a time no more than two weeks in the past.`)
  if (timeMs > nowMs + FUTURE_MS)
    throw invalidValue(`The parameter ${at}.Timestamp must specify a time no more than two hours in the future.`)
  const { StorageResolution = 60 } = datum
  if (StorageResolution !== 1 && StorageResolution !== 60)
    throw invalidValue(`The parameter ${at}.StorageResolution must be 1 or 60.`)
  return {
    name: datum.MetricName!,
    dimensions: dimensionsOf(datum.Dimensions),
    timeMs,
    unit: datum.Unit ?? 'None',
    resolution: StorageResolution,
    measured: measuredOf(datum, at),
  }
}

/** One value, a summary, or values with how often each came: exactly one of them. */
function measuredOf({ Value, Values, Counts, StatisticValues }: MetricDatum, at: string): Measured {
  const given = [Value, Values, StatisticValues].filter((one) => one !== undefined)
  if (given.length === 0)
    throw missing(
      `At least one of the parameters ${at}.Value, ${at}.Values or ${at}.StatisticValues must be specified.`,
    )
  if (given.length > 1)
    throw invalidCombination(
      `The parameters ${at}.Value, ${at}.Values and ${at}.StatisticValues are mutually exclusive and you have specified more than one.`,
    )
  if (Counts && !Values) throw missing(`The parameter ${at}.Values is required with ${at}.Counts.`)
  if (Value !== undefined) return of(checkNumber(Value, `${at}.Value`), 1)
  if (StatisticValues) {
    const { SampleCount, Sum, Minimum, Maximum } = StatisticValues
    for (const [name, value] of Object.entries({ SampleCount, Sum, Minimum, Maximum }))
      checkNumber(value!, `${at}.StatisticValues.${name}`)
    if (SampleCount! <= 0) throw invalidValue(`The parameter ${at}.StatisticValues.SampleCount must be greater than 0.`)
    if (Maximum! < Minimum!)
      throw invalidCombination(
        `The parameter ${at}.StatisticValues.Maximum must be greater than or equal to ${at}.StatisticValues.Minimum.`,
      )
    const summary = { count: SampleCount!, sum: Sum!, min: Minimum!, max: Maximum! }
    // A summary of equal values says what they are.
    return Minimum === Maximum ? { ...summary, values: [[Minimum!, SampleCount!]] } : summary
  }
  if (Values!.length === 0 || Values!.length > VALUES_MAX)
    throw invalidValue(`The collection ${at}.Values must have a size between 1 and ${VALUES_MAX}.`)
  if (Counts && Counts.length !== Values!.length)
    throw invalidValue(`The parameters ${at}.Values and ${at}.Counts must be of the same size.`)
  return Values!
    .map((value, i) => {
      const count = Counts?.[i] ?? 1
      if (!(count > 0) || !Number.isFinite(count))
        throw invalidValue(`The parameter ${at}.Counts.member.${i + 1} must be greater than 0.`)
      return of(checkNumber(value, `${at}.Values.member.${i + 1}`), count)
    })
    .reduce(merged)
}

const of = (value: number, count: number): Measured => ({
  count,
  sum: value * count,
  min: value,
  max: value,
  values: [[value, count]],
})

function checkNumber(value: number, at: string): number {
  if (!Number.isFinite(value) || Math.abs(value) > VALUE_MAX)
    throw invalidValue(`The value ${value} for parameter ${at} is invalid.`)
  return value
}
