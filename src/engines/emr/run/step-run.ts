import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bounds } from '../../kit/node/process/cgroups.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { JobSpec, type JobSpecInput } from '../../mapreduce/contract.ts'
import type { Step } from '../contract.ts'
import { type Owner, primaryOf } from '../live/owner.ts'
import { boundsOf, exitCodeOf, GRACE_MS, resourcesOf } from './bounds.ts'
import { runCopy } from './copy.ts'
import { readAnywhere } from './files.ts'
import type { StepLogs } from './logs.ts'
import { localPath, type Plan, type Script } from './plan.ts'
import { runSql } from './sql.ts'
import { variablesOf } from './variables.ts'

export interface Outcome {
  readonly state: 'COMPLETED' | 'FAILED' | 'CANCELLED'
  readonly exitCode?: number
  readonly failure?: { reason: string; message: string; logFile?: string }
  readonly reason?: string
}

/** One step that runs: a process, a MapReduce job, SQL, or a copy. */
export class StepRun {
  private readonly owner: Owner
  private readonly step: Step
  private readonly logs: StepLogs
  private readonly onJob: (job: string) => void
  private readonly aborted = new AbortController()
  private verdict: Outcome | undefined
  private isLeft = false

  /** `onJob` is told of a MapReduce job before it is waited for. */
  constructor(owner: Owner, step: Step, logs: StepLogs, onJob: (job: string) => void) {
    this.owner = owner
    this.step = step
    this.logs = logs
    this.onJob = onJob
  }

  /** How it ended; undefined where Millrace let go of it. `again` takes up what an earlier Millrace began. */
  async outcome(again: boolean): Promise<Outcome | undefined> {
    let outcome: Outcome
    try {
      if (!again) this.logs.controller(`${this.step.jar} ${this.step.args.join(' ')}`)
      const exitCode = again ? await this.takeUp() : await this.begin()
      outcome =
        exitCode === 0
          ? { state: 'COMPLETED', exitCode }
          : this.failed('Unknown Error.', this.logs.tail('stderr'), exitCode)
    } catch (thrown) {
      if (this.isLeft) return undefined
      const { message } = EngineError.from(thrown)
      if (!this.verdict) this.logs.append('stderr', `${message}\n`)
      outcome = this.failed('Step failed.', message)
    }
    if (this.isLeft) return undefined
    outcome = this.verdict ?? outcome
    this.logs.controller(
      `Step ${outcome.state}${outcome.exitCode === undefined ? '' : ` with exit code ${outcome.exitCode}`}`,
    )
    await this.upload()
    return outcome
  }

  cancel(reason: string): Promise<void> {
    return this.end({ state: 'CANCELLED', reason })
  }

  fail(message: string): Promise<void> {
    return this.end(this.failed('Step failed.', message))
  }

  /** Its process or job goes on without this Millrace. */
  letGo(): void {
    this.isLeft = true
    this.aborted.abort()
  }

  private async end(verdict: Outcome): Promise<void> {
    this.verdict ??= verdict
    this.aborted.abort()
    const { processes } = this.owner.parts
    await processes.kill(this.id, GRACE_MS)
  }

  private async begin(): Promise<number> {
    const { parts, cluster } = this.owner
    await parts.requireTrust()
    const plan = parts.plan(this.step, cluster.id)
    switch (plan.kind) {
      case 'process':
        return this.runProcess(plan)
      case 'mapreduce':
        return this.runJob(await this.specOf(plan.spec))
      case 'sql':
        await runSql({
          text: await this.textOf(plan.script),
          variables: plan.variables,
          clients: parts.context.clients,
          signal: this.aborted.signal,
          out: (lines) => this.logs.append('stdout', lines),
          log: (line) => this.logs.append('stderr', `${line}\n`),
        })
        return 0
      case 'copy':
        await runCopy({
          from: plan.from,
          to: plan.to,
          cluster: cluster.id,
          clients: parts.context.clients,
          signal: this.aborted.signal,
          log: (line) => this.logs.append('stderr', `${line}\n`),
        })
        return 0
    }
  }

  private async takeUp(): Promise<number> {
    const { processes, context } = this.owner.parts
    if (this.step.job !== undefined) return this.watchJob(this.step.job)
    const release = context.clock.hold()
    return exitCodeOf(await processes.adopt(this.id, this.bounds).finally(release), this.bounds)
  }

