import { z } from 'zod'
import type { Random } from '../../kit/pure/random.ts'
import { seededRandom } from '../../kit/pure/random.ts'
import { defineNode, type NodeContext, ui } from './define.ts'
import { batchOf } from './kit/rows.ts'
import { TEMPLATES, zipf } from './kit/templates.ts'

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

const TICK_MS = 200
const BATCH_RECORDS = 2000

type GeneratorContext = NodeContext<z.output<typeof generatorConfig>>

async function generate(context: GeneratorContext): Promise<void> {
  const { config, clock, meter, scale } = context
  const out = context.out('out')
  if (!out) return
  const random: Random = config.seed ? seededRandom(config.seed) : context.random
  const make = TEMPLATES[config.template](random.fork('fields'), zipf(random.fork('keys'), config.keys, config.skew))
  const total = config.count === null ? Number.POSITIVE_INFINITY : config.count * scale
  const startMs = clock.now()
  for (let sent = 0; sent < total && !context.stopping.aborted; ) {
    let due = BATCH_RECORDS
    if (config.rate !== null) {
      const nextMs = startMs + ((sent + 1) / config.rate) * 1000
      if (nextMs > clock.now()) await context.sleepUntil(startMs + Math.ceil((nextMs - startMs) / TICK_MS) * TICK_MS)
      if (context.stopping.aborted) return
      due = Math.max(1, Math.floor(((clock.now() - startMs) / 1000) * config.rate) - sent)
    }
    const count = Math.min(due, BATCH_RECORDS, total - sent)
    const keys: string[] = []
    const texts: string[] = []
    for (let i = 0; i < count; i++) {
      const timeMs = config.rate === null ? clock.now() : startMs + ((sent + i + 1) / config.rate) * 1000
      const record = make(Math.floor(timeMs), sent + i)
      keys.push(record.key)
      texts.push(record.text)
    }
    await out.push(batchOf(keys, texts))
    sent += count
    meter.progress(Number.isFinite(total) ? sent / total : null)
  }
}

export const generator = defineNode({
  kind: 'generator',
  title: 'Generator',
  summary: 'Makes seeded records of a clickstream, IoT sensors or an application log, at a rate.',
  group: 'Sources',
  icon: 'activity',
  inputs: [],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: generatorConfig,
  behaviour: {
    prepare: async () => undefined,
    run: generate,
  },
})
