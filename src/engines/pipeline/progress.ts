import { titleOf } from './check.ts'
import type { Part } from './context.ts'
import type { RunState } from './contract.ts'
import type { Monitor } from './meters.ts'

type Standing = Pick<RunState, 'rows' | 'progress' | 'etaMs'>

/** Sends records and takes nothing in. */
export function isSource(part: Part): boolean {
  return part.inboxes.size === 0 && part.joins.size === 0
}

function isGoing({ meter }: Part): boolean {
  return meter.state === 'waiting' || meter.state === 'running'
}

/** The sources have sent all; what they sent is still under way. */
export function hasDrained(parts: readonly Part[]): boolean {
  return parts.filter(isSource).every((part) => !isGoing(part))
}

/** Where the run stands: by its sources while they send, then by what is in hand behind them. */
export function standing(parts: readonly Part[], nodes: RunState['nodes'], draining: boolean): Standing {
  const etas = new Map(nodes.map((node) => [node.node, node.etaMs]))
  const sources = parts.filter(isSource)
  const shares = sources.flatMap(({ meter }) => (meter.share === null ? [] : [meter.share]))
  const going = parts.filter((part) => isGoing(part) && (draining ? part.meter.work !== null : isSource(part)))
  const left = going.map((part) => etas.get(part.node.id) ?? null)
  return {
    rows: sources.reduce((sum, { records, meter }) => (records.size > 0 ? sum + meter.rowsOut : sum), 0),
    progress: shares.length > 0 ? Math.min(...shares) : null,
    // One that cannot be known makes the whole unknown: no time is better than a wrong one.
    etaMs: left.length > 0 && left.every((ms) => ms !== null) ? Math.max(...left) : null,
  }
}

/** What a draining run waits for: the first node, in the order of the flow, that has something in hand. */
export function waitsFor(parts: readonly Part[], monitor: Monitor, clockMs: number): string | undefined {
  const at = parts.find((part) => isGoing(part) && part.meter.work !== null)
  const work = at?.meter.work
  if (!at || !work) return undefined
  const rows = work.rows === undefined ? '' : `${work.rows.toLocaleString('en')} rows `
  const dueMs = work.dueMs == null ? null : monitor.realMs(Math.max(0, work.dueMs - clockMs))
  const due = dueMs === null ? '' : `, next flush in ${Math.max(1, Math.ceil(dueMs / 1000)).toLocaleString('en')} s`
  return `${titleOf(at.node)}: ${rows}${work.what}${due}`
}
