import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { Datum, Dimension, Measured, Metric } from './contract.ts'
import { merged } from './measured.ts'

const SCHEMA = `
  CREATE TABLE metrics (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, dimensions TEXT NOT NULL, last_ms REAL NOT NULL,
    UNIQUE (namespace, name, dimensions)
  ) STRICT;
  CREATE TABLE points (
    metric INTEGER NOT NULL REFERENCES metrics(id) ON DELETE CASCADE, start_s INTEGER NOT NULL, resolution_s INTEGER NOT NULL,
    unit TEXT NOT NULL, count REAL NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL, points TEXT,
    PRIMARY KEY (metric, start_s, resolution_s, unit)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX points_by_age ON points (resolution_s, start_s);
`

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S
/** How long points of a resolution are kept as they are, and what they become then (API reference, PutMetricData and GetMetricStatistics). */
const KEEPING = [
  { resolutionS: 1, keptS: 3 * HOUR_S, nextS: 60 },
  { resolutionS: 60, keptS: 15 * DAY_S, nextS: 300 },
  { resolutionS: 300, keptS: 63 * DAY_S, nextS: HOUR_S },
  { resolutionS: HOUR_S, keptS: 455 * DAY_S, nextS: undefined },
] as const

interface PointRow {
  metric: number
  start_s: number
  resolution_s: number
  unit: string
  count: number
  sum: number
  min: number
  max: number
  points: string | null
}

export interface StoredPoint {
  readonly startS: number
  readonly unit: string
  readonly measured: Measured
}

/** Metrics in SQLite (WAL, synchronous FULL): a row a metric, unit and moment, which later data of the moment are merged into. */
export class MetricStore {
  readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'cloudwatch.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  /** For use within a transaction. */
  put(namespace: string, datum: Datum, nowMs: number): void {
    const { name, dimensions, timeMs, unit, resolution, measured } = datum
    const { id } = this.db
      .prepare<[string, string, string, number], { id: number }>(
        `INSERT INTO metrics (namespace, name, dimensions, last_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET last_ms = max(last_ms, excluded.last_ms) RETURNING id`,
      )
      .get(namespace, name, dimensionsText(dimensions), nowMs)!
    const startS = Math.floor(timeMs / 1000 / resolution) * resolution
    this.add(id, startS, resolution, unit, measured)
  }

  private add(metric: number, startS: number, resolutionS: number, unit: string, measured: Measured): void {
    const known = this.db
      .prepare<[number, number, number, string], PointRow>(
        'SELECT * FROM points WHERE metric = ? AND start_s = ? AND resolution_s = ? AND unit = ?',
      )
      .get(metric, startS, resolutionS, unit)
    const { count, sum, min, max, values } = known ? merged(measuredOf(known), measured) : measured
    this.db
      .prepare('INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(metric, startS, resolutionS, unit, count, sum, min, max, values ? JSON.stringify(values) : null)
  }

  metrics(activeSinceMs: number): Metric[] {
    return this.db
      .prepare<[number], { namespace: string; name: string; dimensions: string }>(
        'SELECT namespace, name, dimensions FROM metrics WHERE last_ms >= ? ORDER BY namespace, name, dimensions',
      )
      .all(activeSinceMs)
      .map((row) => ({ ...row, dimensions: JSON.parse(row.dimensions) as Dimension[] }))
  }

  /** Points whose moment lies in the span and that are no coarser than the period asked for. */
  points({ namespace, name, dimensions }: Metric, fromS: number, toS: number, periodS: number): StoredPoint[] {
    return this.db
      .prepare<[string, string, string, number, number, number], PointRow>(
        `SELECT p.* FROM points p JOIN metrics m ON m.id = p.metric
         WHERE m.namespace = ? AND m.name = ? AND m.dimensions = ? AND p.start_s >= ? AND p.start_s < ? AND p.resolution_s <= ?
         ORDER BY p.start_s`,
      )
      .all(namespace, name, dimensionsText(dimensions), fromS, toS, periodS)
      .map((row) => ({ startS: row.start_s, unit: row.unit, measured: measuredOf(row) }))
  }

  /** Points that are past their time are merged into coarser ones, and deleted past the last. For use within a transaction. */
  age(nowMs: number): void {
    for (const { resolutionS, keptS, nextS } of KEEPING) {
      const untilS = Math.floor(nowMs / 1000) - keptS
      if (nextS !== undefined) {
        const rows = this.db
          .prepare<[number, number], PointRow>('SELECT * FROM points WHERE resolution_s = ? AND start_s < ?')
          .all(resolutionS, untilS)
        for (const row of rows)
          this.add(row.metric, Math.floor(row.start_s / nextS) * nextS, nextS, row.unit, measuredOf(row))
      }
      this.db.prepare('DELETE FROM points WHERE resolution_s = ? AND start_s < ?').run(resolutionS, untilS)
    }
    this.db
      .prepare('DELETE FROM metrics WHERE last_ms < ? AND NOT EXISTS (SELECT 1 FROM points WHERE metric = metrics.id)')
      .run(nowMs - 15 * DAY_S * 1000)
  }

  close(): void {
    this.db.close()
  }
}

/** Dimensions have no order: the same set is the same metric. */
const dimensionsText = (dimensions: readonly Dimension[]): string =>
  JSON.stringify(
    dimensions
      .map(({ name, value }) => ({ name, value }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  )

function measuredOf({ count, sum, min, max, points }: PointRow): Measured {
  return { count, sum, min, max, ...(points !== null && { values: JSON.parse(points) as [number, number][] }) }
}
