import type { NodeRun, RunState, WireRun } from '../../../../engines/pipeline/contract.ts'

/** How full a wire is, as it is shown: a colour and a word, since colour is never the only sign. */
export type Flow = 'still' | 'flowing' | 'slowed' | 'blocked'

export const FLOW_WORDS: Record<Flow, string> = {
  still: 'still',
  flowing: 'flows',
  slowed: 'slowed',
  blocked: 'blocked',
}

/** Grey while nothing moves, green below 0.5, amber below 0.8, red from there. */
export function flowOf(rate: number, pressure: number): Flow {
  if (pressure >= 0.8) return 'blocked'
  if (pressure >= 0.5) return 'slowed'
  return rate > 0 || pressure > 0 ? 'flowing' : 'still'
}

const WIDTH = { least: 1.5, most: 8, perDecade: 1.15 }

/** Width of a wire, px: a step for every tenfold of its rate, so that 10 and 100,000 rows/s can both be read. */
export function widthOf(rate: number): number {
  return rate <= 0 ? WIDTH.least : Math.min(WIDTH.most, WIDTH.least + WIDTH.perDecade * Math.log10(1 + rate))
}

export interface WireView {
  readonly rows: number
  readonly bytes: number
  readonly rate: number
  readonly pressure: number
  readonly flow: Flow
  readonly width: number
  readonly paused: boolean
}

export function wireView(run: WireRun): WireView {
  const { rows, bytes, rate, pressure, paused } = run
  return { rows, bytes, rate, pressure, flow: flowOf(rate, pressure), width: widthOf(rate), paused }
}

export interface NodeView extends NodeRun {
  /** Rates of late, oldest first: what the sparkline draws. A sink's is what comes in. */
  readonly spark: readonly number[]
  /** Pressure of the fullest wire that this node makes wait. */
  readonly pressure: number
  readonly flow: Flow
  /** It makes others wait and waits for none itself: the cause of what is red before it. */
  readonly bottleneck: boolean
}

export const SPARK_POINTS = 48

export interface RunWires {
  readonly wires: readonly { id: string; from: { node: string }; to: { node: string } }[]
}

/** What every node and wire shows for one state of a run. `sparks` is the rates so far; nodes new to it begin theirs. */
export function runViews(
  run: RunState,
  document: RunWires,
  sparks: ReadonlyMap<string, readonly number[]>,
): { nodes: Map<string, NodeView>; wires: Map<string, WireView> } {
  const wires = new Map(run.wires.map((w) => [w.wire, wireView(w)]))
  const held = new Map<string, number>()
  const waits = new Map<string, number>()
  for (const wire of document.wires) {
    const pressure = wires.get(wire.id)?.pressure ?? 0
    held.set(wire.to.node, Math.max(held.get(wire.to.node) ?? 0, pressure))
    waits.set(wire.from.node, Math.max(waits.get(wire.from.node) ?? 0, pressure))
  }
  const nodes = new Map(
    run.nodes.map((node) => {
      const pressure = held.get(node.node) ?? 0
      const view: NodeView = {
        ...node,
        spark: sparks.get(node.node) ?? [],
        pressure,
        flow: flowOf(node.rateIn + node.rateOut, pressure),
        bottleneck: pressure >= 0.5 && (waits.get(node.node) ?? 0) < 0.5,
      }
      return [node.node, view]
    }),
  )
  return { nodes, wires }
}

/** The rate that tells most about a node: what it takes, since sinks give in bursts; what it sends, for a source or while it drains. */
export function mainRate({ rateIn, rateOut }: Pick<NodeRun, 'rateIn' | 'rateOut'>): number {
  return rateIn > 0 ? rateIn : rateOut
}

export function nextSparks(
  sparks: ReadonlyMap<string, readonly number[]>,
  run: RunState,
): Map<string, readonly number[]> {
  return new Map(run.nodes.map((n) => [n.node, [...(sparks.get(n.node) ?? []), mainRate(n)].slice(-SPARK_POINTS)]))
}

export const ACTIVE_STATES: ReadonlySet<RunState['state']> = new Set(['starting', 'running', 'paused', 'draining'])

export function isActive(run: Pick<RunState, 'state'> | null | undefined): boolean {
  return run ? ACTIVE_STATES.has(run.state) : false
}

/** Where a failed run failed: the first node with an error, or the run's own. */
export function failureOf(run: RunState): { node: string | null; error: NonNullable<RunState['error']> } | null {
  const failed = run.nodes.find((n) => n.state === 'failed' && n.error)
  if (failed?.error) return { node: failed.node, error: failed.error }
  return run.error ? { node: run.error.at?.node ?? null, error: run.error } : null
}
