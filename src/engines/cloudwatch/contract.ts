import { z } from 'zod'
import { call, defineContract } from '../kit/pure/contract.ts'

export const Dimension = z.object({ name: z.string(), value: z.string() })
export type Dimension = z.infer<typeof Dimension>

export const Metric = z.object({ namespace: z.string(), name: z.string(), dimensions: z.array(Dimension) })
export type Metric = z.infer<typeof Metric>

/** What was measured in one moment: a summary, and where they are known the values with how often each came. */
export const Measured = z.object({
  count: z.number(),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  values: z.array(z.tuple([z.number(), z.number()])).optional(),
})
export type Measured = z.infer<typeof Measured>

export const Datum = z.object({
  name: z.string(),
  dimensions: z.array(Dimension),
  timeMs: z.number(),
  unit: z.string(),
  /** Seconds that one kept point spans. */
  resolution: z.union([z.literal(1), z.literal(60)]),
  measured: Measured,
})
export type Datum = z.infer<typeof Datum>

/** One period of a metric in one unit. */
export const Point = Measured.extend({ startMs: z.number(), unit: z.string() })
export type Point = z.infer<typeof Point>

/** CloudWatch metrics: put, listed, and read by periods. */
export const cloudwatch = defineContract('cloudwatch', {
  putMetrics: call(z.object({ namespace: z.string(), data: z.array(Datum) }), z.object({})),
  /** Metrics with data in the last two weeks (or as given), by namespace, name and dimensions. */
  listMetrics: call(
    z.object({
      namespace: z.string().optional(),
      name: z.string().optional(),
      dimensions: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
      activeWithinMs: z.number().optional(),
    }),
    z.array(Metric),
  ),
  /** Periods from `startMs` on that have data, oldest first; `endMs` is exclusive. Units stand apart unless one is asked for or `merged`. */
  readMetric: call(
    z.object({
      metric: Metric,
      startMs: z.number(),
      endMs: z.number(),
      periodS: z.number().int().positive(),
      unit: z.string().optional(),
      merged: z.boolean().default(false),
    }),
    z.array(Point),
  ),
})
