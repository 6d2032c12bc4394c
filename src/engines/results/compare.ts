import { type Duck, type DuckSession, identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column, TablePage } from '../kit/pure/table.ts'
import { isMoment, isNumber, kept, type Relation } from './relation.ts'

interface Wanted {
  readonly keys: readonly string[]
  /** Rows that are equal too. */
  readonly same: boolean
  readonly start: number
  readonly rows: number
}

const lower = (text: string) => text.toLowerCase()

/** The columns of a relation by their names; of two that are called the same the first. */
export function byName({ columns, names }: Relation): Map<string, string> {
  const found = new Map<string, string>()
  for (const [at, { name }] of columns.entries()) if (!found.has(lower(name))) found.set(lower(name), names[at])
  return found
}

/** What both are called alike, as the first of them writes it. */
export function commonNames(before: Relation, after: Relation): string[] {
  const right = byName(after)
  return [...byName(before).keys()]
    .filter((name) => right.has(name))
    .map((name) => before.columns.find((column) => lower(column.name) === name)!.name)
}

/** Rows are met by their keys, null with null; where the types of two columns have nothing to do with each other, by their text. */
export async function compare(duck: Duck, before: Relation, after: Relation, wanted: Wanted, signal: AbortSignal) {
  const [left, right] = [byName(before), byName(after)]
  const common = commonNames(before, after)
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
    `SELECT ${[...keys, ...others].map((name, i) => `${of.get(lower(name))!}${isAlike(before, after, name) ? '' : '::VARCHAR'} AS c${i}`).join(', ')}, true AS here FROM ${relation.table}`
  const on = keys.map((_, i) => `l.c${i} IS NOT DISTINCT FROM r.c${i}`).join(' AND ')
  const differ = others.map((_, i) => `l.c${keys.length + i} IS DISTINCT FROM r.c${keys.length + i}`)
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
        await refuseRepeats(session, 'before', before, keys, signal)
        await refuseRepeats(session, 'after', after, keys, signal)
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
          keys,
          apart,
          page: rows,
        }
      },
      { lane: 'user', signal },
    ),
  )
}

/** Whether the values of a column that both have can meet as they are. */
function isAlike(before: Relation, after: Relation, name: string): boolean {
  const of = ({ columns }: Relation) => columns.find((column) => lower(column.name) === lower(name))!
  const [a, b] = [of(before), of(after)]
  const both = (is: (column: Column) => boolean) => is(a) && is(b)
  return a.declared === b.declared || (a.type === b.type && a.type !== 'json') || both(isNumber) || both(isMoment)
}

/** A key that names two rows would pair each with each. */
async function refuseRepeats(
  session: DuckSession,
  which: 'before' | 'after',
  relation: Relation,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const names = byName(relation)
  const list = keys.map((key) => names.get(lower(key))!)
  const { values } = await session.query(
    `SELECT count(*) OVER (), n, ${list.map((name) => `${name}::VARCHAR`).join(', ')}
     FROM (SELECT count(*) AS n, ${list.join(', ')} FROM ${relation.table} GROUP BY ${list.join(', ')} HAVING n > 1) ORDER BY n DESC LIMIT 1`,
    { signal },
  )
  if (values[0].length === 0) return
  const [repeats, rows, ...example] = values.map(([cell]) => cell)
  const one = keys.map((key, i) => `${key} = ${example[i] ?? 'null'}`).join(', ')
  const others = byName(relation).size > keys.length
  throw new EngineError(
    'CompareRefused',
    `In the result ${which}, the key ${keys.join(', ')} does not tell the rows apart: ${
      Number(repeats) === 1 ? 'one value stands' : `${Number(repeats).toLocaleString('en')} values stand`
    } in more than one row, such as ${one} in ${Number(rows).toLocaleString('en')}. ${
      others ? 'Add a column to the key.' : 'Whole rows repeat: compare SELECT DISTINCT, or count them with GROUP BY.'
    }`,
  )
}
