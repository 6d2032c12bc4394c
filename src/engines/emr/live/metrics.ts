import { type Owner, running } from './owner.ts'

/** "Metrics are updated every five minutes" (EMR management guide, "Monitoring metrics with CloudWatch"). */
const EVERY_MS = 300_000
const NAMESPACE = 'AWS/ElasticMapReduce'

/** Puts the metrics of a cluster to CloudWatch. */
export class Metrics {
  private readonly owner: Owner
  private nextMs: number | undefined

  constructor(owner: Owner) {
    this.owner = owner
  }

  look(nowMs: number): number {
    if (this.owner.cluster.readyMs === undefined) return Number.POSITIVE_INFINITY
    this.nextMs ??= nowMs + EVERY_MS
    if (nowMs >= this.nextMs) {
      this.nextMs = nowMs + EVERY_MS
      this.owner.work('metrics', () => this.put(nowMs))
    }
    return this.nextMs
  }

  private async put(timeMs: number): Promise<void> {
    const { cluster, parts } = this.owner
    const { hdfs, mapreduce, cloudwatch } = parts.context.clients
    const [storage, jobs] = await Promise.all([
      hdfs.describe({ cluster: cluster.id }),
      mapreduce.list({ cluster: cluster.id }),
    ])
    const active = jobs.filter(({ state }) => state === 'RUNNING')
    const tasks = active.flatMap(({ maps, reduces }) => [maps, reduces])
    const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
    const capacity = sum(storage.nodes.map(({ capacityBytes }) => capacityBytes))
    const used = sum(storage.nodes.map(({ usedBytes }) => usedBytes))
    const values: readonly (readonly [name: string, value: number, unit: string])[] = [
      ['IsIdle', cluster.state === 'WAITING' && active.length === 0 ? 1 : 0, 'None'],
      ['AppsRunning', active.length, 'Count'],
      ['ContainerPending', sum(tasks.map(({ waiting }) => waiting)), 'Count'],
      ['ContainerAllocated', sum(tasks.map(({ running: now }) => now)), 'Count'],
      ['CoreNodesRunning', running(cluster, 'CORE').length, 'Count'],
      ['TaskNodesRunning', running(cluster, 'TASK').length, 'Count'],
      ['HDFSUtilization', capacity === 0 ? 0 : (100 * used) / capacity, 'Percent'],
      ['MissingBlocks', storage.missing, 'Count'],
      ['UnderReplicatedBlocks', storage.underReplicated, 'Count'],
    ]
    await cloudwatch.putMetrics({
      namespace: NAMESPACE,
      data: values.map(([name, value, unit]) => ({
        name,
        dimensions: [{ name: 'JobFlowId', value: cluster.id }],
        timeMs,
        unit,
        resolution: 60,
        measured: { count: 1, sum: value, min: value, max: value },
      })),
    })
  }
}
