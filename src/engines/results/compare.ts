import { type Duck, type DuckSession, identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { TablePage } from '../kit/pure/table.ts'
import { kept, type Relation } from './relation.ts'

interface Wanted {
  readonly keys: readonly string[]
  /** Rows that are equal too. */
  readonly same: boolean
  readonly start: number
  readonly rows: number
}

const lower = (text: string) => text.toLowerCase()

/** The columns of a relation by their names; of two that are called the same the first. */
function byName({ columns, names }: Relation): Map<string, string> {
  const found = new Map<string, string>()
  for (const [at, { name }] of columns.entries()) if (!found.has(lower(name))) found.set(lower(name), names[at])
  return found
}

/** Rows are met by their keys, null with null; what stands beside them is compared as text where the types differ. */
export async function compare(duck: Duck, before: Relation, after: Relation, wanted: Wanted, signal: AbortSignal) {
  const [left, right] = [byName(before), byName(after)]
  const common = before.columns
    .map(({ name }) => name)
    .filter((name, at, all) => right.has(lower(name)) && all.findIndex((other) => lower(other) === lower(name)) === at)
  const apart = [...before.columns, ...after.columns]
    .map(({ name }) => name)
    .filter((name) => !(left.has(lower(name)) && right.has(lower(name))))
  const keys = wanted.keys.map((key) => {
    const name = common.find((each) => lower(each) === lower(key))
    if (name === undefined) throw new EngineError('CompareRefused', `Both results must have the key ${key}.`)
    return name
  })
  const others = common.filter((name) => !keys.includes(name))
  const side = (relation: Relation, of: Map<string, string>) =>
    `SELECT ${[...keys, ...others].map((name, i) => `${of.get(lower(name))!} AS c${i}`).join(', ')}, true AS here FROM ${relation.table}`
  const on = keys.map((_, i) => `l.c${i} IS NOT DISTINCT FROM r.c${i}`).join(' AND ')
  const differ = others.map((_, i) =>
    differs(`l.c${keys.length + i}`, `r.c${keys.length + i}`, before, after, others[i]),
  )
  const change = `CASE WHEN l.here IS NULL THEN 'added' WHEN r.here IS NULL THEN 'removed'
    ${differ.length > 0 ? `WHEN ${differ.join(' OR ')} THEN 'changed'` : ''} ELSE 'same' END`
  const list = [
    `${change} AS change`,
    ...keys.map((name, i) => `coalesce(l.c${i}, r.c${i}) AS ${identifier(name)}`),
    ...others.flatMap((name, i) => [
      `l.c${keys.length + i} AS ${identifier(`${name} before`)}`,
      `r.c${keys.length + i} AS ${identifier(`${name} after`)}`,
    ]),
  ]
  const joined = `SELECT ${list.join(', ')} FROM (${side(before, left)}) AS l FULL OUTER JOIN (${side(after, right)}) AS r ON ${on}`
  return kept(
    duck.use(
      async (session) => {
        await refuseRepeats(session, before, left, keys, signal)
        await refuseRepeats(session, after, right, keys, signal)
        const counted = await session.query(`SELECT change, count(*) FROM (${joined}) GROUP BY change`, { signal })
        const count = (name: string) => {
          const at = counted.values[0].indexOf(name)
          return at < 0 ? 0 : Number(counted.values[1][at])
        }
        const order = keys.map((_, i) => i + 2).join(', ')
        const page = await session.query(
          `SELECT * FROM (${joined}) ${wanted.same ? '' : `WHERE change <> 'same'`} ORDER BY ${order} LIMIT ${wanted.rows} OFFSET ${wanted.start}`,
          { signal },
        )
        const rows: TablePage = {
          columns: page.columns,
          start: wanted.start,
          rowCount: page.rowCount,
          values: page.values,
        }
        return {
          added: count('added'),
          removed: count('removed'),
          changed: count('changed'),
          same: count('same'),
          apart,
          page: rows,
        }
      },
      { lane: 'user', signal },
    ),
  )
}

function differs(l: string, r: string, before: Relation, after: Relation, name: string): string {
  const typeOf = ({ columns }: Relation) => columns.find((column) => lower(column.name) === lower(name))!.declared
  return typeOf(before) === typeOf(after)
    ? `${l} IS DISTINCT FROM ${r}`
    : `${l}::VARCHAR IS DISTINCT FROM ${r}::VARCHAR`
}

/** A key that names two rows would pair each with each. */
async function refuseRepeats(
  session: DuckSession,
  relation: Relation,
  names: ReadonlyMap<string, string>,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const list = keys.map((key) => names.get(lower(key))!).join(', ')
  const { values } = await session.query(
    `SELECT count(*) FROM (SELECT 1 FROM ${relation.table} GROUP BY ${list} HAVING count(*) > 1)`,
    { signal },
  )
  const repeats = Number(values[0][0])
  if (repeats > 0)
    throw new EngineError(
      'CompareRefused',
      `${keys.join(', ')} does not tell the rows apart: ${repeats.toLocaleString('en')} of its values stand in more than one row. Choose more columns as the key.`,
    )
}
