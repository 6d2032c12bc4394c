import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const column = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A column name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Column' })),
  type: z
    .string()
    .min(1, 'Give a Hive type such as string, bigint or timestamp.')
    .meta(ui({ label: 'Type' })),
})

export const lakeTableConfig = z.object({
  database: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A database name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Database', editor: 'database' })),
  table: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A table name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Table', editor: 'table' })),
  bucket: z
    .string()
    .regex(bucketName, 'A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens.')
    .meta(ui({ label: 'Bucket', editor: 'bucket', section: 'Location' })),
  prefix: z
    .string()
    .regex(/^$|\/$/, 'A prefix ends with /.')
    .default('')
    .meta(ui({ label: 'Prefix', section: 'Location', placeholder: 'flights/' })),
  format: z
    .enum(['parquet', 'csv', 'json'])
    .default('parquet')
    .meta(
      ui({
        label: 'Format',
        section: 'Location',
        options: { parquet: 'Parquet', csv: 'CSV with a header', json: 'JSON lines' },
      }),
    ),
  columns: z
    .array(column)
    .min(1, 'Name at least one column.')
    .default([{ name: 'id', type: 'string' }])
    .meta(ui({ label: 'Columns', section: 'Schema' })),
  partitionKeys: z
    .array(column)
    .default([])
    .meta(
      ui({ label: 'Partition keys', section: 'Schema', help: 'Folders such as day=2001-01-01/ below the prefix.' }),
    ),
  load: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Load when empty',
        editor: 'file',
        section: 'Reference data',
        help: 'A file whose rows are put under the prefix when nothing is there yet: for reference tables. CSV or JSON only.',
      }),
    ),
})

export const lakeTable = {
  kind: 'lake-table',
  title: 'Lake table',
  service: 'S3 and Glue Data Catalog',
  summary: 'A catalog table over the files under a prefix of the lake.',
  group: 'Lake',
  icon: 'table-2',
  inputs: [{ name: 'in', type: 'relation', title: 'Delivered files', many: true }],
  outputs: [{ name: 'out', type: 'relation' }],
  version: 1,
  config: lakeTableConfig,
} satisfies NodeKind<typeof lakeTableConfig>
