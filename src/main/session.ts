import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { WebSocket } from 'ws'
import { type Clients, contracts } from '../engines/contract.ts'
import { makeFolder } from '../engines/kit/node/files.ts'
import { realTime } from '../engines/kit/node/real-time.ts'
import { userDirectory } from '../engines/kit/node/trust.ts'
import { readWorkspaceFile } from '../engines/kit/node/workspace-file.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'
import { type HandlerLookup, type Port, RpcConnection, remoteClients, verbTable } from '../engines/kit/pure/rpc.ts'
import type { SystemStatus } from '../engines/system/contract.ts'
import { refuseForeignLinks } from './foreign-links.ts'
import { LogBook } from './host/log-book.ts'
import { systemHandlers, type WorkspaceSwitcher } from './host/system.ts'
import { type Owner, ownerAlive, readOwner, takeOwnership } from './ownership.ts'
import { resourcesDirectory, VERSION } from './program.ts'
import { RecentWorkspaces } from './recent-workspaces.ts'
import { UserKeys } from './sealing-keys.ts'
import { type ServedShell, startServed } from './served/server.ts'
import { FRAME_BYTES_MAX, joinSocket, socketPort } from './served/socket.ts'
import { partToken, workspaceToken } from './served/token.ts'
import { Supervisor } from './supervisor.ts'

export interface SessionOptions {
  readonly workspaceDirectory: string
  readonly shell: SystemStatus['shell']
  /** Ports to try first: the pages' and the AWS listener's. */
  readonly port: number
  readonly awsPort: number
  readonly rendererDirectory: string | null
  /** Pages that another workspace was shown in until now, in place of new ones. */
  readonly served?: ServedShell | undefined
  /** Warnings and errors of engines also go to standard error. */
  readonly echoLogs: boolean
  readonly reveal?: (path: string) => Promise<void>
  readonly switcher?: WorkspaceSwitcher
}

/** An open workspace: owned by this process, or attached to the process that owns it. */
export interface Session {
  readonly clients: Clients
  readonly owned: boolean
  readonly url: string
  readonly token: string
  readonly pid: number
  /** Serves one page of this process, here or through the owner. */
  attach(page: Port): void
  /** Closes the workspace and its pages; `keepPages` leaves them, for `SessionOptions.served` of the next workspace. */
  stop(options?: { keepPages?: boolean }): Promise<void>
  /** Absent where another process owns the workspace. */
  readonly served?: ServedShell
}

const OWNER_WAIT_MS = 10_000
/** On the wire a verb is its place in a table, so two processes talk only when their tables are the same. */
const WIRE = createHash('sha256')
  .update(
    verbTable(contracts)
      .map(({ engine, name }) => `${engine}.${name}`)
      .join(' '),
  )
  .digest('base64url')

/** Engines that have work of their own go on with it from the start, where these files show that there is any. The others wait until they are asked. */
const RESUMED: Readonly<Record<string, (clients: Clients) => Promise<unknown>>> = {
  // Takes back what statements had written half when the program was killed.
  'athena/writing': ({ athena }) => athena.listWorkGroups({}),
  // Tells the bus what it did not take before a kill.
  'athena/announcing': ({ athena }) => athena.listWorkGroups({}),
  batch: ({ batch }) => batch.listQueues({}),
  'catalog/announcing': ({ catalog }) => catalog.listCrawlers({}),
  'catalog/schedules': ({ catalog }) => catalog.listCrawlers({}),
  emr: ({ emr }) => emr.list({}),
  events: ({ events }) => events.listBuses({}),
  firehose: ({ firehose }) => firehose.listDeliveryStreams({}),
  functions: ({ functions }) => functions.listMappings({}),
  lake: ({ lake }) => lake.listBuckets({}),
  hdfs: ({ hdfs }) => hdfs.describe({}),
  states: ({ states }) => states.listMachines({}),
  mapreduce: ({ mapreduce }) => mapreduce.list({ limit: 1 }),
}

