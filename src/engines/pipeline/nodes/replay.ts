import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

export const replayConfig = z.object({
  file: z
    .string()
    .min(1, 'Choose the file to replay.')
    .default('sample:flights-3m.parquet')
    .meta(
      ui({
        label: 'File',
        editor: 'file',
        help: 'Parquet, CSV or JSON: a path inside the workspace, s3://bucket/key in the lake, or sample:<name>.',
      }),
    ),
  format: z
    .enum(['auto', 'parquet', 'csv', 'json'])
    .default('auto')
    .meta(ui({ label: 'Format', options: { auto: 'By the name', parquet: 'Parquet', csv: 'CSV', json: 'JSON' } })),
  keyColumn: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Partition key column',
        help: 'Its value decides the shard of a record. Without one, the number of the row does.',
      }),
    ),
  timeColumn: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Event time column',
        section: 'Pace',
        help: 'Rows leave at the pace of these times. Rows without a time leave with the row before them.',
      }),
    ),
  speed: z
    .number()
    .positive()
    .nullable()
    .default(1)
    .meta(
      ui({
        label: 'Event time speed',
        section: 'Pace',
        unit: '×',
        help: 'Seconds of event time that pass in one second of the clock. Empty: as fast as what follows can take.',
      }),
    ),
  rate: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .meta(
      ui({
        label: 'Rate without event time',
        section: 'Pace',
        unit: 'records/s',
        help: 'Used where no event time column is set. Empty: as fast as what follows can take.',
      }),
    ),
  limit: z
    .number()
    .int()
    .positive()
    .nullable()
    .default(null)
    .meta(ui({ label: 'At most', unit: 'rows', help: 'Stops after so many rows. Empty: the whole file.' })),
})

export const replay = {
  kind: 'replay',
  title: 'File replay',
  summary: 'Sends the rows of a file as JSON records, at the pace of their own event times or at a rate.',
  group: 'Sources',
  icon: 'history',
  inputs: [],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: replayConfig,
} satisfies NodeKind<typeof replayConfig>
