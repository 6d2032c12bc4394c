import type { z } from 'zod'
import type { WireError } from '../kit/pure/errors.ts'
import type { NodeRun, WireRun } from './contract.ts'
import type { Counts, Meter, Pending } from './nodes/define.ts'
import { Pace } from './pace.ts'
import { RecordsWire, type VersionsWire } from './wires.ts'

export type NodeState = z.output<typeof NodeRun>['state']

/** What a node has done so far, fed by the runner and the node itself. */
export class NodeMeter implements Meter {
  readonly node: string
  state: NodeState = 'waiting'
  rowsIn = 0
  rowsOut = 0
  bytesIn = 0
  bytesOut = 0
  rowsFiltered = 0
  rowsFailed = 0
  share: number | null = null
  text: string | undefined
  trouble: string | undefined
  work: Pending | null = null
  fingerprint: string | undefined
  error: WireError | undefined
  athenaBytesScanned = 0
  athenaCostUsd = 0
  readonly charges = new Map<string, number>()

  constructor(node: string) {
    this.node = node
  }

  in(rows: number, bytes: number): void {
    this.rowsIn += rows
    this.bytesIn += bytes
  }

  out(rows: number, bytes: number): void {
    this.rowsOut += rows
    this.bytesOut += bytes
  }

  filtered(rows: number): void {
    this.rowsFiltered += rows
  }

  failed(rows: number): void {
    this.rowsFailed += rows
  }

  set(counts: Counts): void {
    this.rowsIn = counts.rowsIn ?? this.rowsIn
    this.rowsOut = counts.rowsOut ?? this.rowsOut
    this.bytesIn = counts.bytesIn ?? this.bytesIn
    this.bytesOut = counts.bytesOut ?? this.bytesOut
    this.rowsFiltered = counts.filtered ?? this.rowsFiltered
    this.rowsFailed = counts.failed ?? this.rowsFailed
  }

  progress(share: number | null): void {
    this.share = share === null ? null : Math.min(1, Math.max(0, share))
  }

  note(text: string): void {
    this.text = text
  }

  warn(text: string | undefined): void {
    this.trouble = text
  }

  pending(work: Pending | null): void {
    this.work = work
  }

  athena(bytesScanned: number, costUsd: number): void {
    this.athenaBytesScanned += bytesScanned
    this.athenaCostUsd += costUsd
  }

  charge(item: string, quantity: number): void {
    this.charges.set(item, (this.charges.get(item) ?? 0) + quantity)
  }
}

const WINDOW_MS = 1000

interface Snapshot {
  readonly atMs: number
  readonly nodes: readonly (readonly [number, number])[]
  readonly wires: readonly (readonly [number, number])[]
}

/**
 * Rates and pressure over the last second of real time, from snapshots of the counters; and the time left, from how fast the shares
 * of the sources, the rows in hand and the clock itself really moved of late.
 */
export class Monitor {
  private readonly nodes: readonly NodeMeter[]
  private readonly wires: readonly (RecordsWire | VersionsWire)[]
  private readonly paces: readonly Pace[]
  private readonly clockPace = new Pace()
  private clockMs = 0
  private snapshots: Snapshot[] = []

  constructor(nodes: readonly NodeMeter[], wires: readonly (RecordsWire | VersionsWire)[], nowMs: number) {
    this.nodes = nodes
    this.wires = wires
    this.paces = nodes.map(() => new Pace())
    this.sample(nowMs, null)
  }

  /** `clockMs` is engine time; null while the run is halted, which says nothing about its pace. */
  sample(nowMs: number, clockMs: number | null): void {
    this.nodes.forEach((meter, i) => {
      this.paces[i].add(nowMs, clockMs === null ? null : (meter.share ?? meter.rowsOut))
    })
    this.clockPace.add(nowMs, clockMs)
    this.clockMs = clockMs ?? this.clockMs
    this.snapshots.push({
      atMs: nowMs,
      nodes: this.nodes.map((meter) => [meter.rowsIn, meter.rowsOut] as const),
      wires: this.wires.map((wire) => [wire.counts.rows, blockedMs(wire)] as const),
    })
    while (this.snapshots.length > 2 && nowMs - this.snapshots[1].atMs >= WINDOW_MS) this.snapshots.shift()
  }

  read(ended: boolean): { nodes: NodeRun[]; wires: WireRun[] } {
    const first = this.snapshots[0]
    const last = this.snapshots[this.snapshots.length - 1]
    const seconds = Math.max(last.atMs - first.atMs, 1) / 1000
    const rate = (a: number, b: number) => (ended || this.snapshots.length < 2 ? 0 : Math.max(0, (b - a) / seconds))
    return {
      nodes: this.nodes.map((meter, i) => ({
        node: meter.node,
        state: meter.state,
        rowsIn: meter.rowsIn,
        rowsOut: meter.rowsOut,
        bytesIn: meter.bytesIn,
        bytesOut: meter.bytesOut,
        rowsFiltered: meter.rowsFiltered,
        rowsFailed: meter.rowsFailed,
        rateIn: rate(first.nodes[i][0], last.nodes[i][0]),
        rateOut: rate(first.nodes[i][1], last.nodes[i][1]),
        progress: meter.share,
        etaMs: ended ? null : this.leftMs(i),
        ...(meter.text !== undefined && { note: meter.text }),
        ...(meter.trouble !== undefined && { warning: meter.trouble }),
        ...(meter.fingerprint !== undefined && { fingerprint: meter.fingerprint }),
        ...(meter.error && { error: meter.error }),
      })),
      wires: this.wires.map((wire, i) => ({
        wire: wire.id,
        rows: wire.counts.rows,
        bytes: wire.counts.bytes,
        rate: rate(first.wires[i][0], last.wires[i][0]),
        pressure: ended ? 0 : Math.min(1, Math.max(0, (last.wires[i][1] - first.wires[i][1]) / (seconds * 1000))),
        paused: wire instanceof RecordsWire && wire.isHalted,
      })),
    }
  }

  /** Real time in which so much engine time passes. */
  realMs(engineMs: number): number | null {
    return this.clockPace.timeFor(engineMs)
  }

  /** For a source the share that is not yet sent, by the pace of late; for others when a buffer is due, or else the rows in hand. */
  private leftMs(index: number): number | null {
    const meter = this.nodes[index]
    if (meter.state !== 'running') return null
    if (meter.share !== null) return this.paces[index].timeFor(1 - meter.share)
    const { rows, dueMs } = meter.work ?? {}
    if (dueMs != null) return this.realMs(Math.max(0, dueMs - this.clockMs))
    return rows === undefined ? null : this.paces[index].timeFor(rows)
  }
}

function blockedMs(wire: RecordsWire | VersionsWire): number {
  return wire instanceof RecordsWire ? wire.blockedMs() : 0
}
