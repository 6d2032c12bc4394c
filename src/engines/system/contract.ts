import { z } from 'zod'
import { ClockSettings } from '../kit/pure/clock.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

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

/** The program itself: health of its hosts, the clock, logs, and what only a shell can do. Served by the supervisor. */
export const system = defineContract('system', {
  status: call(nothing, SystemStatus),
  /** A status at most four times a second, and at once when something changes. */
  watchStatus: feed(nothing, SystemStatus),
  setClock: call(ClockSettings.partial(), ClockSettings),
  /** Runs virtual time on to the next due work and pauses again. */
  stepClock: call(nothing, z.object({ nowMs: z.number() })),
  restartHost: call(z.object({ host: z.string() }), nothing),
  /** Past lines first, then new ones. */
  watchLogs: feed(z.object({ engine: z.string().optional() }), z.array(LogLine)),
  /** Opens the folder of a workspace file in the system's file manager; refused where the shell has none. */
  reveal: call(z.object({ path: z.string() }), nothing),
})
