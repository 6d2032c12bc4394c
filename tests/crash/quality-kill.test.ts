import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 20 : 1
const TABLE = { engine: 'athena' as const, database: 'default', table: 'numbers' }
const RULESETS = ['one', 'two']

/** A result of a run that did not succeed, or a run that succeeded without all of its results, would be half of one. */
async function halves({ quality }: Clients): Promise<string[]> {
  const runs = await quality.listRuns({ kind: 'evaluation' })
  const results = await quality.listResults({ table: TABLE })
  const known = new Set(results.map(({ resultId }) => resultId))
  const lacking = runs.filter(({ state, resultIds }) =>
    state === 'SUCCEEDED'
      ? resultIds.length !== RULESETS.length || !resultIds.every((id) => known.has(id))
      : resultIds.length > 0,
  )
  const whole = new Set(runs.filter(({ state }) => state === 'SUCCEEDED').flatMap(({ resultIds }) => resultIds))
  const running = runs.filter(({ endedMs }) => endedMs === undefined)
  return [
    ...lacking.map(({ runId, state }) => `run ${runId} is ${state} with other results than its own`),
    ...running.map(({ runId }) => `run ${runId} does not end`),
    ...results.filter(({ resultId }) => !whole.has(resultId)).map(({ resultId }) => `result ${resultId} is of no run`),
  ]
}

describe('kill -9 in the middle of an evaluation of data quality', () => {
  it(`leaves all of a run's results or none, in kills: ${KILLS}`, { timeout: 60_000 + KILLS * 30_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const workspace = join(directory, 'workspace')
    const seed = `quality kill ${KILLS}`
    const random = seededRandom(seed)
    mkdirSync(join(workspace, 'lake', 'data', 'numbers'), { recursive: true })
    const rows = Array.from({ length: 100_000 }, (_, i) => `${i},v${i % 1000}\n`).join('')
    writeFileSync(join(workspace, 'lake', 'data', 'numbers', 'a.csv'), rows)
    let millrace = await Millrace.start({ workspace })
    try {
      let clients = await millrace.clients()
      const columns = [
        { name: 'n', type: 'bigint' },
        { name: 's', type: 'string' },
      ]
      const place = { database: 'default', name: 'numbers', location: 's3://data/numbers/', format: 'csv' as const }
      await clients.catalog.createTable({ ...place, columns, partitionKeys: [] })
      for (const name of RULESETS)
        await clients.quality.createRuleset({
          name,
          table: TABLE,
          text: 'Rules = [ IsUnique "n", Completeness "s" = 1 ]',
        })
      for (let kill = 0; kill < KILLS; kill++) {
        await clients.quality.startEvaluation({ table: TABLE, rulesets: RULESETS })
        await new Promise((done) => setTimeout(done, random.next() * 300))
        await millrace.end('SIGKILL')
        millrace = await Millrace.start({ workspace })
        clients = await millrace.clients()
        expect(await halves(clients), `seed "${seed}"`).toEqual([])
        expect(await clients.quality.listRuns({ kind: 'evaluation' })).toHaveLength(kill + 1)
      }
      const { runId } = await clients.quality.startEvaluation({ table: TABLE, rulesets: RULESETS })
      await expect
        .poll(async () => (await clients.quality.getRun({ runId })).state, { timeout: 30_000 })
        .toBe('SUCCEEDED')
      expect(await halves(clients), `seed "${seed}"`).toEqual([])
    } finally {
      await millrace[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
