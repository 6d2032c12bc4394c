import { join } from 'node:path'
import { defineEngine } from '../define.ts'
import { openDuck } from '../kit/node/duck.ts'
import { EventAnnouncements } from '../kit/node/event-announcements.ts'
import { readPrices } from '../kit/node/prices.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import { Recent } from '../kit/pure/recent.ts'
import { CompressedFiles } from './compressed.ts'
import type { QueryExecution, SqlDialect } from './contract.ts'
import { Executions } from './executions.ts'
import { isEnded } from './model.ts'
import { ParquetFiles } from './parquet.ts'
import { columnsOf, prepareQuery, type Reach, type Translation } from './prepare.ts'
import { previewQuery } from './preview.ts'
import { athenaPrice } from './prices.ts'
import { selectRecords } from './records.ts'
import { RESULT_TEXT_MACROS } from './result-text.ts'
import { Results } from './results.ts'
import { explainQuery } from './run/query.ts'
import { Writings } from './run/writing.ts'
import { NamedQueries, PreparedStatements } from './saved.ts'
import { inDialect } from './spark/error-classes.ts'
import { SPARK_MACROS } from './spark/macros.ts'
import { StagedFiles } from './staged.ts'
import { readStatement } from './statements/parameters.ts'
import { parseStatement } from './statements/parse.ts'
import { statementType } from './statements/statement.ts'
import { openAthenaStore, QueryStore } from './store.ts'
import { TRINO_MACROS } from './translate/functions.ts'
import { invalidInput, requireBucket, resultSettings, WorkGroups } from './workgroups.ts'

/** Athena's quota: "the maximum allowed query string length is 262144 bytes". */
const QUERY_BYTES_MAX = 262_144
/** More than the history ever holds. */
const QUERIES_ALL = 100_000

