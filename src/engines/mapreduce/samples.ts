import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Clients } from '../contract.ts'
import { makeFolder } from '../kit/node/files.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { JobSpec, type JobSpecInput } from './contract.ts'

interface Sample {
  readonly name: string
  readonly summary: string
  /** Its functions, where they are not SQL. */
  readonly file?: string
  readonly jobs: readonly (JobSpecInput & { readonly repeat?: number })[]
}

const BUCKET = 'mapreduce'

/** Worked jobs as the program ships them. */
const read = (resourcesDirectory: string): Sample[] =>
  JSON.parse(readFileSync(join(resourcesDirectory, 'mapreduce', 'samples.json'), 'utf8')) as Sample[]

export const listSamples = (resourcesDirectory: string) =>
  read(resourcesDirectory).map((sample) => ({
    name: sample.name,
    summary: sample.summary,
    jobs: specsOf(sample, 'RUN'),
  }))

export interface SampleContext {
  readonly clients: Pick<Clients, 'lake'>
  readonly workspaceDirectory: string
  readonly resourcesDirectory: string
  readonly clock: { realNow(): number }
}

/** Puts a worked job's functions and data into the workspace, where they are not there yet, and gives its jobs in order. */
export async function prepareSample(name: string, context: SampleContext): Promise<JobSpec[]> {
  const samples = read(context.resourcesDirectory)
  const sample = samples.find((each) => each.name === name)
  if (!sample) {
    const names = samples.map((each) => each.name).join(', ')
    throw new EngineError('SampleNotFound', `There is no worked job ${name}: they are ${names}.`)
  }
  if (sample.file !== undefined) putFunctions(sample.file, context)
  await putData(context.clients.lake)
  return specsOf(sample, new Date(context.clock.realNow()).toISOString().replace(/\D/g, ''))
}

function putFunctions(name: string, { workspaceDirectory, resourcesDirectory }: SampleContext): void {
  const file = join(workspaceDirectory, 'mapreduce', name)
  makeFolder(dirname(file))
  if (!existsSync(file)) copyFileSync(join(resourcesDirectory, 'mapreduce', name), file)
}

function specsOf({ jobs }: Sample, run: string): JobSpec[] {
  const specs: JobSpec[] = []
  for (const { repeat, ...job } of jobs)
    for (let i = 0; i < (repeat ?? 1); i++) {
      const step = specs.length
      const text = JSON.stringify(job)
        .replaceAll('{run}', run)
        .replaceAll('{step}', String(step))
        .replaceAll('{before}', String(step - 1))
      specs.push(JobSpec.parse(JSON.parse(text)))
    }
  return specs
}

async function putData(lake: SampleContext['clients']['lake']): Promise<void> {
  const buckets = await lake.listBuckets({})
  if (!buckets.some(({ name }) => name === BUCKET)) await lake.createBucket({ bucket: BUCKET })
  const there = new Set((await lake.locate({ uri: `s3://${BUCKET}/input/` })).map(({ key }) => key))
  for (const [name, make] of Object.entries(DATA)) {
    const key = `input/${name}`
    if (!there.has(key)) await lake.putObject({ bucket: BUCKET, key, body: new TextEncoder().encode(make()) })
  }
}

/** Data sets of vega-datasets, some of them in another form. */
const DATA: Readonly<Record<string, () => string>> = {
  'airports.csv': () => dataSet('airports.csv'),
  'airports.jsonl': () => linesOf(rowsOf(dataSet('airports.csv'))),
  'routes.csv': () => dataSet('flights-airport.csv'),
  'flights.jsonl': () => linesOf(JSON.parse(dataSet('flights-20k.json')) as object[]),
}

function dataSet(name: string): string {
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  return readFileSync(join(dirname(dirname(entry)), 'data', name), 'utf8')
}

const linesOf = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** No field of these files has a comma or a quote that matters here: names are quoted whole. */
function rowsOf(csv: string): object[] {
  const [header, ...lines] = csv.trim().split(/\r?\n/)
  const columns = header.split(',')
  return lines.map((line) => {
    const fields = line
      .match(/("([^"]|"")*"|[^,]*)(,|$)/g)!
      .map((field) => field.replace(/,$/, '').replace(/^"|"$/g, ''))
    return Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? '']))
  })
}
