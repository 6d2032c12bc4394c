import type { Clients } from '../contract.ts'
import type { QueryExecution } from './contract.ts'

/** "List of CloudWatch metrics and dimensions for Athena": one datum of each for a query that has ended. */
export async function putMetrics({ cloudwatch }: Pick<Clients, 'cloudwatch'>, query: QueryExecution): Promise<void> {
  const { submittedMs, startedMs, endedMs = submittedMs, planningMs, processingMs = 0 } = query
  const milliseconds: [string, number | undefined][] = [
    ['TotalExecutionTime', endedMs - submittedMs],
    ['QueryQueueTime', (startedMs ?? endedMs) - submittedMs],
    ['EngineExecutionTime', startedMs === undefined ? 0 : endedMs - startedMs - processingMs],
    ['QueryPlanningTime', planningMs],
    ['ServiceProcessingTime', processingMs],
  ]
  const dimensions = [
    { name: 'QueryState', value: query.state },
    { name: 'QueryType', value: query.statementType },
    { name: 'WorkGroup', value: query.workGroup },
  ]
  const datum = (name: string, unit: string, value: number) => ({
    name,
    dimensions,
    timeMs: endedMs,
    unit,
    resolution: 60 as const,
    measured: { count: 1, sum: value, min: value, max: value, values: [[value, 1] as [number, number]] },
  })
  await cloudwatch.putMetrics({
    namespace: 'AWS/Athena',
    data: [
      ...milliseconds.flatMap(([name, value]) => (value === undefined ? [] : [datum(name, 'Milliseconds', value)])),
      datum('ProcessedBytes', 'Bytes', query.bytesScanned ?? 0),
    ],
  })
}
