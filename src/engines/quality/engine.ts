import { defineEngine } from '../define.ts'
import { openDuck } from '../kit/node/duck.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { QualityRun, Ruleset, TableRef } from './contract.ts'
import { checkedRuleset, checkText, invalid, updatedRuleset } from './rulesets.ts'
import { Runs } from './runs.ts'
import { openSource, type Reach } from './source.ts'
import { QualityStore } from './store.ts'
import { takeProfile } from './take-profile.ts'

export const engine = defineEngine({
  name: 'quality',
  needs: ['athena', 'catalog', 'lake', 'warehouse'],
  async start(context) {
    const duck = await openDuck(context)
    const store = new QualityStore(context.directory)
    const nowMs = () => context.clock.now()
    const reach: Reach = { clients: context.clients, duck, nowMs }
    const changes = new Broadcast<QualityRun>((run) => run.runId)
    const runs = new Runs({ reach, store, random: context.random, changes })

    const rulesetNamed = (name: string): Ruleset => {
      const found = store.ruleset(name)
      if (!found) throw notFound(`Data quality ruleset ${name} was not found.`)
      return found
    }
    const runNamed = (runId: string): QualityRun => {
      const found = runs.get(runId)
      if (!found) throw notFound(`Data quality run ${runId} was not found.`)
      return found
    }
    /** Names as the catalog has them; throws where the table is not there. */
    const tableNamed = async (ref: TableRef): Promise<TableRef> => {
      if (ref.engine === 'athena') {
        const { database, name } = await context.clients.catalog.getTable(ref)
        return { ...ref, database, table: name }
      }
      const known = await context.clients.warehouse.listTables({})
      if (!known.some(({ schema, name }) => schema === ref.database && name === ref.table))
        throw notFound(`Table ${ref.table} not found in schema ${ref.database} of the warehouse.`)
      return ref
    }
    const columnsOf = async (ref: TableRef): Promise<string[]> => {
      const table = await tableNamed(ref)
      return duck.use(async (session) => (await openSource(table, session, reach)).columns.map(({ name }) => name), {
        lane: 'user',
      })
    }
    const sameTable = (a: TableRef | undefined, b: TableRef): boolean =>
      a?.engine === b.engine && a.database === b.database && a.table === b.table

    return {
      handlers: {
        profile: async function* (ref, { signal }) {
          const table = await tableNamed(ref)
          const progress = new Broadcast<{ progress: number }>(() => 'progress')
          const done = new AbortController()
          const taking = takeProfile(table, {
            reach,
            store,
            signal,
            onProgress: (share) => progress.announce({ progress: share }),
          })
          taking.catch(() => {}).finally(() => done.abort())
          yield* progress.watch(done.signal, [{ progress: 0 }])
          yield { progress: 1, profile: await taking }
        },
        getProfile: async (ref) => {
          const table = await tableNamed(ref)
          const kept = store.profile(table)
          if (!kept) return { profile: null, stale: false }
          const { fingerprint } = await duck.use((session) => openSource(table, session, reach), { lane: 'user' })
          return { profile: kept.profile, stale: fingerprint !== kept.fingerprint }
        },
        checkRuleset: async ({ text, table }) => checkText(text, table && (await columnsOf(table))),
        createRuleset: async ({ table, ...input }) => {
          const named = table && (await tableNamed(table))
          return store.transaction(() => {
            const ruleset = checkedRuleset({ ...input, table: named }, store, nowMs())
            store.putRuleset(ruleset)
            return ruleset
          })
        },
        updateRuleset: ({ name, text, description }) => {
          const updated = updatedRuleset(rulesetNamed(name), { text, description }, nowMs())
          store.putRuleset(updated)
          return updated
        },
        deleteRuleset: ({ name }) => {
          if (!store.deleteRuleset(name)) throw notFound(`Data quality ruleset ${name} was not found.`)
          return {}
        },
        getRuleset: ({ name }) => rulesetNamed(name),
        listRulesets: ({ table }) => store.rulesets().filter((ruleset) => !table || sameTable(ruleset.table, table)),
        startEvaluation: async ({ table, rulesets, sources, role }) => {
          if (new Set(rulesets).size < rulesets.length) throw invalid('A ruleset is named twice.')
          const found = rulesets.map(rulesetNamed)
          const named = await tableNamed(table)
          const others = await Promise.all(
            Object.entries(sources).map(async ([alias, ref]) => [alias, await tableNamed(ref)] as const),
          )
          return runs.evaluate(
            { table: named, sources: Object.fromEntries(others), ...(role !== undefined && { role }) },
            found,
          )
        },
        startRecommendation: async ({ table, createdRuleset, role }) => {
          if (createdRuleset !== undefined && store.ruleset(createdRuleset))
            throw new EngineError('AlreadyExistsException', `A data quality ruleset ${createdRuleset} already exists.`)
          return runs.recommend({ table: await tableNamed(table), ...(role !== undefined && { role }) }, createdRuleset)
        },
        getRun: ({ runId }) => runNamed(runId),
        listRuns: ({ kind, table, limit }) => store.runs(kind, table, limit).map((run) => runs.get(run.runId) ?? run),
        cancelRun: async ({ runId }) => {
          runNamed(runId)
          await runs.cancel(runId)
          return runNamed(runId)
        },
        watchRuns: (_input, { signal }) => changes.watch(signal),
        getResult: ({ resultId }) => {
          const result = store.result(resultId)
          if (!result) throw notFound(`Data quality result ${resultId} was not found.`)
          return result
        },
        listResults: ({ table, ruleset, limit }) =>
          store.results(table, ruleset, limit).map((result) => ({
            ...result,
            rules: result.rules.map(({ failing: _, ...rule }) => rule),
          })),
      },
      stop: async () => {
        await runs.cancelAll()
        store.close()
      },
    }
  },
})

function notFound(message: string): EngineError {
  return new EngineError('EntityNotFoundException', message)
}
