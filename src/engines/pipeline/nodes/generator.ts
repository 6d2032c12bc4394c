import { z } from 'zod'
import type { Random } from '../../kit/pure/random.ts'
import { seededRandom } from '../../kit/pure/random.ts'
import { type ConfigProblem, defineNode, type NodeContext, ui } from './define.ts'
import { zipf } from './kit/draw.ts'
import { batchOf } from './kit/rows.ts'
import { Schedule } from './kit/schedule.ts'
import { TEMPLATES } from './kit/templates.ts'

export const generatorConfig = z.object({
  template: z
    .enum(['clickstream', 'iot', 'applog'])
    .default('clickstream')
    .meta(
      ui({
        label: 'What',
        options: { clickstream: 'Clickstream', iot: 'IoT sensors', applog: 'Application log' },
        help: 'Clickstream: sessions of web users. IoT: devices whose sensors drift, fail and fall silent for a while. Application log: requests of services, with levels and stack traces.',
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
  startAt: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'First event time',
        placeholder: '2026-01-01T00:00:00Z',
        help: 'Where the times in the records begin: the same records to the letter, whenever it runs. Empty: the time of the clock.',
      }),
    ),
  burstFactor: z
    .number()
    .min(1)
    .max(1000)
    .default(1)
    .meta(ui({ label: 'Rate in a burst', section: 'Bursts', unit: '×', help: '1: no bursts.' })),
  burstEvery: z
    .number()
    .positive()
    .default(60)
    .meta(ui({ label: 'A burst every', section: 'Bursts', unit: 's', help: 'Of the clock, from end to end.' })),
  burstLength: z
    .number()
    .positive()
    .default(5)
    .meta(ui({ label: 'It lasts', section: 'Bursts', unit: 's' })),
})

const TICK_MS = 200
const BATCH_RECORDS = 2000

type Config = z.output<typeof generatorConfig>
type GeneratorContext = NodeContext<Config>

async function generate(context: GeneratorContext): Promise<void> {
  const { config, clock, meter, scale } = context
  const out = context.out('out')
  if (!out) return
  const random: Random = config.seed ? seededRandom(config.seed) : context.random
  const make = TEMPLATES[config.template](random.fork('fields'), zipf(random.fork('keys'), config.keys, config.skew))
  const total = config.count === null ? Number.POSITIVE_INFINITY : config.count * scale
  const startMs = clock.now()
  const schedule = scheduleOf(config)
  const eventTime = eventTimes(context, schedule, startMs)
  for (let sent = 0; sent < total && !context.stopping.aborted; ) {
    let due = BATCH_RECORDS
    if (schedule) {
      const nextMs = startMs + schedule.timeOf(sent + 1)
      if (nextMs > clock.now()) await context.sleepUntil(startMs + Math.ceil((nextMs - startMs) / TICK_MS) * TICK_MS)
      if (context.stopping.aborted) return
      due = Math.max(1, Math.floor(schedule.dueBy(clock.now() - startMs)) - sent)
    }
    const count = Math.min(due, BATCH_RECORDS, total - sent)
    const keys: string[] = []
    const texts: string[] = []
    for (let i = 0; i < count; i++) {
      const record = make(Math.floor(eventTime(sent + i)), sent + i)
      keys.push(record.key)
      texts.push(record.text)
    }
    await out.push(batchOf(keys, texts))
    sent += count
    meter.progress(Number.isFinite(total) ? sent / total : null)
  }
}

function scheduleOf({ rate, burstFactor, burstEvery, burstLength }: Config): Schedule | null {
  if (rate === null) return null
  return new Schedule(rate, { factor: burstFactor, everyMs: burstEvery * 1000, lengthMs: burstLength * 1000 })
}

/** The time in a record, by its number: when it was due, whenever it is really sent. Without a rate a first time goes on by a millisecond a record. */
function eventTimes(
  { config, clock }: GeneratorContext,
  schedule: Schedule | null,
  startMs: number,
): (index: number) => number {
  const firstMs = config.startAt === '' ? null : Date.parse(config.startAt)
  if (schedule) return (index) => (firstMs ?? startMs) + schedule.timeOf(index + 1)
  return firstMs === null ? () => clock.now() : (index) => firstMs + index
}

function problems({ startAt, rate, burstFactor, burstEvery, burstLength }: Config): ConfigProblem[] {
  const found: ConfigProblem[] = []
  if (startAt !== '' && Number.isNaN(Date.parse(startAt)))
    found.push({ field: 'startAt', message: 'This is no time: write it as 2026-01-01T00:00:00Z.' })
  if (burstFactor > 1 && burstLength > burstEvery)
    found.push({ field: 'burstLength', message: 'A burst cannot last longer than the time from one to the next.' })
  if (burstFactor > 1 && rate === null)
    found.push({ field: 'burstFactor', severity: 'warning', message: 'Not used: there is no rate to multiply.' })
  return found
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
    check: problems,
    prepare: async () => undefined,
    run: generate,
  },
})