  private async runProcess({ command, scripts }: Extract<Plan, { kind: 'process' }>): Promise<number> {
    const { parts, cluster } = this.owner
    const { processes, context } = parts
    const files = await Promise.all(scripts.map((script, number) => this.bring(script, number)))
    const argv = command.map((word) =>
      word.replace(/^\$(\d+)$/, (whole, number: string) => files[Number(number)] ?? whole),
    )
    const env = {
      ...(await variablesOf(cluster, { ...context, runtimes: parts.runtimes() })),
      EMR_STEP_ID: this.step.id,
    }
    this.aborted.signal.throwIfAborted()
    const release = context.clock.hold()
    try {
      const { ended } = await processes.start({ id: this.id, command: argv, env, bounds: this.bounds })
      return exitCodeOf(await ended, this.bounds)
    } finally {
      release()
    }
  }

  private async runJob(spec: JobSpec): Promise<number> {
    const { id } = await this.owner.parts.context.clients.mapreduce.submit(spec)
    this.onJob(id)
    return this.watchJob(id)
  }

  private async watchJob(id: string): Promise<number> {
    const { mapreduce } = this.owner.parts.context.clients
    this.logs.controller(`MapReduce job ${id}`)
    const { signal } = this.aborted
    for await (const job of mapreduce.watch({ id }, { signal })) {
      this.logs.append('stderr', `map ${percent(job.mapProgress)} reduce ${percent(job.reduceProgress)}\n`)
      if (job.state === 'SUCCEEDED') return 0
      if (job.state === 'FAILED' || job.state === 'KILLED')
        throw new EngineError('JobFailed', job.reason ?? `The job ${id} was ${job.state.toLowerCase()}.`)
    }
    if (!this.isLeft) await mapreduce.kill({ id, reason: 'The step was cancelled.' })
    signal.throwIfAborted()
    throw new EngineError('JobFailed', `Nothing more is known of the job ${id}.`)
  }

  private async specOf(given: JobSpecInput | { readonly file: string }): Promise<JobSpec> {
    const cluster = this.owner.cluster.id
    const spec = 'file' in given ? JSON.parse(await this.textOf(given)) : given
    return JobSpec.parse({ ...spec, cluster })
  }

  private async textOf(script: Script): Promise<string> {
    return 'text' in script ? script.text : (await readAnywhere(script.file, this.owner.parts.context)).toString('utf8')
  }

  /** A script as a file of this machine, in which objects of the lake are files too. */
  private async bring(script: Script, number: number): Promise<string> {
    const { processes, context } = this.owner.parts
    const name = 'file' in script ? script.file.slice(script.file.lastIndexOf('/') + 1) : 'script'
    const path = join(processes.workFolder(this.id), `${number}-${name}`)
    const content = 'file' in script ? await readAnywhere(script.file, context) : Buffer.from(script.text)
    writeFileSync(
      path,
      name.endsWith('.jar')
        ? content
        : name.endsWith('.sql') || 'text' in script
          ? localPath(content.toString(), context)
          : content,
    )
    chmodSync(path, 0o755)
    return path
  }

  private failed(reason: string, message: string, exitCode?: number): Outcome {
    const place = this.place
    return {
      state: 'FAILED',
      ...(exitCode !== undefined && { exitCode }),
      failure: { reason, message, ...(place !== undefined && { logFile: `${place}/stderr.gz` }) },
    }
  }

  private async upload(): Promise<void> {
    const { log, clients } = this.owner.parts.context
    if (this.place === undefined) return
    await this.logs
      .upload(clients, this.place)
      .catch((thrown) =>
        log.warn(`Logs of ${this.step.id} could not be put to ${this.place}: ${EngineError.from(thrown).message}`),
      )
  }

  private get bounds(): Bounds {
    const { cluster } = this.owner
    return boundsOf(this.step.resources ?? resourcesOf(primaryOf(cluster), cluster))
  }

  private get place(): string | undefined {
    const { logUri } = this.owner.cluster
    return logUri === undefined ? undefined : `${logUri.replace(/\/$/, '')}/${this.id}`
  }

  private get id(): string {
    return `${this.owner.cluster.id}/steps/${this.step.id}`
  }
}

const percent = (share: number): string => `${Math.floor(share * 100)}%`
