import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Clients } from '../../engines/contract.ts'
import { realTime } from '../../engines/kit/node/real-time.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { type Counters, JobSpec, type JobStatus } from '../../engines/mapreduce/contract.ts'
import { openSession } from '../session.ts'
import { workspaceOption } from './options.ts'
import { processTerminal, type RunTerminal } from './run.ts'

const MB = 1_000_000
const PLAIN_EVERY_MS = 1000

/** 0 all jobs succeeded, 1 one failed, 2 usage, 130 interrupted. */
export async function command(args: string[]): Promise<number> {
  const options = { workspace: { type: 'string' }, json: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (positionals.length !== 1)
    throw new EngineError(
      'InvalidOption',
      'name one job, such as: millrace mapreduce word-count, or a file with its spec',
    )
  const session = await openSession({
    workspaceDirectory: workspaceOption(values.workspace),
    shell: 'cli',
    port: 0,
    awsPort: 0,
    rendererDirectory: null,
    echoLogs: false,
  })
  try {
    const ids = await submit(session.clients.mapreduce, positionals[0])
    return await follow(session.clients.mapreduce, ids, values.json, processTerminal())
  } finally {
    await session.stop()
  }
}

/** A name is a worked job's; a file has one spec. */
async function submit(mapreduce: Clients['mapreduce'], job: string): Promise<string[]> {
  if (!job.endsWith('.json')) return (await mapreduce.submitSample({ name: job })).ids
  let spec: unknown
  try {
    spec = JSON.parse(readFileSync(job, 'utf8'))
  } catch (cause) {
    throw new EngineError('InvalidOption', `${job} cannot be read: ${(cause as Error).message}`, { cause })
  }
  const parsed = JobSpec.safeParse(spec)
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues
    throw new EngineError('InvalidOption', `${job}: ${path.join('.')}: ${message}`)
  }
  return [(await mapreduce.submit(parsed.data)).id]
}

async function follow(
  mapreduce: Clients['mapreduce'],
  ids: readonly string[],
  json: boolean,
  terminal: RunTerminal,
): Promise<number> {
  let interrupted = false
  const off = terminal.onInterrupt(() => {
    interrupted = true
    for (const id of ids) void mapreduce.kill({ id }).catch(() => {})
  })
  let succeeded = true
  try {
    for (const id of ids) {
      let last: JobStatus | undefined
      let nextMs = 0
      for await (const status of mapreduce.watch({ id })) {
        last = status
        const now = realTime.monotonicMs()
        if (now < nextMs) continue
        nextMs = now + PLAIN_EVERY_MS
        terminal.write(json ? `${JSON.stringify({ type: 'progress', ...status })}\n` : `${progressLine(status)}\n`)
      }
      const counters = await mapreduce.counters({ id })
      terminal.write(json ? `${JSON.stringify({ type: 'end', ...last!, counters })}\n` : `${table(last!, counters)}\n`)
      succeeded &&= last!.state === 'SUCCEEDED'
    }
  } finally {
    off()
  }
  return interrupted ? 130 : succeeded ? 0 : 1
}

const percent = (share: number): string => `${Math.round(share * 100)}%`.padStart(4)

/** As Hadoop says it. */
const progressLine = ({ name, state, mapProgress, reduceProgress }: JobStatus): string =>
  `${name}: ${state.toLowerCase().padEnd(10)} map ${percent(mapProgress)} reduce ${percent(reduceProgress)}`

function table(status: JobStatus, counters: Counters): string {
  const { id, name, state, reason, at, startedMs, endedMs, stages, maps, reduces, output } = status
  const seconds = startedMs === undefined || endedMs === undefined ? 0 : (endedMs - startedMs) / 1000
  const lines = [
    `${name} (${id}): ${state} in ${seconds.toFixed(1)} s`,
    ...(reason === undefined ? [] : [`  ${reason}${at ? ` (${at.file}:${at.line})` : ''}`]),
    `  ${maps.done} of ${maps.total} maps, ${reduces.done} of ${reduces.total} reduces; attempts failed ${maps.failed + reduces.failed}, killed ${maps.killed + reduces.killed}`,
    `  ${'stage'.padEnd(10)}${['records in', 'records out', 'MB in', 'MB out'].map((head) => head.padStart(14)).join('')}`,
    ...stages.map(
      ({ stage, recordsIn, recordsOut, bytesIn, bytesOut }) =>
        `  ${stage.padEnd(10)}${[count(recordsIn), count(recordsOut), megabytes(bytesIn), megabytes(bytesOut)].map((cell) => cell.padStart(14)).join('')}`,
    ),
    ...Object.entries(counters)
      .filter(([group]) => !group.startsWith('org.apache.hadoop.') && group !== 'Millrace')
      .flatMap(([group, names]) =>
        Object.entries(names).map(([counter, amount]) => `  ${group}.${counter} = ${count(amount)}`),
      ),
    `  output ${output}`,
  ]
  return lines.join('\n')
}

const count = (value: number): string => Math.round(value).toLocaleString('en')
const megabytes = (bytes: number): string => (bytes / MB).toFixed(2)
