import { defineEngine } from '../define.ts'
import { openDuck } from '../kit/node/duck.ts'
import { readPrices } from '../kit/node/prices.ts'
import { ARITHMETIC_MACROS } from '../kit/node/sql/arithmetic.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import { CompressedFiles } from './compressed.ts'
import type { QueryExecution } from './contract.ts'
import { Executions } from './executions.ts'
import { interrupted, isEnded } from './model.ts'
import { ParquetFiles } from './parquet.ts'
import { columnsOf, prepareQuery, type Reach } from './prepare.ts'
import { previewQuery } from './preview.ts'
import { athenaPrice } from './prices.ts'
import { selectRecords } from './records.ts'
import { RESULT_TEXT_MACROS } from './result-text.ts'
import { Results } from './results.ts'
import { explainQuery } from './run/query.ts'
import { StagedFiles } from './staged.ts'
import { parseStatement } from './statements/parse.ts'
import { statementType } from './statements/statement.ts'
import { QueryStore } from './store.ts'
import { TRINO_MACROS } from './translate/functions.ts'

/** Athena's quota: "the maximum allowed query string length is 262144 bytes". */
const QUERY_BYTES_MAX = 262_144

export const engine = defineEngine({
  name: 'athena',
  needs: ['catalog', 'lake', 'stream', 'warehouse'],
  async start(context) {
    const duck = await openDuck(context)
    const now = () => context.clock.now()
    await duck.use(async (session) => {
      for (const macro of [...ARITHMETIC_MACROS, ...TRINO_MACROS, ...RESULT_TEXT_MACROS]) await session.run(macro)
    })
    const store = new QueryStore(context.directory)
    if (store.writable) for (const query of store.unended()) store.put(interrupted(query, now()), true)
    const staged = new StagedFiles(context.directory)
    const compressed = new CompressedFiles()
    const parquet = new ParquetFiles(duck)
    const reach: Reach = { clients: context.clients, duck, parquet, staged, compressed, nowMs: now }
    const results = new Results(duck)
    const changes = new Broadcast<QueryExecution>((query) => query.queryId)
    const price = () => {
      const prices = readPrices(context)
      return (bytes: number) => athenaPrice(prices, bytes)
    }
    const executions = new Executions({ reach, results, store, changes, price, log: context.log })

    const named = (queryId: string): QueryExecution => {
      const query = executions.get(queryId)
      if (!query) throw new EngineError('InvalidRequestException', `QueryExecution ${queryId} was not found`)
      return query
    }

    const withRows = (queryId: string): QueryExecution => {
      const query = named(queryId)
      if (query.state === 'SUCCEEDED' && query.columns?.length) return query
      throw new EngineError('InvalidRequestException', `The query is ${query.state} and has no rows.`)
    }

    return {
      handlers: {
        startQuery: (input) => {
          if (Buffer.byteLength(input.sql) > QUERY_BYTES_MAX) {
            throw new EngineError('InvalidRequestException', `The query is longer than ${QUERY_BYTES_MAX} bytes`)
          }
          return executions.start({ ...input, queryId: uuid(context.random), nowMs: now() })
        },
        getQuery: ({ queryId }) => named(queryId),
        watchQuery: async function* ({ queryId }, { signal }) {
          for await (const query of changes.watch(signal, [named(queryId)])) {
            if (query.queryId !== queryId) continue
            yield query
            if (isEnded(query)) return
          }
        },
        stopQuery: async ({ queryId }) => {
          named(queryId)
          await executions.stop(queryId)
          return named(queryId)
        },
        listQueries: ({ limit }) => store.list(limit).map((query) => executions.get(query.queryId) ?? query),
        results: ({ queryId, start, rows, text }) => {
          const query = named(queryId)
          if (query.state !== 'SUCCEEDED') {
            throw new EngineError(
              'InvalidRequestException',
              isEnded(query)
                ? `Query did not finish successfully. Final query state: ${query.state}`
                : `Query has not yet finished. Current state: ${query.state}`,
            )
          }
          return results.page(query, start, rows, text)
        },
        resultSql: ({ queryId }) => ({ sql: results.sql(withRows(queryId)) }),
        resultTable: ({ queryId }) => results.table(withRows(queryId)),
        readSql: async ({ sql, database }) => {
          const statement = parseStatement(sql)
          if (statement.kind !== 'query') throw new EngineError('NOT_SUPPORTED', 'Only queries have rows to read.')
          const prepared = await prepareQuery(statement.query, sql, database, reach)
          return { sql: prepared.sql, fingerprint: prepared.fingerprint() }
        },
        estimate: async ({ sql, database }, { signal }) => {
          try {
            const statement = parseStatement(sql)
            if (!('query' in statement) || statement.kind === 'explain')
              return { bytesScanned: 0, costUsd: 0, files: 0 }
            const prepared = await prepareQuery(statement.query, sql, database, reach)
            const bytesScanned = await duck.use(
              async (session) => {
                await columnsOf(prepared, session, signal)
                return prepared.bytesScanned(session, signal)
              },
              { signal },
            )
            return { bytesScanned, costUsd: price()(bytesScanned), files: prepared.files }
          } catch (thrown) {
            return { bytesScanned: 0, costUsd: 0, files: 0, error: EngineError.from(thrown).toWire() }
          }
        },
        preview: (input, { signal }) => previewQuery(input, reach, signal),
        selectRecords: ({ query, records }, { signal }) => selectRecords(duck, query, records, signal),
        explain: ({ sql, database, analyze }, { signal }) => {
          const statement = parseStatement(sql)
          if (statementType(statement) === 'DDL' || !('query' in statement)) {
            throw new EngineError('NOT_SUPPORTED', 'Only queries have a plan.')
          }
          const { query } = statement
          return duck.use((session) => explainQuery(query, analyze, { ...reach, sql, database, session, signal }), {
            lane: 'user',
            signal,
          })
        },
        watchQueries: async function* (_input, { signal }) {
          for await (const query of changes.watch(signal)) yield [query]
        },
      },
      stop: async () => {
        await executions.stopAll()
        store.close()
      },
    }
  },
})
