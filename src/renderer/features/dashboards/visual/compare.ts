import type { VisualQuery } from '../../../../engines/bi/contract.ts'
import { type Visual, visualFields } from '../../../../engines/bi/dashboard.ts'
import type { Clients } from '../../../../engines/contract.ts'
import type { Compared } from '../charts/define.ts'
import { type Grain, toNumber } from '../model/format.ts'
import { comparison, type LastPeriod, type Span } from '../model/period.ts'

const trendOf = (visual: Visual) => visualFields(visual).find(({ use }) => use.granularity)?.use

export const grainOf = (visual: Visual): Grain | undefined => trendOf(visual)?.granularity

/** Whether the visual says how its number stands against the period before. */
export const compares = (visual: Visual): boolean => visual.kind === 'kpi' && visual.options.compare !== false

/** The measure over two spans that are alike. It is asked for anew: averages and distinct counts of parts do not add up. */
export async function comparisonOf(
  clients: Clients,
  visual: Visual,
  query: VisualQuery,
  last: LastPeriod,
  signal: AbortSignal,
): Promise<Compared | null> {
  const spans = comparison(last)
  const trend = trendOf(visual)
  const measure = visual.fields.value?.[0]
  if (!spans || !trend || !measure) return null
  const { format: _, ...use } = measure
  const over = async ({ from, to }: Span) => {
    const within = { type: 'range' as const, column: trend.column, from: iso(from), to: iso(to), excludeTo: true }
    const answer = await clients.bi.query(
      { ...query, fields: [use], sort: [], filters: [...query.filters, within] },
      { signal },
    )
    return toNumber(answer.values[0][0])
  }
  const [now, before] = await Promise.all([over(spans.now), over(spans.before)])
  return now === null || before === null ? null : { ...spans, values: { now, before } }
}

const iso = (time: number) => new Date(time).toISOString()
