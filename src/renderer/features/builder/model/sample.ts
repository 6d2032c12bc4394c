import type { Document } from './items.ts'
import { emptyDocument } from './text.ts'

/**
 * A pipeline that shows what the parts are for and runs as it is: generated web traffic through a stream into the lake, and from
 * there into a data set. Resources are named after the pipeline, so that two samples do not meet.
 */
export function sampleDocument(name: string, slug: string): Document {
  const table = slug.replaceAll('-', '_')
  const at = (column: number, row = 0) => ({ x: column * 288, y: row * 160 })
  return {
    ...emptyDocument(name),
    description: 'Web traffic from a generator, filtered, kept in a stream, landed in the lake and taken into SPICE.',
    nodes: [
      {
        id: 'clicks',
        kind: 'generator',
        version: 1,
        title: 'Clicks',
        position: at(0),
        config: { template: 'clickstream', rate: 500, count: 300_000 },
      },
      { id: 'stream', kind: 'stream', version: 1, position: at(1), config: { stream: slug, shards: 2 } },
      {
        id: 'land',
        kind: 'delivery',
        version: 1,
        title: 'Land in the lake',
        position: at(2),
        config: {
          name: slug,
          bucket: 'lake',
          prefix: `${slug}/`,
          errorPrefix: `errors/${slug}/`,
          format: 'parquet',
          bufferSeconds: 60,
          onStart: 'replace',
        },
      },
      {
        id: 'table',
        kind: 'lake-table',
        version: 1,
        position: at(3),
        config: { database: 'default', table, bucket: 'lake', prefix: `${slug}/`, format: 'parquet', columns: CLICKS },
      },
      { id: 'spice', kind: 'spice', version: 1, position: at(4), config: { id: slug, name } },
    ],
    wires: [
      { id: 'clicks-stream', from: { node: 'clicks', port: 'out' }, to: { node: 'stream', port: 'in' } },
      { id: 'stream-land', from: { node: 'stream', port: 'out' }, to: { node: 'land', port: 'in' } },
      { id: 'land-table', from: { node: 'land', port: 'out' }, to: { node: 'table', port: 'in' } },
      { id: 'table-spice', from: { node: 'table', port: 'out' }, to: { node: 'spice', port: 'in' } },
    ],
    notes: [
      {
        id: 'note-1',
        text: 'Press F5 to run.\nClick a wire to see its rows, B sets a breakpoint on it.',
        position: { x: 0, y: -136 },
        width: 264,
        height: 96,
      },
    ],
  }
}

const CLICKS = [
  { name: 'event_time', type: 'timestamp' },
  { name: 'event_id', type: 'bigint' },
  ...['user_id', 'session_id', 'page', 'action', 'referrer', 'device', 'country'].map((name) => ({
    name,
    type: 'string',
  })),
  { name: 'duration_ms', type: 'bigint' },
]
