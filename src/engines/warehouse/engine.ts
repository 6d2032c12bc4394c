import { defineEngine } from '../define.ts'
import { type Duck, openDuck } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { KeptTable } from '../kit/pure/table.ts'
import { listTables, prepareWarehouse } from './catalog.ts'
import { checkText, explain, preview, translate } from './check.ts'
import type { StatementExecution } from './contract.ts'
import { resultTable } from './results.ts'
import { Sessions } from './sessions.ts'
import { Statements } from './statements.ts'
import { StatementStore } from './store.ts'

/** Redshift's dialect over the attached `warehouse` database of the host's DuckDB. */
export const engine = defineEngine({
  name: 'warehouse',
  needs: ['lake'],
  async start(context) {
    const duck = await openDuck(context)
    const store = new StatementStore(context.directory)
    const deps = {
      duck,
      lake: context.clients.lake,
      now: () => context.clock.now(),
      unique: (prefix: string) => `${prefix}_${uuid(context.random).replaceAll('-', '')}`,
    }
    // A damaged file must not keep the host from its other work: each call says what is wrong with it.
    const ready = prepareWarehouse(duck)
    ready.catch((thrown) => context.log.error('the warehouse could not be opened', thrown))
    await ready.catch(() => {})
    const statements = new Statements(store, deps, context)
    const sessions = new Sessions(deps)
    statements.recover()
    await dropStrayResults(duck, store.results()).catch((thrown) => context.log.warn(String(thrown)))

    const keptTable = ({ statementId, state, columns = [], rowCount }: StatementExecution): KeptTable => {
      const table = store.get(statementId)?.result
      if (table) return { table: resultTable(table), columns, rowCount: rowCount ?? 0 }
      throw new EngineError(
        'ResourceNotFoundException',
        state === 'FINISHED'
          ? 'The rows of this statement are not kept any more. Run it again.'
          : `The statement is ${state} and has no rows.`,
      )
    }

    return {
      handlers: {
        session: async function* (_, { signal }) {
          await ready
          yield* sessions.open(uuid(context.random), signal)
        },
        startStatement: async ({ sql, sessionId }) => {
          await ready
          return statements.start(sql, sessions.find(sessionId).session)
        },
        getStatement: ({ statementId }) => statements.get(statementId),
        watchStatement: ({ statementId }, { signal }) => statements.watch(statementId, signal),
        watchStatements: async function* (_, { signal }) {
          for await (const execution of statements.watchAll(signal)) yield [execution]
        },
        stopStatement: ({ statementId }) => statements.stop(statementId),
        listStatements: ({ limit }) => store.list(limit),
        results: async ({ statementId, start, rows }) => {
          const execution = statements.get(statementId)
          if (execution.state === 'FINISHED' && !execution.columns?.length)
            return { columns: [], start, rowCount: 0, values: [] }
          const { table, columns } = keptTable(execution)
          const page = await duck.query(
            `SELECT * FROM ${table} WHERE rowid >= ${start} AND rowid < ${start + rows} ORDER BY rowid`,
          )
          return { columns, start, rowCount: page.rowCount, values: page.values }
        },
        resultTable: ({ statementId }) => keptTable(statements.get(statementId)),
        check: async ({ sql, sessionId }, { signal }) => {
          await ready
          const error = await checkText(deps, { sql, signal, ...sessions.find(sessionId) })
          return error ? { error: error.toWire() } : {}
        },
        explain: async ({ sql, analyze, sessionId }, { signal }) => {
          await ready
          return explain(deps, { sql, analyze, signal, ...sessions.find(sessionId) })
        },
        translate: async ({ sql }, { signal }) => {
          await ready
          return translate(deps, { sql, signal })
        },
        preview: async ({ sql, rows, sessionId }, { signal }) => {
          await ready
          return preview(deps, { sql, rows, signal, ...sessions.find(sessionId) })
        },
        listTables: async () => {
          await ready
          return duck.use((session) => listTables(session))
        },
        watch: (_, { signal }) => statements.watchTables(signal),
      },
      async stop() {
        await statements.close()
        await sessions.close()
        store.close()
      },
    }
  },
})

async function dropStrayResults(duck: Duck, kept: ReadonlySet<string>): Promise<void> {
  const { values } = await duck.query(
    `SELECT table_name FROM duckdb_tables() WHERE database_name = 'results' AND schema_name = 'warehouse'`,
  )
  for (const table of values[0])
    if (!kept.has(String(table))) await duck.query(`DROP TABLE IF EXISTS ${resultTable(String(table))}`)
}