export const engine = defineEngine({
  name: 'athena',
  needs: ['catalog', 'lake', 'stream', 'warehouse', 'cloudwatch', 'events'],
  async start(context) {
    const duck = await openDuck(context)
    const now = () => context.clock.now()
    await duck.use(async (session) => {
      // In one text: each by itself would be planned and committed by itself, which takes half as long again.
      await session.run([...TRINO_MACROS, ...SPARK_MACROS, ...RESULT_TEXT_MACROS].join(';\n'))
    })
    const db = openAthenaStore(context.directory)
    const store = new QueryStore(db)
    const groups = new WorkGroups(db, now)
    const named = new NamedQueries(db)
    const prepared = new PreparedStatements(db)
    const staged = new StagedFiles(context.directory)
    const compressed = new CompressedFiles()
    const parquet = new ParquetFiles(duck)
    const recent = { translated: new Recent<Translation>(64), scanned: new Recent<number>(256) }
    const reach: Reach = { clients: context.clients, duck, parquet, staged, compressed, recent, nowMs: now }
    const results = new Results(duck)
    const changes = new Broadcast<QueryExecution>((query) => query.queryId)
    const price = () => {
      const prices = readPrices(context)
      return (bytes: number) => athenaPrice(prices, bytes)
    }
    const { cloudwatch, events: _, ...clients } = context.clients
    const writings = new Writings(context.directory, clients)
    const announcements = new EventAnnouncements(context, {
      db,
      mark: join(context.directory, 'announcing'),
      isBusy: () => executions.isBusy,
    })
    const executions = new Executions({
      reach,
      results,
      store,
      prepared,
      writings,
      changes,
      announce: (event, keep) => announcements.announce(event, keep),
      price,
      cloudwatch,
      log: context.log,
    })
    if (store.writable) await executions.recover()

    const existing = (queryId: string): QueryExecution => {
      const query = executions.get(queryId)
      if (!query) throw new EngineError('QUERY_EXECUTION_NOT_FOUND', `QueryExecution ${queryId} was not found`)
      return query
    }

    /** The work, whose failures have the names of the dialect. */
    const inWordsOf = async <T>(dialect: SqlDialect, work: () => Promise<T>): Promise<T> => {
      try {
        return await work()
      } catch (thrown) {
        throw inDialect(thrown, dialect)
      }
    }

    const withRows = (queryId: string): QueryExecution => {
      const query = existing(queryId)
      if (query.state === 'SUCCEEDED' && query.columns?.length) return query
      throw new EngineError('InvalidRequestException', `The query is ${query.state} and has no rows.`)
    }

    return {
      handlers: {
        startQuery: async (input) => {
          if (Buffer.byteLength(input.sql) > QUERY_BYTES_MAX) {
            throw new EngineError('InvalidRequestException', `The query is longer than ${QUERY_BYTES_MAX} bytes`)
          }
          const { sql, dialect, database, parameters, reuseMinutes, token } = input
          const group = groups.get(input.workGroup)
          const output = resultSettings(group, input)
          if (input.resultFile) await requireBucket(output.outputLocation!, context.clients.lake)
          const queryId = uuid(context.random)
          return executions.start({ queryId, sql, dialect, database, parameters, reuseMinutes, token, group, output })
        },
        getQuery: ({ queryId }) => existing(queryId),
        watchQuery: async function* ({ queryId }, { signal }) {
          for await (const query of changes.watch(signal, [existing(queryId)])) {
            if (query.queryId !== queryId) continue
            yield query
            if (isEnded(query)) return
          }
        },
        stopQuery: async ({ queryId }) => {
          existing(queryId)
          await executions.stop(queryId)
          return existing(queryId)
        },
        listQueries: ({ workGroup, after, limit }) => {
          if (workGroup !== undefined) groups.get(workGroup)
          return store.list({ workGroup, after, limit }).map((query) => executions.get(query.queryId) ?? query)
        },
        results: ({ queryId, start, rows, text }) => {
          const query = existing(queryId)
          if (query.state !== 'SUCCEEDED') {
            if (query.state === 'CANCELLED') throw new EngineError('RESULT_NOT_FOUND', 'Could not find results')
            throw new EngineError(
              'INVALID_QUERY_EXECUTION_STATE',
              isEnded(query)
                ? `Query did not finish successfully. Final query state: ${query.state}`
                : `Query has not yet finished. Current state: ${query.state}`,
            )
          }
          return results.page(query, start, rows, text)
        },
        resultSql: ({ queryId }) => ({ sql: results.sql(withRows(queryId)) }),
        resultTable: ({ queryId }) => results.table(withRows(queryId)),
        readSql: ({ sql, dialect, database }) =>
          inWordsOf(dialect, async () => {
            const statement = parseStatement(sql, dialect)
            if (statement.kind !== 'query') throw new EngineError('NOT_SUPPORTED', 'Only queries have rows to read.')
            const query = await prepareQuery(statement.query, sql, database, reach)
            return { sql: query.sql, fingerprint: query.fingerprint() }
          }),
        estimate: async ({ sql: written, dialect, database, workGroup }, { signal }) => {
          try {
            const { statement, sql } = readStatement(
              written,
              undefined,
              (name) => prepared.get(workGroup, name),
              dialect,
            )
            if (!('query' in statement) || statement.kind === 'explain')
              return { bytesScanned: 0, costUsd: 0, files: 0 }
            const query = await prepareQuery(statement.query, sql, database, reach)
            const bytesScanned = await duck.use(
              async (session) => {
                await columnsOf(query, session, signal)
                return query.bytesScanned(session, signal)
              },
              { signal },
            )
            return { bytesScanned, costUsd: price()(bytesScanned), files: query.files }
          } catch (thrown) {
            return {
              bytesScanned: 0,
              costUsd: 0,
              files: 0,
              error: EngineError.from(inDialect(thrown, dialect)).toWire(),
            }
          }
        },
        preview: (input, { signal }) => inWordsOf(input.dialect, () => previewQuery(input, reach, signal)),
        selectRecords: ({ query, records }, { signal }) => selectRecords(duck, query, records, signal),
        explain: ({ sql, dialect, database, analyze }, { signal }) =>
          inWordsOf(dialect, () => {
            const statement = parseStatement(sql, dialect)
            if (statementType(statement) === 'DDL' || !('query' in statement)) {
              throw new EngineError('NOT_SUPPORTED', 'Only queries have a plan.')
            }
            const { query } = statement
            return duck.use((session) => explainQuery(query, analyze, { ...reach, sql, database, session, signal }), {
              lane: 'user',
              signal,
            })
          }),
        watchQueries: async function* (_input, { signal }) {
          for await (const query of changes.watch(signal)) yield [query]
        },
        listWorkGroups: () => groups.list(),
        getWorkGroup: ({ workGroup }) => groups.get(workGroup),
        createWorkGroup: (input) => groups.create(input),
        updateWorkGroup: ({ workGroup, settings, state }) => groups.update(workGroup, settings, state),
        deleteWorkGroup: async ({ workGroup, recursive }) => {
          groups.get(workGroup)
          const queries = store.list({ workGroup, limit: QUERIES_ALL })
          const kept = [...queries, ...named.list(workGroup), ...prepared.list(workGroup)]
          if (kept.length > 0 && !recursive) throw invalidInput('WorkGroup is not empty')
          groups.delete(workGroup)
          await executions.stopAll(workGroup)
          for (const { queryId } of queries) await executions.forget(queryId)
          for (const { id } of named.list(workGroup)) named.delete(id)
          for (const { name } of prepared.list(workGroup)) prepared.delete(workGroup, name)
          return {}
        },
        tagWorkGroup: ({ workGroup, tags }) => {
          groups.tag(workGroup, tags)
          return {}
        },
        createNamedQuery: ({ token, ...query }) => {
          groups.requireEnabled(query.workGroup)
          return { id: named.create({ ...query, id: uuid(context.random) }, token) }
        },
        getNamedQuery: ({ id }) => named.get(id),
        listNamedQueries: ({ workGroup }) => named.list(workGroup && groups.get(workGroup).name),
        watchNamedQueries: (_input, { signal }) => named.watch(signal),
        updateNamedQuery: (change) => {
          named.update(change)
          return {}
        },
        deleteNamedQuery: ({ id }) => {
          named.delete(id)
          return {}
        },
        createPreparedStatement: (statement) => {
          groups.get(statement.workGroup)
          prepared.create({ ...statement, modifiedMs: now() })
          return {}
        },
        getPreparedStatement: ({ workGroup, name }) => prepared.get(groups.get(workGroup).name, name),
        listPreparedStatements: ({ workGroup }) => prepared.list(groups.get(workGroup).name),
        updatePreparedStatement: (statement) => {
          prepared.update({ ...statement, modifiedMs: now() })
          return {}
        },
        deletePreparedStatement: ({ workGroup, name }) => {
          prepared.delete(groups.get(workGroup).name, name)
          return {}
        },
      },
      stop: async () => {
        await executions.close()
        await announcements.stop()
        db.close()
      },
    }
  },
})
