import type { AttemptStatus } from '../../../../engines/mapreduce/contract.ts'

export interface Bar {
  readonly attempt: AttemptStatus
  /** Row among all rows of the picture. */
  readonly row: number
}

export interface NodeLanes {
  readonly node: string
  readonly first: number
  readonly rows: number
}

/** Attempts below each other by node; those of a node that ran at the same time are on different rows. */
export function lanesOf(attempts: readonly AttemptStatus[]): { bars: Bar[]; nodes: NodeLanes[]; rows: number } {
  const byNode = Map.groupBy(attempts, ({ node }) => node)
  const bars: Bar[] = []
  const nodes: NodeLanes[] = []
  let first = 0
  for (const node of [...byNode.keys()].sort()) {
    const ends: number[] = []
    for (const attempt of byNode.get(node)!.toSorted((a, b) => a.startedMs - b.startedMs)) {
      const free = ends.findIndex((endMs) => endMs <= attempt.startedMs)
      const row = free < 0 ? ends.length : free
      ends[row] = attempt.endedMs ?? Number.POSITIVE_INFINITY
      bars.push({ attempt, row: first + row })
    }
    nodes.push({ node, first, rows: ends.length })
    first += ends.length
  }
  return { bars, nodes, rows: first }
}
