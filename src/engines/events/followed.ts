import type { Clients } from '../contract.ts'
import type { EngineContext } from '../kit/node/engine.ts'
import type { EngineEvent } from '../kit/node/event-announcements.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Matcher } from './bus.ts'
import { DEFAULT_BUS } from './contract.ts'
import type { EventStore } from './store.ts'

const RETRY_MS = 500

export interface FollowedTools {
  readonly context: EngineContext<Pick<Clients, 'batch' | 'states'>>
  readonly store: EventStore
  readonly matcher: Matcher
}

/**
 * Engines that keep a feed of their changes are followed, in place of announcing them: from the first rule, archive or watcher on, since an
 * engine that nobody listens to need not be started.
 */
export class Followed {
  private readonly tools: FollowedTools
  private readonly ending = new AbortController()
  private following: Promise<unknown> | undefined

  constructor(tools: FollowedTools) {
    this.tools = tools
  }

  begin(): void {
    this.following ??= Promise.all([this.keepOn(() => this.batch()), this.keepOn(() => this.states())])
  }

  async stop(): Promise<void> {
    this.ending.abort()
    await this.following
  }

  /** A feed ends with its engine's host, which is started again. */
  private async keepOn(follow: () => Promise<void>): Promise<void> {
    const { signal } = this.ending
    for (let told = false; !signal.aborted; ) {
      try {
        await follow()
      } catch (thrown) {
        if (signal.aborted) return
        if (!told) this.tools.context.log.warn(`Events of an engine wait: ${EngineError.from(thrown).message}`)
        told = true
      }
      if (!signal.aborted) await realTime.sleep(RETRY_MS)
    }
  }

  /** Jobs' changes are counted: each is taken once, those of a time in which Millrace was killed included. */
  private async batch(): Promise<void> {
    const { context, store, matcher } = this.tools
    const after = store.cursor('batch')
    const changes = context.clients.batch.changes(after === undefined ? {} : { after }, { signal: this.ending.signal })
    for await (const { sequence, timeMs, jobArn, detail } of changes) {
      const source = 'aws.batch'
      const event = eventOf({ source, detailType: 'Batch Job State Change', detail, resources: [jobArn], timeMs })
      await matcher.put([matcher.eventOf(event)], () => store.saveCursor('batch', sequence))
    }
  }

  /** Step Functions Developer Guide, "Automating Step Functions event delivery with EventBridge": of standard machines alone. */
  private async states(): Promise<void> {
    const { context, matcher } = this.tools
    const executions = context.clients.states.watchExecutions({}, { signal: this.ending.signal })
    for await (const {
      arn,
      machineArn,
      name,
      status,
      startedMs,
      stoppedMs,
      input,
      output,
      error,
      cause,
      type,
    } of executions) {
      if (type === 'EXPRESS') continue
      const event = eventOf({
        source: 'aws.states',
        detailType: 'Step Functions Execution Status Change',
        resources: [arn],
        detail: {
          executionArn: arn,
          stateMachineArn: machineArn,
          name,
          status,
          startDate: startedMs,
          stopDate: stoppedMs ?? null,
          input,
          output: output ?? null,
          inputDetails: { included: true },
          outputDetails: output === undefined ? null : { included: true },
          error: error ?? null,
          cause: cause ?? null,
        },
      })
      await matcher.put([matcher.eventOf(event)])
    }
  }
}

const eventOf = ({ source, detailType, detail, resources = [], timeMs }: EngineEvent) => ({
  bus: DEFAULT_BUS,
  source,
  detailType,
  detail: JSON.stringify(detail),
  resources: [...resources],
  ...(timeMs !== undefined && { timeMs }),
})
