import { realTime } from '../kit/node/real-time.ts'
import type { FunctionSettings } from './contract.ts'
import { ensureDirectory, environmentOf, type Programs, runtimeArgs } from './launch.ts'
import { type FunctionError, type Outcome, Worker } from './worker.ts'

/** Lambda gives a function's own start ten seconds, apart from its timeout. */
const INIT_MS = 10_000
/** Processes of one version at a time; more requests wait for one. */
const WORKERS_MAX = 10
/** Real time for which a process without work is kept. */
const WARM_MS = 5 * 60_000
const LOG_BYTES_MAX = 256 * 1024
/** Lambda's limit of a synchronous answer (Lambda guide, "Lambda quotas"). */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024

export interface Ran {
  readonly outcome: Outcome
  readonly log: string
  readonly durationMs: number
}

/** A function as its workers are started with it. Another `generation` means other workers. */
export interface Deployed {
  readonly name: string
  /** `$LATEST`, or a number. */
  readonly version: string
  /** As it was asked for. */
  readonly arn: string
  readonly settings: FunctionSettings
  readonly directory: string
  /** The folder that stands for /opt, where it has layers. */
  readonly mount: string | undefined
  readonly generation: string
}

interface Warm {
  readonly worker: Worker
  readonly generation: string
  readonly log: { current: LogBuffer }
  /** Undefined until its first request. */
  patience?: { cancel(): void }
}

/** The processes of one version of a function: started on demand, kept warm, one request each at a time. */
export class Runner {
  private readonly programs: Programs
  private readonly resourcesDirectory: string
  private idle: Warm[] = []
  private readonly all = new Set<Worker>()
  private busy = 0
  private readonly waiting: (() => void)[] = []
  private stopped = false

  constructor(programs: Programs, resourcesDirectory: string) {
    this.programs = programs
    this.resourcesDirectory = resourcesDirectory
  }

  async run(deployed: Deployed, requestId: string, event: string): Promise<Ran> {
    while (this.busy >= WORKERS_MAX) await new Promise<void>((resolve) => this.waiting.push(resolve))
    this.busy++
    try {
      return await this.runNow(deployed, requestId, event)
    } finally {
      this.busy--
      this.waiting.shift()?.()
    }
  }

  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all([...this.all].map((worker) => worker.kill()))
    this.idle = []
  }

  private async runNow(deployed: Deployed, requestId: string, event: string): Promise<Ran> {
    const { settings, arn, version } = deployed
    const log = new LogBuffer()
    const stopped: FunctionError = { errorType: 'Runtime.ExitError', errorMessage: 'The function was stopped.' }
    if (this.stopped) return { outcome: { type: 'failed', error: stopped }, log: '', durationMs: 0 }
    let initMs: number | undefined
    const warm = this.takeWarm(deployed, log) ?? (await this.launch(deployed, log))
    const { worker } = warm
    let outcome: Outcome
    let durationMs = 0
    try {
      if (!warm.patience) initMs = await worker.init(INIT_MS)
      log.add(`START RequestId: ${requestId} Version: ${version}\n`)
      const startedMs = realTime.monotonicMs()
      const timeoutMs = settings.timeoutS * 1000
      const deadlineMs = realTime.now() + timeoutMs
      outcome = await worker.invoke({ requestId, event, deadlineMs, functionArn: arn }, timeoutMs)
      durationMs = realTime.monotonicMs() - startedMs
    } catch (thrown) {
      log.add(`START RequestId: ${requestId} Version: ${version}\n`)
      outcome = { type: 'failed', error: thrown as FunctionError }
    }
    outcome = withinLimit(outcome)
    if (outcome.type === 'failed') log.add(`${requestId}\tERROR\tInvoke Error\t${JSON.stringify(outcome.error)}\n`)
    log.add(report(requestId, { durationMs, initMs, memoryMiB: settings.memoryMiB, peakBytes: worker.peakBytes }))
    this.keep(warm)
    return { outcome, log: log.text, durationMs }
  }

  /** One that is idle; those of an older generation end here. */
  private takeWarm({ generation }: Deployed, log: LogBuffer): Warm | undefined {
    for (let warm = this.idle.pop(); warm; warm = this.idle.pop()) {
      warm.patience?.cancel()
      if (warm.generation === generation && warm.worker.alive) {
        warm.log.current = log
        return warm
      }
      void warm.worker.kill()
    }
    return undefined
  }

  private async launch(deployed: Deployed, buffer: LogBuffer): Promise<Warm> {
    const { settings, directory, generation } = deployed
    const command = await this.programs.require(settings.runtime)
    const log = { current: buffer }
    buffer.add(`INIT_START Runtime Version: ${settings.runtime}\n`)
    const worker = new Worker({
      command,
      args: runtimeArgs({ ...deployed, directory: ensureDirectory(directory) }, this.resourcesDirectory),
      env: environmentOf(deployed),
      directory,
      memoryMiB: settings.memoryMiB,
      onLog: (text) => log.current.add(text),
    })
    this.all.add(worker)
    void worker.gone.then(() => this.all.delete(worker))
    return { worker, generation, log }
  }

  private keep(warm: Warm): void {
    const { worker } = warm
    if (!worker.alive || this.stopped) return void worker.kill()
    warm.patience = realTime.after(WARM_MS, () => {
      this.idle = this.idle.filter((other) => other !== warm)
      void worker.kill()
    })
    this.idle.push(warm)
  }
}

function withinLimit(outcome: Outcome): Outcome {
  if (outcome.type === 'failed' || Buffer.byteLength(outcome.result) <= PAYLOAD_BYTES_MAX) return outcome
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${PAYLOAD_BYTES_MAX} bytes).`
  return { type: 'failed', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } }
}

function report(
  requestId: string,
  used: { durationMs: number; initMs: number | undefined; memoryMiB: number; peakBytes: number },
): string {
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${used.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(used.durationMs + (used.initMs ?? 0))} ms`,
    `Memory Size: ${used.memoryMiB} MB`,
    `Max Memory Used: ${Math.ceil(used.peakBytes / 1024 / 1024)} MB`,
    ...(used.initMs === undefined ? [] : [`Init Duration: ${used.initMs.toFixed(2)} ms`]),
  ]
  return `END RequestId: ${requestId}\n${parts.join('\t')}\t\n`
}

/** The log of one invocation. What goes beyond its bound is left out, and said so once. */
class LogBuffer {
  text = ''
  private full = false

  add(text: string): void {
    const line = text.endsWith('\n') ? text : `${text}\n`
    const fits = this.text.length + line.length <= LOG_BYTES_MAX || /^(START|END) RequestId/.test(line)
    if (fits) this.text += line
    else if (!this.full) {
      this.full = true
      this.text += `… more was said; Millrace keeps ${LOG_BYTES_MAX / 1024} KiB of an invocation.\n`
    }
  }
}
