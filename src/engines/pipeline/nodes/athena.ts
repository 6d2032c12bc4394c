import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

export const athenaConfig = z.object({
  sql: z
    .string()
    .min(1, 'Write the query.')
    .default('SELECT 1 AS one')
    .meta(ui({ label: 'Query', editor: 'sql', help: 'One SELECT in Athena SQL. Its result becomes the table below.' })),
  database: z
    .string()
    .default('default')
    .meta(ui({ label: 'Database of the query', editor: 'database' })),
  workGroup: z
    .string()
    .default('primary')
    .meta(ui({ label: 'Workgroup' })),
  outputDatabase: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A database name has lower-case letters, digits and underscores.')
    .default('default')
    .meta(ui({ label: 'Database', editor: 'database', section: 'Result' })),
  outputTable: z
    .string()
    .regex(/^[a-z0-9_]{1,200}$/, 'A table name has lower-case letters, digits and underscores.')
    .meta(
      ui({ label: 'Table', editor: 'table', section: 'Result', help: 'Replaced as a whole by each run of the query.' }),
    ),
  outputBucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens.',
    )
    .meta(ui({ label: 'Bucket', editor: 'bucket', section: 'Result' })),
  outputPrefix: z
    .string()
    .regex(/\/$/, 'A prefix ends with /.')
    .default('results/')
    .meta(
      ui({
        label: 'Prefix',
        section: 'Result',
        help: 'Belongs to this node: each run of the query writes a folder of its own here and removes older ones.',
      }),
    ),
  refreshSeconds: z
    .number()
    .min(0)
    .default(10)
    .meta(
      ui({
        label: 'Refresh while data flows',
        unit: 's',
        section: 'Refresh',
        help: 'At least this long between two runs of the query; one always follows when everything has arrived. 0: only that one.',
      }),
    ),
  refreshClock: z
    .enum(['real', 'engine'])
    .default('real')
    .meta(
      ui({ label: 'Measured in', section: 'Refresh', options: { real: 'Real time', engine: 'Time of the clock' } }),
    ),
})

export const athena = {
  kind: 'athena',
  title: 'Athena query',
  service: 'Athena',
  summary: 'Runs SQL over lake tables in place and keeps the result as a Parquet table.',
  group: 'Query',
  icon: 'search-code',
  inputs: [{ name: 'in', type: 'relation', required: true, many: true, title: 'Tables' }],
  outputs: [{ name: 'out', type: 'relation', title: 'Result' }],
  version: 1,
  config: athenaConfig,
} satisfies NodeKind<typeof athenaConfig>
