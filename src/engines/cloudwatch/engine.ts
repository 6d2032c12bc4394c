import { defineEngine } from '../define.ts'
import { CommitGroup } from '../kit/node/commit-group.ts'
import type { Measured, Point } from './contract.ts'
import { merged } from './measured.ts'
import { MetricStore, type StoredPoint } from './store.ts'

const HOUR_MS = 3600_000
const LISTED_MS = 14 * 24 * HOUR_MS

export const engine = defineEngine({
  name: 'cloudwatch',
  needs: [],
  async start({ clock, directory }) {
    const store = new MetricStore(directory)
    const group = new CommitGroup(store.db)
    let agedMs = Number.NEGATIVE_INFINITY

    /** Nobody sees a point but by asking, so points age when somebody asks, or puts: once an hour of engine time at most. */
    const age = () => {
      const nowMs = clock.now()
      if (nowMs - agedMs < HOUR_MS) return
      store.db.transaction(() => store.age(nowMs)).immediate()
      agedMs = nowMs
    }

    return {
      handlers: {
        putMetrics: async ({ namespace, data }) => {
          age()
          await group.run(() => {
            for (const datum of data) store.put(namespace, datum, clock.now())
          })
          return {}
        },
        listMetrics: ({ namespace, name, dimensions, activeWithinMs = LISTED_MS }) => {
          age()
          return store
            .metrics(clock.now() - activeWithinMs)
            .filter(
              (metric) =>
                (namespace === undefined || metric.namespace === namespace) &&
                (name === undefined || metric.name === name) &&
                dimensions.every((wanted) =>
                  metric.dimensions.some(
                    (own) => own.name === wanted.name && (wanted.value === undefined || own.value === wanted.value),
                  ),
                ),
            )
        },
        readMetric: ({ metric, startMs, endMs, periodS, unit, merged: together }) => {
          age()
          const startS = Math.floor(startMs / 1000)
          const found = store.points(metric, startS, Math.ceil(endMs / 1000), periodS)
          const wanted = unit === undefined ? found : found.filter((point) => point.unit === unit)
          return periodsOf(wanted, startS, periodS, together)
        },
      },
      async stop() {
        group.flush()
        store.close()
      },
    }
  },
})

/** Points by the period they fall into, counted from the start of the span. */
function periodsOf(points: readonly StoredPoint[], startS: number, periodS: number, together: boolean): Point[] {
  const periods = new Map<string, { startMs: number; unit: string; measured: Measured }>()
  for (const { startS: at, unit, measured } of points) {
    const start = startS + Math.floor((at - startS) / periodS) * periodS
    const key = together ? String(start) : `${start}/${unit}`
    const known = periods.get(key)
    periods.set(key, {
      startMs: start * 1000,
      unit: known?.unit ?? unit,
      measured: known ? merged(known.measured, measured) : measured,
    })
  }
  return [...periods.values()].map(({ measured, ...period }) => ({ ...period, ...measured }))
}
