import { z } from 'zod'
import { type NodeContext, ui } from '../define.ts'

export const streamConfig = z.object({
  stream: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,128}$/, 'A stream name has 1 to 128 letters, digits, dots, hyphens and underscores.')
    .meta(ui({ label: 'Stream name', editor: 'stream' })),
  mode: z
    .enum(['PROVISIONED', 'ON_DEMAND'])
    .default('PROVISIONED')
    .meta(ui({ label: 'Capacity mode', options: { PROVISIONED: 'Provisioned', ON_DEMAND: 'On-demand' } })),
  shards: z
    .number()
    .int()
    .min(1)
    .max(500)
    .default(1)
    .meta(
      ui({
        label: 'Shards',
        help: 'Used when the stream is created. A stream that exists keeps the shards it has: split or merge them in its monitor.',
      }),
    ),
  quotas: z
    .boolean()
    .default(true)
    .meta(
      ui({
        label: 'Enforce quotas',
        help: 'Each shard takes 1,000 records/s and 1 MiB/s, as at AWS. What is refused is sent again after a pause.',
      }),
    ),
  durability: z
    .enum(['fsync', 'os', 'memory'])
    .default('fsync')
    .meta(
      ui({
        label: 'Durability',
        options: { fsync: 'On disk', os: 'Operating system', memory: 'Memory' },
        help: 'When a record counts as stored: it survives a power cut, a crash of the program, or neither.',
      }),
    ),
  retentionHours: z
    .number()
    .int()
    .min(24)
    .max(8760)
    .default(24)
    .meta(ui({ label: 'Retention', unit: 'hours' })),
  start: z
    .enum(['tip', 'checkpoint', 'oldest'])
    .default('tip')
    .meta(
      ui({
        label: 'Start reading at',
        section: 'Consumer',
        options: {
          tip: 'Records of this run',
          checkpoint: 'Where the last run ended',
          oldest: 'The oldest record kept',
        },
        help: '"Records of this run" leaves what earlier runs put there unread, so that a run can be repeated.',
      }),
    ),
  consumer: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{0,128}$/, 'A consumer name has letters, digits, dots, hyphens and underscores.')
    .default('')
    .meta(
      ui({
        label: 'Consumer name',
        section: 'Consumer',
        help: 'Names the reader in the stream monitor and keeps its checkpoints. Empty: the pipeline and this node.',
      }),
    ),
})

export type StreamContext = NodeContext<z.output<typeof streamConfig>>
