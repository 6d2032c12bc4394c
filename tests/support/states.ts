import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { Clients } from '../../src/engines/contract.ts'
import type { EngineDefinition } from '../../src/engines/define.ts'
import { realTime } from '../../src/engines/kit/node/real-time.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as states } from '../../src/engines/states/engine.ts'
import { startGate, type TestGate } from './gate.ts'

export interface TestStates extends AsyncDisposable {
  readonly gate: TestGate
  readonly clock: ManualClock
  readonly client: SFNClient
  readonly states: Clients['states']
  /** Makes a machine of these states, the first of which begins. */
  machine(
    states: object,
    more?: { type?: 'STANDARD' | 'EXPRESS'; name?: string } & Record<string, unknown>,
  ): Promise<string>
  start(machineArn: string, input?: unknown, name?: string): Promise<string>
  ended(executionArn: string): Promise<DescribeExecutionOutput>
  /** Runs states to their end: output, or error and cause. */
  run(
    states: object,
    input?: unknown,
    more?: Record<string, unknown>,
  ): Promise<{ output?: unknown; error?: string; cause?: string }>
  history(executionArn: string): Promise<HistoryEvent[]>
}

export const sdk = (call: string) => `arn:aws:states:::aws-sdk:${call}`

/** Step Functions before these engines. */
export async function startStates(
  engines: readonly EngineDefinition[] = [],
  options: Parameters<typeof startGate>[1] = {},
): Promise<TestStates> {
  const gate = await startGate([...engines, states], options)
  const client = new SFNClient({ ...gate.config, disableHostPrefix: true })
  const clock = gate.engines.clock as ManualClock
  let machines = 0
  const bed: TestStates = {
    gate,
    clock,
    client,
    states: gate.engines.clients.states,
    async machine(given, { type, name = `machine-${++machines}`, ...more } = {}) {
      const definition = JSON.stringify({ StartAt: Object.keys(given)[0], States: given, ...more })
      const roleArn = 'arn:aws:iam::000000000000:role/states'
      const { stateMachineArn } = await client.send(
        new CreateStateMachineCommand({ name, definition, roleArn, ...(type && { type }) }),
      )
      return stateMachineArn!
    },
    async start(stateMachineArn, input = {}, name) {
      const { executionArn } = await client.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), ...(name && { name }) }),
      )
      return executionArn!
    },
    async ended(executionArn) {
      for (;;) {
        const execution = await client.send(new DescribeExecutionCommand({ executionArn }))
        if (execution.status !== 'RUNNING') return execution
        await clock.advance(5000)
        await realTime.sleep(2)
      }
    },
    async run(given, input, more) {
      const { output, error, cause } = await bed.ended(await bed.start(await bed.machine(given, more), input))
      if (output !== undefined) return { output: JSON.parse(output) }
      return { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) }
    },
    async history(executionArn) {
      const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))
      return events!
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      await gate.engines[Symbol.asyncDispose]()
    },
  }
  return bed
}
