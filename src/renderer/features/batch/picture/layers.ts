import type { Job } from '../../../../engines/batch/contract.ts'

export interface Placed {
  readonly job: Job
  readonly layer: number
  readonly row: number
}
export interface Edge {
  readonly from: Placed
  readonly to: Placed
  readonly kind: 'after' | 'N_TO_N'
}

/** Jobs in layers, each behind all that it waits for; those that neither wait nor are waited for are left out. */
export function layersOf(jobs: readonly Job[]): { nodes: Placed[]; edges: Edge[] } {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  const needs = (job: Job) => job.dependsOn.filter(({ jobId }) => jobId !== undefined && byId.has(jobId))
  const needed = new Set(jobs.flatMap((job) => needs(job).map(({ jobId }) => jobId!)))
  const layers = new Map<string, number>()
  // Nobody can wait for what was submitted later, so the order of submission is one of dependence.
  const ordered = [...jobs].sort((a, b) => a.createdMs - b.createdMs)
  const layerOf = (job: Job): number => {
    const known = layers.get(job.id)
    if (known !== undefined) return known
    layers.set(job.id, 0)
    const layer = Math.max(-1, ...needs(job).map(({ jobId }) => layerOf(byId.get(jobId!)!))) + 1
    layers.set(job.id, layer)
    return layer
  }
  const rows: number[] = []
  const nodes = ordered
    .filter((job) => needed.has(job.id) || needs(job).length > 0)
    .map((job): Placed => {
      const layer = layerOf(job)
      rows[layer] = (rows[layer] ?? 0) + 1
      return { job, layer, row: rows[layer] - 1 }
    })
  const placed = new Map(nodes.map((node) => [node.job.id, node]))
  const edges = nodes.flatMap((to) =>
    needs(to.job).flatMap(({ jobId, type }): Edge[] => {
      const from = placed.get(jobId!)
      return from ? [{ from, to, kind: type === 'N_TO_N' ? 'N_TO_N' : 'after' }] : []
    }),
  )
  return { nodes, edges }
}

/** All that a job waits for and all that wait for it, with itself. */
export function familyOf(jobs: readonly Job[], id: string): Job[] {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  const family = new Set<string>()
  const up = (at: string) => {
    if (family.has(at)) return
    family.add(at)
    for (const { jobId } of byId.get(at)?.dependsOn ?? []) if (jobId !== undefined) up(jobId)
  }
  const down = (at: string) => {
    for (const job of jobs)
      if (!family.has(job.id) && job.dependsOn.some(({ jobId }) => jobId === at)) {
        up(job.id)
        down(job.id)
      }
  }
  up(id)
  down(id)
  return jobs.filter((job) => family.has(job.id))
}
