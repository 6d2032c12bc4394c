import { useEffect } from 'react'
import { formatBytes, formatCost, giveWay, plural, useCall, useFeed } from '../../lib/index.ts'
import { ErrorView, PropertyList, Spinner } from '../../ui/index.ts'
import { isGoing } from './going.ts'
import styles from './Home.module.css'

const RUNS = 50
const EVERY_MS = 5000

/** What the latest runs and queries would have cost at AWS, by the workspace's price table. */
export function CostSoFar() {
  // Runs that start and end are told; what one that goes on would cost by now is asked again now and then.
  const runs = useFeed((clients, signal) => clients.pipeline.watchRuns({}, { signal }), [])
  const going = runs.data?.some((run) => isGoing(run)) ?? false
  const cost = useCall(
    async (clients, signal) => {
      const latest = await clients.pipeline.listRuns({ limit: RUNS }, { signal })
      const states = await Promise.all(latest.map(({ runId }) => clients.pipeline.describe({ runId }, { signal })))
      // The engine of the queries may have to start for it.
      await giveWay('figures')
      const queries = await clients.athena.listQueries({ limit: 1000 }, { signal })
      return {
        runs: states.length,
        runUsd: states.reduce((sum, run) => sum + (run.costUsd ?? 0), 0),
        queries: queries.length,
        queryUsd: queries.reduce((sum, query) => sum + (query.costUsd ?? 0), 0),
        scanned: queries.reduce((sum, query) => sum + (query.bytesScanned ?? 0), 0),
      }
    },
    [runs.data],
  )
  const { reload } = cost
  useEffect(() => {
    if (!going) return
    const timer = setInterval(reload, EVERY_MS)
    return () => clearInterval(timer)
  }, [going, reload])
  return (
    <section className={styles.card} aria-labelledby="home-cost">
      <div className={styles.cardBar}>
        <h2 id="home-cost">What it would cost on AWS</h2>
      </div>
      {cost.error && <ErrorView compact error={cost.error} title="The cost is not known" />}
      {!cost.data && !cost.error && <Spinner label="Adding up…" />}
      {cost.data && (
        <>
          <PropertyList
            items={[
              [plural(cost.data.runs, 'pipeline run'), formatCost(cost.data.runUsd)],
              [plural(cost.data.queries, 'Athena query', 'Athena queries'), formatCost(cost.data.queryUsd)],
              ['Scanned by Athena', formatBytes(cost.data.scanned)],
            ]}
          />
          <p className={styles.quiet}>
            An estimate by the workspace’s price table, for the latest runs and queries. Here it costs nothing.
          </p>
        </>
      )}
    </section>
  )
}
