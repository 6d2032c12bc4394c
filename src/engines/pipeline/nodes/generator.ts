import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

export const generatorConfig = z.object({
  template: z
    .enum(['clickstream', 'iot', 'applog'])
    .default('clickstream')
    .meta(
      ui({
        label: 'What',
        options: { clickstream: 'Clickstream', iot: 'IoT sensors', applog: 'Application log' },
        help: 'Clickstream: sessions of web users. IoT: devices with drifting sensors. Application log: requests of services.',
      }),
    ),
  rate: z
    .number()
    .positive()
    .nullable()
    .default(500)
    .meta(ui({ label: 'Rate', unit: 'records/s', help: 'By the clock. Empty: as fast as what follows can take.' })),
  count: z
    .number()
    .int()
    .positive()
    .nullable()
    .default(null)
    .meta(ui({ label: 'At most', unit: 'records', help: 'Ends after so many records. Empty: goes on until stopped.' })),
  keys: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1000)
    .meta(ui({ label: 'Distinct keys', help: 'Users, devices or services: the partition key of the records.' })),
  skew: z
    .number()
    .min(0)
    .max(5)
    .default(1)
    .meta(ui({ label: 'Skew', help: '0 uses every key alike; the higher, the more records the first few keys get.' })),
  seed: z
    .string()
    .default('')
    .meta(ui({ label: 'Seed', help: 'The same seed gives the same records. Empty: the seed of the run.' })),
})

export const generator = {
  kind: 'generator',
  title: 'Generator',
  summary: 'Makes seeded records of a clickstream, IoT sensors or an application log, at a rate.',
  group: 'Sources',
  icon: 'activity',
  inputs: [],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: generatorConfig,
} satisfies NodeKind<typeof generatorConfig>
