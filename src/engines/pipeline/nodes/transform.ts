import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

export const transformConfig = z.object({
  filter: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Keep rows where',
        editor: 'expression',
        placeholder: 'delay IS NOT NULL AND delay BETWEEN -60 AND 600',
        help: 'Rows for which this is true go on; the others are counted as filtered. Empty: all rows.',
      }),
    ),
  fields: z
    .array(
      z.object({
        name: z
          .string()
          .min(1, 'Name the field.')
          .meta(ui({ label: 'Field' })),
        expression: z
          .string()
          .min(1, 'Say how the field is computed.')
          .meta(ui({ label: 'Expression', editor: 'expression' })),
      }),
    )
    .default([])
    .meta(
      ui({
        label: 'Computed fields',
        help: 'In order; an expression sees the fields of the record, not those computed here.',
      }),
    ),
  keep: z
    .enum(['all', 'listed'])
    .default('all')
    .meta(ui({ label: 'Other fields', options: { all: 'Keep them', listed: 'Only the computed ones go on' } })),
  drop: z
    .array(z.string())
    .default([])
    .meta(ui({ label: 'Drop fields' })),
  keyField: z
    .string()
    .default('')
    .meta(ui({ label: 'New partition key', help: 'A field of the result. Empty: the key stays as it is.' })),
  errorLocation: z
    .string()
    .regex(/^$|^s3:\/\/[a-z0-9.-]+\/.+/, 'Write it as s3://bucket/prefix/.')
    .default('')
    .meta(
      ui({
        label: 'Error location',
        section: 'Errors',
        placeholder: 's3://bucket/errors/transform/',
        help: 'Where records go that are not JSON objects or whose expressions fail. Empty: such a record fails the run.',
      }),
    ),
})

export const transform = {
  kind: 'transform',
  title: 'Filter and compute',
  service: 'Lambda',
  summary: 'Keeps the rows that matter and computes fields with expressions.',
  group: 'Transform',
  icon: 'funnel',
  inputs: [{ name: 'in', type: 'records', required: true, many: true }],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: transformConfig,
} satisfies NodeKind<typeof transformConfig>
