import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { defineEngine } from '../define.ts'
import { openDuck } from '../kit/node/duck.ts'
import { Arrangements } from './arrangements.ts'
import { compare } from './compare.ts'
import { exportRows, writtenAs } from './export.ts'
import { find } from './find.ts'
import { likelyKeys } from './keys.ts'
import { pivot } from './pivot.ts'
import { grouping, points } from './points.ts'
import { openResult } from './relation.ts'
import { statistics } from './statistics.ts'

/** What a person does with a result, in the DuckDB that has its rows. */
export const engine = defineEngine({
  name: 'results',
  needs: ['athena', 'warehouse'],
  async start(context) {
    const duck = await openDuck(context)
    const arrangements = new Arrangements(duck)
    await arrangements.clear().catch((thrown) => context.log.warn(String(thrown)))
    const opened = (of: Parameters<typeof openResult>[0]) => openResult(of, context.clients, duck)
    return {
      handlers: {
        arrange: async ({ of, arrangement }, { signal }) => ({
          rowCount: await arrangements.count(await opened(of), arrangement, signal),
        }),
        page: async ({ of, arrangement, start, rows }, { signal }) =>
          arrangements.page(await opened(of), arrangement, start, rows, signal),
        find: async ({ of, arrangement, ...wanted }, { signal }) => {
          const relation = await opened(of)
          return find(duck, relation, await arrangements.ordered(relation, arrangement, signal), wanted, signal)
        },
        statistics: async ({ of, arrangement, column }, { signal }) =>
          statistics(duck, await opened(of), arrangement, column, signal),
        pivot: async ({ of, ...wanted }, { signal }) => pivot(duck, await opened(of), wanted, signal),
        grouping: async ({ of, ...wanted }, { signal }) => grouping(duck, await opened(of), wanted, signal),
        points: async ({ of, ...wanted }, { signal }) => points(duck, await opened(of), wanted, signal),
        likelyKeys: async ({ before, after }, { signal }) =>
          likelyKeys(duck, await opened(before), await opened(after), signal),
        compare: async ({ before, after, ...wanted }, { signal }) =>
          compare(duck, await opened(before), await opened(after), wanted, signal),
        export: async function* ({ of, arrangement, columns, format }, { signal }) {
          const relation = await opened(of)
          const sql = await arrangements.select(relation, arrangement, columns, writtenAs(format), signal)
          const rowCount = await arrangements.count(relation, arrangement, signal)
          const folder = join(context.workspaceDirectory, '.millrace', 'olap', 'inbox')
          const file = join(folder, `export-${randomUUID()}.${format}`)
          const names = columns.map((at) => relation.columns[at].name)
          yield* exportRows(duck, { sql, names, rowCount, format, file }, signal)
        },
      },
      stop: () => arrangements.clear().catch(() => {}),
    }
  },
})
