import { z } from 'zod'
import { ClockSettings } from '../kit/pure/clock.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { Fault, FaultInput } from '../kit/pure/faults.ts'

export const HostHealth = z.object({
  host: z.string(),
  state: z.enum(['idle', 'starting', 'ready', 'restarting', 'failed']),
  engines: z.array(z.string()),
  restarts: z.number().int(),
  lastError: z.string().optional(),
  /** Heap of the thread, bytes. */
  heapBytes: z.number(),
})
export type HostHealth = z.infer<typeof HostHealth>

export const SystemStatus = z.object({
  version: z.string(),
  shell: z.enum(['desktop', 'served', 'cli']),
  pid: z.number().int(),
  /** Engine time, and the wall's at the same moment: engine time may be ahead, since it never runs backwards. */
  nowMs: z.number(),
  wallMs: z.number(),
  clock: ClockSettings,
  hosts: z.array(HostHealth),
  /** Resident memory of the whole process, bytes. */
  residentBytes: z.number(),
  /** Share of one core used since the last status, 0 to the number of cores. */
  cpu: z.number(),
  aws: z.object({ port: z.number().int(), url: z.string(), wanted: z.number().int() }).nullable(),
})
export type SystemStatus = z.infer<typeof SystemStatus>

export const LogLine = z.object({
  timeMs: z.number(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  engine: z.string(),
  message: z.string(),
})
export type LogLine = z.infer<typeof LogLine>

/** A workspace that this user opened before, here or in another process. */
export const RecentWorkspace = z.object({
  directory: z.string(),
  name: z.string(),
  /** On the wall's clock. */
  openedMs: z.number(),
  /** Its folder is not there. */
  missing: z.boolean(),
  /** Where it is open now, with what opens it. */
  address: z.string().nullable(),
})
export type RecentWorkspace = z.infer<typeof RecentWorkspace>

export const RecentWorkspaces = z.object({
  /** Latest first, without the one that is open here. */
  workspaces: z.array(RecentWorkspace),
  /** What is wrong with the list itself. */
  problem: z.string().nullable(),
  /** Whether this shell can open one of them in place of its own, and whether it can ask for any other folder. */
  canOpen: z.boolean(),
  canChoose: z.boolean(),
})
export type RecentWorkspaces = z.infer<typeof RecentWorkspaces>

/** The program itself: health of its hosts, the clock, logs, and what only a shell can do. Served by the supervisor. */
export const system = defineContract('system', {
  status: call(nothing, SystemStatus),
  /** A status at most four times a second, and at once when something changes. */
  watchStatus: feed(nothing, SystemStatus),
  setClock: call(ClockSettings.partial(), ClockSettings),
  /** Runs virtual time on to the next due work and pauses again. */
  stepClock: call(nothing, z.object({ nowMs: z.number() })),
  restartHost: call(z.object({ host: z.string() }), nothing),
  /** Ends a host's thread as a crash does; it starts again as after one. */
  killHost: call(z.object({ host: z.string() }), nothing),
  /** Makes calls of an engine go wrong on purpose, until the fault is removed, has hit `times` times, or Millrace stops. */
  injectFault: call(FaultInput, Fault),
  removeFault: call(z.object({ id: z.string() }), nothing),
  /** The faults in effect, again whenever they change. */
  watchFaults: feed(nothing, z.array(Fault)),
  /** Past lines first, then new ones. */
  watchLogs: feed(z.object({ engine: z.string().optional() }), z.array(LogLine)),
  /** Opens the folder of a workspace file in the system's file manager; refused where the shell has none. */
  reveal: call(z.object({ path: z.string() }), nothing),
  /** What has the key to the user's secrets; null before the first secret is given. */
  secrets: call(nothing, z.object({ heldBy: z.enum(['keychain', 'file']).nullable() })),
  recentWorkspaces: call(nothing, RecentWorkspaces),
  /** Takes a workspace off the list. Its folder is not touched. */
  forgetWorkspace: call(z.object({ directory: z.string() }), nothing),
  /**
   * Closes the workspace and opens another of the list in its place; without a directory, the person is asked for a folder. Answers before
   * the change, or with false where the person chose none; refused where the shell cannot. A page in a browser goes on at `address`; a window
   * of the desktop goes there by itself.
   */
  openWorkspace: call(
    z.object({ directory: z.string().optional() }),
    z.object({ opening: z.boolean(), address: z.string().nullable() }),
  ),
})
