import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import type { Clients } from '../../src/engines/contract.ts'
import type { EngineDefinition } from '../../src/engines/define.ts'
import { engine as events } from '../../src/engines/events/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { startGate, type TestGate } from './gate.ts'

export const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f'
export const QUEUE = 'arn:aws:batch:us-east-1:000000000000:job-queue/q'

export interface TestEvents extends AsyncDisposable {
  readonly gate: TestGate
  readonly bridge: EventBridgeClient
  readonly scheduler: SchedulerClient
  readonly events: Clients['events']
  readonly clock: ManualClock
  /** What the function `f` was handed, parsed. */
  readonly invoked: unknown[]
  /** What the other engines were asked for. */
  readonly asked: [string, unknown][]
  /** Errors that the function answers with next, in place of taking what it is handed. */
  readonly refusals: EngineError[]
  /** Lets what is due be delivered. */
  settle(ms?: number): Promise<void>
  /** Stops, and starts again in the same folder, `ms` later. */
  restart(ms: number): Promise<TestEvents>
}

/** A feed in which nothing comes. */
async function* silence(_input: unknown, { signal }: { signal: AbortSignal }) {
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

const without = (engines: readonly EngineDefinition[] = [], fakes: Partial<Record<keyof Clients, object>>) =>
  Object.fromEntries(Object.entries(fakes).filter(([name]) => !engines.some((engine) => engine.name === name)))

/** EventBridge and Scheduler before engines that only note what they are asked. */
export async function startEvents(
  options: {
    directory?: string
    fakes?: Partial<Record<keyof Clients, object>>
    startMs?: number
    /** Engines that are there themselves. */
    engines?: readonly EngineDefinition[]
  } = {},
): Promise<TestEvents> {
  const invoked: unknown[] = []
  const asked: [string, unknown][] = []
  const refusals: EngineError[] = []
  const note =
    (verb: string, answer: object = {}) =>
    async (input: unknown) => {
      asked.push([verb, input])
      return answer
    }
  const clock = new ManualClock(options.startMs)
  const gate = await startGate([events, ...(options.engines ?? [])], {
    clock,
    ...(options.directory !== undefined && { directory: options.directory }),
    fakes: without(options.engines, {
      functions: {
        async invokeAsync({ name, payload }: { name: string; payload: Uint8Array }) {
          if (name !== 'f') throw new EngineError('ResourceNotFoundException', `Function not found: ${name}`)
          const refusal = refusals.shift()
          if (refusal) throw refusal
          invoked.push(JSON.parse(new TextDecoder().decode(payload)))
          return { requestId: 'r' }
        },
      },
      batch: { submit: note('batch.submit', { id: 'job-1' }), changes: silence },
      states: { start: note('states.start', { executionArn: 'execution-1' }), watchExecutions: silence },
      catalog: { startCrawler: note('catalog.startCrawler', { crawlId: 'crawl-1' }) },
      athena: { startQuery: note('athena.startQuery', { queryId: 'query-1' }) },
      firehose: { put: note('firehose.put', { accepted: 1 }) },
      stream: { put: note('stream.put', { failed: 0 }) },
      ...options.fakes,
    }),
  })
  const bridge = new EventBridgeClient(gate.config)
  const scheduler = new SchedulerClient(gate.config)
  const settle = async (ms = 0) => {
    for (let turn = 0; turn < 3; turn++) await clock.settle()
    await clock.advance(ms)
    for (let turn = 0; turn < 3; turn++) await clock.settle()
  }
  await settle()
  const close = () => {
    bridge.destroy()
    scheduler.destroy()
  }
  return {
    gate,
    bridge,
    scheduler,
    events: gate.engines.clients.events,
    clock,
    invoked,
    asked,
    refusals,
    settle,
    async restart(ms) {
      close()
      await gate.engines.stop()
      return startEvents({ ...options, directory: gate.engines.workspaceDirectory, startMs: clock.now() + ms })
    },
    async [Symbol.asyncDispose]() {
      close()
      await gate.engines[Symbol.asyncDispose]()
    },
  }
}
