import type { Clients } from '../../src/engines/contract.ts'
import type { EngineDefinition } from '../../src/engines/define.ts'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import type { Clock } from '../../src/engines/kit/pure/clock.ts'
import { startEngines, type TestEngines } from './engines.ts'

export const KEYS = { accessKeyId: 'AKIAMILLRACE', secretAccessKey: 'secret/of+the=workspace' }

export interface TestGate {
  readonly engines: TestEngines
  readonly endpoint: string
  readonly port: number
  /** What every stock client is configured with. */
  readonly config: { endpoint: string; region: string; credentials: typeof KEYS; maxAttempts: number }
}

/** The gate on a free port of this machine before the given engines. */
export async function startGate(
  definitions: readonly EngineDefinition[],
  options: {
    settings?: Record<string, unknown>
    fakes?: Partial<Record<keyof Clients, object>>
    directory?: string
    clock?: Clock
  } = {},
): Promise<TestGate> {
  const engines = await startEngines([...definitions, gate], {
    ...(options.directory !== undefined && { directory: options.directory }),
    ...(options.clock && { clock: options.clock }),
    settings: { gate: { port: 0, ...options.settings } },
    fakes: {
      ...options.fakes,
      workspace: { credentials: async () => ({ ...KEYS, region: 'us-east-1' }), ...options.fakes?.workspace },
    },
  })
  const { url: endpoint, port } = await engines.clients.gate.status({})
  return { engines, endpoint, port, config: { endpoint, region: 'us-east-1', credentials: KEYS, maxAttempts: 1 } }
}
