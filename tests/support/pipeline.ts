import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { EngineDefinition } from '../../src/engines/define.ts'
import { createClockMemory, SharedClock } from '../../src/engines/kit/node/shared-clock.ts'
import type { ClockSettings } from '../../src/engines/kit/pure/clock.ts'
import type { RunState } from '../../src/engines/pipeline/contract.ts'
import { PipelineDocument } from '../../src/engines/pipeline/document.ts'
import { startEngines, type TestEngines } from './engines.ts'

/** Engines over a virtual clock that a run sets as in the program. */
export async function startPipelines(
  definitions: readonly EngineDefinition[],
  fakes: Parameters<typeof startEngines>[1] = {},
): Promise<TestEngines> {
  const clock = new SharedClock(createClockMemory(Date.UTC(2026, 0, 1)), 0)
  clock.configure({ mode: 'virtual', speed: null, paused: false })
  const system = {
    status: async () => ({ clock: clock.settings }),
    setClock: async (change: Partial<ClockSettings>) => clock.configure(change),
  }
  const engines = await startEngines(definitions, { ...fakes, clock, fakes: { system, ...fakes.fakes } })
  return {
    ...engines,
    async [Symbol.asyncDispose]() {
      await engines[Symbol.asyncDispose]()
      clock.dispose()
    },
  }
}

/** A document of nodes in a row, each wired to the next, unless wires are given. */
export function pipelineOf(
  nodes: readonly { id: string; kind: string; config: Record<string, unknown> }[],
  wires: readonly (readonly [string, string])[] = nodes.slice(1).map((node, i) => [nodes[i].id, node.id] as const),
): PipelineDocument {
  return PipelineDocument.parse({
    format: 1,
    name: 'test',
    nodes: nodes.map((node, i) => ({ ...node, position: { x: i * 200, y: 0 } })),
    wires: wires.map(([from, to], i) => ({
      id: `w${i + 1}`,
      from: { node: from, port: 'out' },
      to: { node: to, port: 'in' },
    })),
    run: { clock: 'virtual', speed: null, seed: 'test' },
  })
}

export function writeWorkspaceFile(engines: TestEngines, path: string, text: string): void {
  const file = join(engines.workspaceDirectory, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** Starts the document and waits until the run is over. */
export async function runToEnd(
  engines: TestEngines,
  document: PipelineDocument,
  input: { scale?: number; fromNode?: string; path?: string } = {},
): Promise<RunState> {
  const { path = 'pipelines/test.json', ...rest } = input
  const { runId } = await engines.clients.pipeline.start({ path, document, ...rest })
  let last: RunState | undefined
  for await (const state of engines.clients.pipeline.watch({ runId })) last = state
  return last!
}

export function nodeOf(state: RunState, id: string): RunState['nodes'][number] {
  return state.nodes.find((node) => node.node === id)!
}

export function accountOf(state: RunState, id: string): RunState['accounts'][number] {
  return state.accounts.find((account) => account.node === id)!
}