/** Opens the workspace here, or attaches to the process that has it open. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const workspaceDirectory = resolve(options.workspaceDirectory)
  makeFolder(workspaceDirectory)
  // A workspace that cannot be opened is said before anything is started on it.
  readWorkspaceFile(workspaceDirectory)
  if (!ownerAlive(workspaceDirectory)) refuseForeignLinks(workspaceDirectory)
  const deadline = realTime.monotonicMs() + OWNER_WAIT_MS
  for (;;) {
    const ownership = takeOwnership(workspaceDirectory)
    if (ownership) return own({ ...options, workspaceDirectory }, ownership)
    const owner = readOwner(workspaceDirectory)
    if (owner) return attachTo(owner)
    // The owner has the lock and has not said yet where it answers: it is starting.
    if (realTime.monotonicMs() > deadline) {
      throw new EngineError(
        'WorkspaceInUse',
        `Another Millrace has ${workspaceDirectory} open and does not answer. Stop it, or wait until it has started.`,
      )
    }
    await realTime.sleep(50)
  }
}

async function own(
  options: SessionOptions,
  ownership: NonNullable<ReturnType<typeof takeOwnership>>,
): Promise<Session> {
  const { workspaceDirectory } = options
  const logs = new LogBook(join(workspaceDirectory, '.millrace'), options.echoLogs)
  const token = tokenOf(workspaceDirectory, logs)
  const keys = new UserKeys()
  const supervisor = new Supervisor({
    workspaceDirectory,
    resourcesDirectory: resourcesDirectory(),
    // Ids of one start must never meet those of an earlier one, so each start has a seed of its own; a run repeats by its document's seed.
    seed: process.env.MILLRACE_SEED ?? randomBytes(12).toString('hex'),
    limits: { olapMemoryBytes: olapMemory(), olapThreads: Math.max(2, availableParallelism()) },
    settings: {
      gate: { port: options.awsPort },
      ingest: { token: partToken(token, 'ingest') },
      workspace: { keySeed: partToken(token, 'aws') },
      hdfs: options.awsPort === 0 ? { port: 0 } : {},
      mapreduce: { jobsKept: wholeNumber(process.env.MILLRACE_MAPREDUCE_JOBS) },
    },
    keys,
    log: (level, engine, message) => logs.write(level, engine, message),
  })
  const { shell, reveal, switcher } = options
  const recent = new RecentWorkspaces()
  // What only a command looks into is not what a person works in.
  if (shell !== 'cli') recent.record(workspaceDirectory)
  if (recent.problem) logs.write('warn', 'system', recent.problem)
  const system = systemHandlers({
    version: VERSION,
    shell,
    supervisor,
    keys,
    logs,
    workspaceDirectory,
    recent,
    reveal,
    switcher,
  })
  supervisor.serveSystem(((_, name) => system[name as keyof typeof system]) as HandlerLookup)
  let served: ServedShell
  try {
    served = options.served ?? (await startServed({ rendererDirectory: options.rendererDirectory, port: options.port }))
  } catch (thrown) {
    await supervisor.stop()
    ownership.release()
    throw thrown
  }
  served.open({ token, attach: (port) => supervisor.attach(port) })
  if (options.port !== 0 && new URL(served.url).port !== String(options.port))
    logs.write('warn', 'system', `Port ${options.port} is taken: Millrace is at ${served.url}`)
  ownership.announce({ pid: process.pid, url: served.url, token, version: WIRE })
  // The AWS port answers from the start, not from the first click on.
  supervisor
    .start('gate')
    .then(() => supervisor.clients.gate.status({}))
    .catch((thrown) => logs.write('error', 'gate', EngineError.from(thrown).message))
  for (const [place, resume] of Object.entries(RESUMED))
    if (existsSync(join(workspaceDirectory, '.millrace', place)))
      resume(supervisor.clients).catch((thrown) =>
        logs.write('error', place.split('/')[0], EngineError.from(thrown).message),
      )
  return {
    clients: supervisor.clients,
    owned: true,
    url: served.url,
    token,
    pid: process.pid,
    attach: (page) => supervisor.attach(page),
    stop: async ({ keepPages = false } = {}) => {
      if (keepPages) served.close()
      else await served.stop()
      await supervisor.stop()
      ownership.release()
    },
    served,
  }
}

async function attachTo(owner: Owner): Promise<Session> {
  if (owner.version !== WIRE)
    throw new EngineError(
      'WorkspaceInUse',
      `Another version of Millrace has this workspace open (process ${owner.pid}, ${owner.url}): work there, or stop it first.`,
    )
  const socket = openSocket(owner)
  await new Promise<void>((done, failed) => {
    socket.once('open', done)
    socket.once('error', (cause) =>
      failed(
        new EngineError(
          'WorkspaceInUse',
          `The Millrace that has this workspace open (process ${owner.pid}) does not answer: ${cause.message}`,
          { cause },
        ),
      ),
    )
  })
  const connection = new RpcConnection(socketPort(socket))
  return {
    clients: remoteClients<Clients>(contracts, () => connection),
    owned: false,
    url: owner.url,
    token: owner.token,
    pid: owner.pid,
    attach: (page) => joinSocket(page, openSocket(owner)),
    stop: async () => connection.close(),
  }
}

function openSocket(owner: Owner): WebSocket {
  return new WebSocket(`${owner.url.replace('http', 'ws')}rpc?token=${owner.token}`, { maxPayload: FRAME_BYTES_MAX })
}

/** The workspace's own token; where the user's folder cannot keep a secret, one for this start alone. */
function tokenOf(workspaceDirectory: string, logs: LogBook): string {
  try {
    return workspaceToken(workspaceDirectory)
  } catch (thrown) {
    const reason = EngineError.from(thrown).message
    logs.write(
      'warn',
      'system',
      `The address holds for this start only, since ${userDirectory()} cannot be written: ${reason}`,
    )
    return randomBytes(32).toString('base64url')
  }
}

/** A quarter of the machine's memory: what is larger spills to disk. */
function olapMemory(): number {
  return totalmem() / 4
}

export function rendererDirectory(): string | null {
  const directory = resolve(import.meta.dirname, import.meta.url.endsWith('.ts') ? '../../out/renderer' : '../renderer')
  return existsSync(join(directory, 'index.html')) ? directory : null
}

/** A setting of the environment; anything but a whole number above zero leaves it at its default. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}
