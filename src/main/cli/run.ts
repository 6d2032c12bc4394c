import { parseArgs } from 'node:util'
import type { Clients } from '../../engines/contract.ts'
import { realTime } from '../../engines/kit/node/real-time.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import type { RunState } from '../../engines/pipeline/contract.ts'
import { parsePipeline } from '../../engines/pipeline/document-text.ts'
import { openSession } from '../session.ts'
import { workspaceOption } from './options.ts'
import { machineLine, plainLine, progressBlock, report, type Titles } from './run-report.ts'

/** What a run needs of the shell. */
export interface RunSession {
  readonly clients: Clients
}

interface RunRequest {
  readonly path: string
  readonly json: boolean
  readonly speed: number | null | undefined
  readonly scale: number
  readonly until: 'drained' | 'stopped'
}

/** Where a run writes, and how it is told to stop: given by tests. */
export interface RunTerminal {
  readonly isTty: boolean
  readonly columns: number
  write(text: string): void
  writeError(text: string): void
  /** Calls back on each interrupt; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void
}

const DOCUMENT_ERRORS = new Set([
  'InvalidDocument',
  'InvalidPipeline',
  'UnsupportedFormat',
  'DocumentNotFound',
  'DocumentTooLarge',
  'InvalidPath',
])
const PLAIN_EVERY_MS = 2000

export async function command(args: string[]): Promise<number> {
  const request = parseRequest(args)
  const { values } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const session = await openSession({
    workspaceDirectory: workspaceOption(values.workspace),
    shell: 'cli',
    port: 0,
    awsPort: 0,
    rendererDirectory: null,
    echoLogs: false,
  })
  try {
    return await runPipeline(request, session, processTerminal())
  } finally {
    await session.stop()
  }
}

/** Shows a run that was started elsewhere, to its end. */
export async function showRun(
  started: RunState,
  { clients }: RunSession,
  terminal = processTerminal(),
): Promise<number> {
  return followRun(false, { clients }, started, await titlesOf(clients, started.pipeline), terminal)
}

/** `millrace run PIPELINE …` over an open session. 0 done, 1 failed or accounts differ, 2 usage or document, 130 interrupted. */
export async function run(args: string[], session: RunSession, terminal = processTerminal()): Promise<number> {
  return runPipeline(parseRequest(args), session, terminal)
}

const OPTIONS = {
  workspace: { type: 'string' },
  json: { type: 'boolean', default: false },
  speed: { type: 'string' },
  scale: { type: 'string', default: '1' },
  until: { type: 'string', default: 'drained' },
} as const

function parseRequest(args: string[]): RunRequest {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const usage = (message: string) => Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_MILLRACE' })
  if (positionals.length !== 1) throw usage('name one pipeline, such as: millrace run pipelines/flights.json')
  const scale = Number(values.scale)
  if (!Number.isInteger(scale) || scale < 1) throw usage(`--scale ${values.scale}: give a whole number from 1 on`)
  const speed = values.speed === undefined ? undefined : values.speed === 'max' ? null : Number(values.speed)
  if (typeof speed === 'number' && !(speed > 0)) throw usage(`--speed ${values.speed}: give a number above 0, or max`)
  const { until } = values
  if (until !== 'drained' && until !== 'stopped') throw usage(`--until ${until}: it is drained or stopped`)
  return { path: documentPath(positionals[0]), json: values.json, speed, scale, until }
}

/** `flights` and `flights.json` mean `pipelines/flights.json`. */
function documentPath(given: string): string {
  const path = given.replaceAll('\\', '/').replace(/^\.\//, '')
  const named = path.endsWith('.json') ? path : `${path}.json`
  return named.includes('/') ? named : `pipelines/${named}`
}

async function runPipeline(request: RunRequest, { clients }: RunSession, terminal: RunTerminal): Promise<number> {
  let started: RunState
  let titles: Titles
  try {
    titles = await titlesOf(clients, request.path)
    started = await clients.pipeline.start({
      path: request.path,
      scale: request.scale,
      until: request.until,
      ...(request.speed !== undefined && { speed: request.speed }),
    })
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (request.json) terminal.write(`${JSON.stringify({ type: 'error', ...error.toWire() })}\n`)
    else terminal.writeError(`millrace: ${error.message}\n`)
    return DOCUMENT_ERRORS.has(error.code) ? 2 : 1
  }
  return followRun(request.json, { clients }, started, titles, terminal)
}

async function titlesOf(clients: Clients, path: string): Promise<Titles> {
  const { text } = await clients.workspace.readDocument({ path })
  return new Map(parsePipeline(text, path).nodes.map((node) => [node.id, node.title ?? node.id]))
}

/** Shows how a run goes, to its end, and stops it when the terminal says so. */
export async function followRun(
  json: boolean,
  { clients }: RunSession,
  started: RunState,
  titles: Titles,
  terminal: RunTerminal,
): Promise<number> {
  let interrupts = 0
  const off = terminal.onInterrupt(() => {
    interrupts++
    if (!json)
      terminal.writeError(
        interrupts === 1
          ? 'Stopping: what is under way still arrives. Once more to drop it.\n'
          : 'Dropping the rest.\n',
      )
    void clients.pipeline.stop({ runId: started.runId, mode: interrupts === 1 ? 'drain' : 'abandon' }).catch(() => {})
  })
  const view = json ? machineView(terminal) : terminal.isTty ? ttyView(terminal, titles) : plainView(terminal, titles)
  let last = started
  try {
    for await (const state of clients.pipeline.watch({ runId: started.runId })) {
      last = state
      view.show(state)
    }
  } finally {
    off()
    view.end()
  }
  if (json) terminal.write(`${machineLine('end', last)}\n`)
  else terminal.write(report(last, titles))
  if (interrupts > 0) return 130
  return last.state === 'succeeded' || last.state === 'stopped' ? 0 : 1
}

interface View {
  show(state: RunState): void
  end(): void
}

function machineView(terminal: RunTerminal): View {
  return { show: (state) => terminal.write(`${machineLine('progress', state)}\n`), end() {} }
}

/** A line now and then, for logs and pipes. */
function plainView(terminal: RunTerminal, titles: Titles): View {
  let nextMs = 0
  return {
    show(state) {
      const now = realTime.monotonicMs()
      if (now < nextMs) return
      nextMs = now + PLAIN_EVERY_MS
      terminal.write(`${plainLine(state, titles)}\n`)
    },
    end() {},
  }
}

/** One line for each node, drawn over again. */
function ttyView(terminal: RunTerminal, titles: Titles): View {
  let drawn = 0
  const clear = () => (drawn > 0 ? `\u001b[${drawn}A\u001b[J` : '')
  return {
    show(state) {
      const lines = progressBlock(state, titles, terminal.columns)
      terminal.write(`${clear()}${lines.join('\n')}\n`)
      drawn = lines.length
    },
    end() {
      terminal.write(clear())
      drawn = 0
    },
  }
}

export function processTerminal(): RunTerminal {
  return {
    isTty: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 100,
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    onInterrupt: (listener) => {
      process.on('SIGINT', listener)
      process.on('SIGTERM', listener)
      return () => {
        process.off('SIGINT', listener)
        process.off('SIGTERM', listener)
      }
    },
  }
}
