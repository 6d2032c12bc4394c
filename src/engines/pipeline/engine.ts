import { type Clients, contracts } from '../contract.ts'
import { defineEngine } from '../define.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { parse } from '../kit/pure/expr/index.ts'
import type { Cell } from '../kit/pure/table.ts'
import { askEngines, checkPipeline } from './check.ts'
import { peek } from './peek.ts'
import { Runs } from './runs.ts'
import { NO_ROWS, tableOf } from './samples.ts'
import { PipelineStore } from './store.ts'

const PAGES_EVERY_MS = 250

export const engine = defineEngine({
  name: 'pipeline',
  // Any engine may stand behind a node kind.
  needs: Object.keys(contracts).filter((name) => name !== 'pipeline' && name !== 'gate') as Exclude<
    keyof Clients,
    'pipeline' | 'gate'
  >[],
  async start(context) {
    const { clients } = context
    const store = new PipelineStore(context.directory)
    // Nobody is left to give the clock back when the engine ended in the middle of a run and starts again beside a clock that went on.
    if (store.closeInterrupted(context.clock.realNow()) > 0)
      await clients.system.setClock({ mode: 'real', paused: false })
    const runs = new Runs(context, store)

    const pageAt = async (runId: string, at: { node: string } | { wire: string }, limit: number) => {
      const found = runs.inMemory(runId).samplesAt(at)
      if (found === null) return NO_ROWS
      return 'texts' in found ? tableOf(found.texts(limit)) : peek(clients, found, limit)
    }

    return {
      handlers: {
        check: async ({ document }) => [...checkPipeline(document), ...(await askEngines(document, clients))],
        start: (input) => runs.start(input),
        async stop({ runId, mode }) {
          const run = runs.live(runId)
          run.stop(mode)
          return run.state()
        },
        pause({ runId }) {
          runs.live(runId).pause()
          return {}
        },
        resume({ runId }) {
          runs.live(runId).resume()
          return {}
        },
        step({ runId, wire }) {
          runs.live(runId).step(wire)
          return {}
        },
        describe: ({ runId }) => runs.describe(runId),
        watch: ({ runId }, { signal }) => runs.watch(runId, signal),
        listRuns: ({ pipeline, limit }) => store.runs(pipeline, limit),
        watchRuns: (_, { signal }) => runs.watchAll(signal),
        rows: ({ runId, at, limit }) => pageAt(runId, at, limit),
        async *watchRows({ runId, at }, { signal }) {
          let seen = -1
          while (!signal.aborted) {
            const run = runs.inMemory(runId)
            const found = run.samplesAt(at)
            const version = found === null ? 0 : 'texts' in found ? found.version : versionOf(run.state(), at)
            if (version !== seen) yield await pageAt(runId, at, 200)
            seen = version
            if (run.isOver) return
            await realTime.sleep(PAGES_EVERY_MS)
          }
        },
        pin({ path, node, columns, rows }) {
          store.savePin(path, { node, columns, rows: rows.map((row) => columns.map((_, c): Cell => row[c] ?? null)) })
          return {}
        },
        unpin({ path, node }) {
          store.deletePin(path, node)
          return {}
        },
        listPins: ({ path }) => store.pins(path).map(({ node, rows }) => ({ node, rows: rows.length })),
        setBreakpoint({ path, wire, condition }) {
          if (condition.trim()) parseCondition(condition, wire)
          store.saveBreakpoint(path, wire, condition)
          for (const run of runs.of(path)) run.setBreakpoint(wire, condition)
          return {}
        },
        clearBreakpoint({ path, wire }) {
          store.deleteBreakpoint(path, wire)
          for (const run of runs.of(path)) run.setBreakpoint(wire, null)
          return {}
        },
        listBreakpoints: ({ path }) => store.breakpoints(path),
      },
      async stop() {
        await runs.stop()
        store.close()
      },
    }
  },
})

/** Changes whenever the table behind a relation wire does, as far as rows and bytes tell. */
function versionOf(state: ReturnType<Runs['describe']>, at: { node: string } | { wire: string }): number {
  if ('wire' in at) {
    const wire = state.wires.find((other) => other.wire === at.wire)
    return wire ? wire.rows * 31 + wire.bytes : 0
  }
  const node = state.nodes.find((other) => other.node === at.node)
  return node ? node.rowsOut * 31 + node.bytesOut + node.rowsIn : 0
}

function parseCondition(condition: string, wire: string): void {
  try {
    parse(condition)
  } catch (thrown) {
    const error = EngineError.from(thrown)
    throw new EngineError(error.code, error.message, { at: { ...error.at, path: `wires.${wire}` } })
  }
}
