import { isAbsolute, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { exampleCommand } from '../../engines/ingest/contract.ts'
import { realTime } from '../../engines/kit/node/real-time.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import type { RunState } from '../../engines/pipeline/contract.ts'
import { PRODUCERS, type ProduceRequest, type Producer, startProducer } from '../../engines/pipeline/produce.ts'
import { openSession } from '../session.ts'
import { workspaceOption, workspacePath } from './options.ts'
import { misfit, parseOptions, settingsHelp, settingsOf, valuesOf } from './produce-options.ts'
import { followRun, processTerminal, type RunSession, type RunTerminal } from './run.ts'

const OPTIONS = {
  workspace: { type: 'string' },
  stream: { type: 'string' },
  shards: { type: 'string' },
  quotas: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** `millrace produce clickstream --stream orders …`: the exit codes of `millrace run`. */
export async function command(args: string[]): Promise<number> {
  const { request, workspace, json } = parseRequest(args)
  const session = await openSession({
    workspaceDirectory: workspaceOption(workspace),
    shell: 'cli',
    port: 0,
    awsPort: 0,
    rendererDirectory: null,
    echoLogs: false,
  })
  try {
    return await produce(request, json, session, processTerminal())
  } finally {
    await session.stop()
  }
}

/** What `millrace produce http --help` says beyond the usage. */
export function details(args: string[]): string {
  const producer = PRODUCERS.find(({ name }) => name === args[0])
  if (!producer) return PRODUCERS.map(({ name, summary }) => `  ${name}\n      ${summary}`).join('\n')
  return `${producer.title}: ${producer.summary}\n\n${settingsHelp(settingsOf(producer))}`
}

async function produce(
  request: ProduceRequest,
  json: boolean,
  session: RunSession,
  terminal: RunTerminal,
): Promise<number> {
  let started: Awaited<ReturnType<typeof startProducer>>
  try {
    started = await startProducer(session.clients, request)
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (json) terminal.write(`${JSON.stringify({ type: 'error', ...error.toWire() })}\n`)
    else terminal.writeError(`millrace: ${error.message}\n`)
    return error.code === 'InvalidPipeline' || error.code === 'StreamExists' ? 2 : 1
  }
  const { run, document } = started
  if (request.producer.name === 'http' || request.producer.name === 'mqtt') await announce(run, json, session, terminal)
  return followRun(json, session, run, new Map(document.nodes.map(({ id, title }) => [id, title ?? id])), terminal)
}

/** Says where clients send to, and with what, once that is open. */
async function announce(
  { runId }: RunState,
  json: boolean,
  { clients }: RunSession,
  terminal: RunTerminal,
): Promise<void> {
  for (;;) {
    const found = (await clients.ingest.list({})).find(({ source }) => source.startsWith(`${runId}/`))
    if (found) {
      const { token } = await clients.ingest.access({})
      const { url } = found
      terminal.write(
        json
          ? `${JSON.stringify({ type: 'listening', url, token })}\n`
          : `Takes records at ${url}, such as:\n  ${exampleCommand(url, token)}\n`,
      )
      return
    }
    if ((await clients.pipeline.describe({ runId })).endedMs !== undefined) return
    await realTime.sleep(50)
  }
}

function parseRequest(args: string[]): { request: ProduceRequest; workspace: string | undefined; json: boolean } {
  const usage = (message: string) => Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_MILLRACE' })
  const producer = PRODUCERS.find(({ name }) => name === args[0])
  if (!producer) throw usage(`name what produces: ${PRODUCERS.map(({ name }) => name).join(', ')}`)
  const settings = settingsOf(producer)
  const { values, positionals } = parseArgs({
    args: args.slice(1),
    options: { ...parseOptions(settings), ...OPTIONS },
    allowPositionals: true,
    allowNegative: true,
  })
  const given = values as Record<string, string | boolean | undefined>
  const { stream, shards, quotas, workspace, json } = values as Partial<
    Record<'stream' | 'shards' | 'workspace', string> & Record<'quotas' | 'json', boolean>
  >
  if (stream === undefined) throw usage('name the stream: --stream NAME')
  const takesFile = settings.some(({ field }) => field === 'file')
  if (positionals.length > (takesFile ? 1 : 0)) throw usage(`${positionals.at(-1)}: nothing more is expected here`)
  const file = positionals[0] ?? (given.file as string | undefined)
  const count = shards === undefined ? undefined : Number(shards)
  if (count !== undefined && !(Number.isInteger(count) && count > 0))
    throw usage(`--shards ${shards}: give a whole number from 1 on`)
  const chosen = {
    ...valuesOf(settings, given),
    ...(file !== undefined && { file: fileOf(producer, file, workspacePath(workspace)) }),
  }
  const wrong = misfit(producer, settings, chosen)
  if (wrong !== undefined) throw usage(wrong)
  return {
    request: {
      producer,
      settings: chosen,
      stream,
      ...(count !== undefined && { shards: count }),
      ...(quotas !== undefined && { quotas }),
    },
    workspace,
    json: json ?? false,
  }
}

/** A person means the file from where they stand; the workspace may be elsewhere. */
function fileOf(producer: Producer, file: string, workspaceDirectory: string): string {
  if (producer.name === 'tail') return resolve(file)
  if (/^(s3:\/\/|sample:|file:\/\/)/.test(file)) return file
  const inside = relative(resolve(workspaceDirectory), resolve(file))
  return inside.startsWith('..') || isAbsolute(inside) ? pathToFileURL(resolve(file)).href : inside
}
