import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

export const spiceConfig = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, 'An id has letters, digits, hyphens and underscores.')
    .meta(ui({ label: 'Data set', editor: 'dataset', help: 'The name by which dashboards find it.' })),
  name: z
    .string()
    .default('')
    .meta(ui({ label: 'Title', help: 'Empty: the id.' })),
  sql: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Query',
        editor: 'sql',
        help: 'What is taken from the source, in its dialect. Empty: the whole table.',
      }),
    ),
})

export const spice = {
  kind: 'spice',
  title: 'SPICE data set',
  service: 'QuickSight',
  summary: 'Takes a table into memory for dashboards and refreshes it as the table changes.',
  group: 'BI',
  icon: 'zap',
  inputs: [{ name: 'in', type: 'relation', required: true }],
  outputs: [{ name: 'out', type: 'dataset' }],
  version: 1,
  config: spiceConfig,
} satisfies NodeKind<typeof spiceConfig>
