import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { Cell } from '../kit/pure/table.ts'
import type { RunState, RunSummary } from './contract.ts'

/** Runs kept for each pipeline. */
const KEPT_RUNS = 200

export interface Pin {
  readonly node: string
  readonly columns: string[]
  readonly rows: Cell[][]
}

/** Runs with their last state and accounts, pins and breakpoints, in `.millrace/pipeline/pipelines.sqlite`. */
export class PipelineStore {
  private readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'pipelines.sqlite'), { steps: [createTables] })
  }

  close(): void {
    this.db.close()
  }

  saveRun(state: RunState, over: boolean): void {
    this.db
      .prepare('INSERT OR REPLACE INTO runs (id, pipeline, started_ms, over, state) VALUES (?, ?, ?, ?, ?)')
      .run(state.runId, state.pipeline, state.startedMs, over ? 1 : 0, JSON.stringify(state))
    this.db
      .prepare(
        'DELETE FROM runs WHERE pipeline = ? AND id NOT IN (SELECT id FROM runs WHERE pipeline = ? ORDER BY started_ms DESC LIMIT ?)',
      )
      .run(state.pipeline, state.pipeline, KEPT_RUNS)
  }

  /** Runs that were going when the program ended: they are failed now, and say why. Gives how many there were. */
  closeInterrupted(nowMs: number): number {
    if (this.db.readonly) return 0
    const open = this.db.prepare('SELECT state FROM runs WHERE over = 0').all() as { state: string }[]
    for (const { state } of open) {
      const run = readRun(state)
      this.saveRun(
        {
          ...run,
          state: 'failed',
          etaMs: null,
          waitsFor: undefined,
          endedMs: nowMs,
          nodes: run.nodes.map((node) => ({
            ...node,
            state: node.state === 'done' ? 'done' : 'stopped',
            rateIn: 0,
            rateOut: 0,
            etaMs: null,
          })),
          wires: run.wires.map((wire) => ({ ...wire, rate: 0, pressure: 0, paused: false })),
          error: {
            code: 'Interrupted',
            message:
              'Millrace ended while this run was going. What its streams had acknowledged is kept; run the pipeline again.',
            domain: 'external',
            retry: true,
          },
        },
        true,
      )
    }
    return open.length
  }

  run(id: string): RunState | undefined {
    const row = this.db.prepare('SELECT state FROM runs WHERE id = ?').get(id) as { state: string } | undefined
    return row && readRun(row.state)
  }

  /** Newest first. */
  runs(pipeline: string | undefined, limit: number): RunSummary[] {
    const where = pipeline === undefined ? '' : 'WHERE pipeline = ?'
    const parameters = pipeline === undefined ? [limit] : [pipeline, limit]
    const rows = this.db
      .prepare(`SELECT state FROM runs ${where} ORDER BY started_ms DESC, rowid DESC LIMIT ?`)
      .all(...parameters) as { state: string }[]
    return rows.map(({ state }) => summaryOf(readRun(state)))
  }

  savePin(pipeline: string, pin: Pin): void {
    this.db
      .prepare('INSERT OR REPLACE INTO pins (pipeline, node, content) VALUES (?, ?, ?)')
      .run(pipeline, pin.node, JSON.stringify({ columns: pin.columns, rows: pin.rows }))
  }

  deletePin(pipeline: string, node: string): void {
    this.db.prepare('DELETE FROM pins WHERE pipeline = ? AND node = ?').run(pipeline, node)
  }

  pins(pipeline: string): Pin[] {
    const rows = this.db.prepare('SELECT node, content FROM pins WHERE pipeline = ? ORDER BY node').all(pipeline) as {
      node: string
      content: string
    }[]
    return rows.map(({ node, content }) => ({ node, ...(JSON.parse(content) as Omit<Pin, 'node'>) }))
  }

  saveBreakpoint(pipeline: string, wire: string, condition: string): void {
    this.db
      .prepare('INSERT OR REPLACE INTO breakpoints (pipeline, wire, condition) VALUES (?, ?, ?)')
      .run(pipeline, wire, condition)
  }

  deleteBreakpoint(pipeline: string, wire: string): void {
    this.db.prepare('DELETE FROM breakpoints WHERE pipeline = ? AND wire = ?').run(pipeline, wire)
  }

  breakpoints(pipeline: string): { wire: string; condition: string }[] {
    return this.db
      .prepare('SELECT wire, condition FROM breakpoints WHERE pipeline = ? ORDER BY wire')
      .all(pipeline) as { wire: string; condition: string }[]
  }
}

function createTables(db: Db): void {
  db.exec(`
    CREATE TABLE runs (id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, started_ms REAL NOT NULL, over INTEGER NOT NULL, state TEXT NOT NULL);
    CREATE INDEX runs_by_pipeline ON runs (pipeline, started_ms);
    CREATE TABLE pins (pipeline TEXT NOT NULL, node TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (pipeline, node));
    CREATE TABLE breakpoints (pipeline TEXT NOT NULL, wire TEXT NOT NULL, condition TEXT NOT NULL, PRIMARY KEY (pipeline, wire));
  `)
}

/** A run as it was written, perhaps before its state told as much as now. */
function readRun(text: string): RunState {
  const state = JSON.parse(text) as Partial<RunState>
  return { rows: 0, progress: null, etaMs: null, warnings: [], ...state } as RunState
}

export function summaryOf(state: RunState): RunSummary {
  const { runId, pipeline, startedMs, endedMs, rows, fromNode, fingerprint, warnings, error } = state
  return {
    runId,
    pipeline,
    state: state.state,
    startedMs,
    ...(endedMs !== undefined && { endedMs }),
    rows,
    ...(fromNode !== undefined && { fromNode }),
    ...(fingerprint !== undefined && { fingerprint }),
    warnings,
    ...(error && { error }),
  }
}
