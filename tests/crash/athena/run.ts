import { engine as athena } from '../../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../../src/engines/catalog/engine.ts'
import { engine as lake } from '../../../src/engines/lake/engine.ts'
import { startEngines } from '../../support/engines.ts'

/** Runs statements at once in the workspace, says the ids of their queries, and waits to be killed. */
const [directory, seed, ...statements] = process.argv.slice(2)
const { clients } = await startEngines([lake, catalog, athena], { directory, seed })
const queries = await Promise.all(
  statements.map((sql) =>
    clients.athena.startQuery({ sql, dialect: sql.startsWith('INSERT OVERWRITE') ? 'spark' : 'trino' }),
  ),
)
process.stdout.write(queries.map(({ queryId }) => queryId).join(' '))
setInterval(() => {}, 1000)
