import type { DuckSession } from '../../kit/node/duck.ts'
import { type PreparedQuery, prepareQuery, shapeOf } from '../prepare.ts'
import { type Outcome, type Run, textResult } from '../run/outcome.ts'
import type { Statement } from '../statements/statement.ts'
import { planOf } from './plan.ts'
import { graphOf, jsonOf, textOf } from './render.ts'

type Explain = Extract<Statement, { kind: 'explain' }>

/** EXPLAIN and EXPLAIN ANALYZE as Trino words them, of the plan by which the query really runs: DuckDB's. */
export async function runExplain(statement: Explain, run: Run): Promise<Outcome> {
  const { query, analyze, type, format } = statement
  const prepared = await prepareQuery(query, run.sql, run.database, run)
  const { columns } = await shapeOf(prepared, run.session, run.signal)
  const outputs = columns.map(({ name }) => name)
  if (type === 'VALIDATE') return linesResult(run, 'Valid', 'true')
  if (type === 'IO') return linesResult(run, 'Query Plan', await ioText(prepared, run))
  const explained = async (options: string, session: DuckSession) => {
    const { values } = await session.query(`EXPLAIN (${options}) ${prepared.marked.sql}`, { signal: run.signal })
    return planOf(JSON.parse(String(values[1][0])), prepared.marked.tables)
  }
  try {
    const plan = await explained(analyze ? 'ANALYZE, FORMAT json' : 'FORMAT json', run.session)
    if (analyze) run.onScanned(await prepared.bytesScanned(run.session, run.signal))
    const distributed = type === 'DISTRIBUTED'
    if (format === 'JSON') return linesResult(run, 'Query Plan', jsonOf(plan, outputs, distributed))
    const text = format === 'TEXT' ? textOf(plan, outputs, distributed) : graphOf(plan, outputs)
    return linesResult(run, 'Query Plan', text)
  } catch (thrown) {
    throw prepared.explainFailure(thrown)
  }
}

function linesResult(run: Run, column: string, text: string): Promise<Outcome> {
  return textResult(
    run,
    [column],
    text.split('\n').map((line) => [line]),
  )
}

/** What a query reads, as Trino tells it: its tables, and what is expected of them. */
async function ioText(prepared: PreparedQuery, run: Run): Promise<string> {
  const bytes = await prepared.bytesScanned(run.session, run.signal)
  const inputTableColumnInfos = [...prepared.marked.tables.values()].map(({ table }) => ({
    table: { catalog: 'awsdatacatalog', schemaTable: { schema: table.database, table: table.name } },
    constraint: { none: false, columnConstraints: [] },
    estimate: { outputRowCount: 'NaN', outputSizeInBytes: 'NaN', cpuCost: 'NaN', maxMemory: 'NaN', networkCost: 'NaN' },
  }))
  const estimate = { outputRowCount: 'NaN', outputSizeInBytes: bytes, cpuCost: 'NaN', maxMemory: 'NaN', networkCost: 0 }
  return JSON.stringify({ inputTableColumnInfos, estimate }, null, 2)
}
