import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

const identifier = /^[a-z_][a-z0-9_]{0,126}$/

export const warehouseConfig = z.object({
  schema: z
    .string()
    .regex(identifier, 'A schema name has lower-case letters, digits and underscores.')
    .default('public')
    .meta(ui({ label: 'Schema' })),
  table: z
    .string()
    .regex(identifier, 'A table name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Table' })),
  mode: z
    .enum(['replace', 'append'])
    .default('replace')
    .meta(
      ui({
        label: 'COPY',
        options: { replace: 'Replaces the rows', append: 'Adds to the rows' },
        help: 'Replacing follows every version of what comes before. Adding loads once, when everything has arrived.',
      }),
    ),
  distStyle: z
    .enum(['AUTO', 'EVEN', 'KEY', 'ALL'])
    .default('AUTO')
    .meta(ui({ label: 'Distribution style', section: 'Table design' })),
  distKey: z
    .string()
    .default('')
    .meta(ui({ label: 'Distribution key', section: 'Table design', help: 'For style KEY.' })),
  sortKeys: z
    .array(z.string())
    .default([])
    .meta(ui({ label: 'Sort keys', section: 'Table design' })),
})

export const warehouse = {
  kind: 'warehouse',
  title: 'Warehouse table',
  service: 'Redshift',
  summary: 'Loads a table with COPY and keeps it sorted and distributed.',
  group: 'Warehouse',
  icon: 'warehouse',
  inputs: [{ name: 'in', type: 'relation', required: true }],
  outputs: [{ name: 'out', type: 'relation' }],
  version: 1,
  config: warehouseConfig,
} satisfies NodeKind<typeof warehouseConfig>
