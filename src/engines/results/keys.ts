import type { Duck, DuckSession } from '../kit/node/duck.ts'
import type { Column } from '../kit/pure/table.ts'
import { byName, commonNames } from './compare.ts'
import { kept, type Relation } from './relation.ts'

/** More columns than this make no key that a person would choose. */
const TRIED = 12
/** What the first rows refute needs no look at the others; what they do not is asked of all. */
const FIRST_ROWS = [20_000, 200_000, null] as const
const CALLED_LIKE_A_KEY = /^(id|key|uuid|code)$|[_ -](id|key|no|uuid)$|[a-z]Id$/i
const MEASURES: ReadonlySet<string> = new Set(['integer', 'bigint', 'decimal', 'double'])

/**
 * What tells the rows of two results apart, by as few columns as do: all that may be a key are taken, and let go one by one, the least likely
 * first, as long as the others still do. Measures come in only where all else does not suffice: they differ by chance.
 */
export async function likelyKeys(
  duck: Duck,
  before: Relation,
  after: Relation,
  signal: AbortSignal,
): Promise<{ keys: string[]; unique: boolean }> {
  const common = commonNames(before, after)
  const columns = common.map((name) => before.columns.find((column) => column.name === name)!)
  const rank = ({ name, type }: Column) =>
    CALLED_LIKE_A_KEY.test(name) ? 0 : name === common[0] && type !== 'double' ? 1 : MEASURES.has(type) ? 3 : 2
  const ranked = columns.filter(({ type }) => type !== 'json' && type !== 'binary').sort((a, b) => rank(a) - rank(b))
  const names = (of: readonly Column[]) => of.slice(0, TRIED).map(({ name }) => name)
  const dimensions = names(ranked.filter((column) => rank(column) < 3))
  return kept(
    duck.use(
      async (session) => {
        const tells = async (keys: readonly string[], rows: number | null) =>
          keys.length > 0 &&
          (await isUnique(session, before, keys, rows, signal)) &&
          (await isUnique(session, after, keys, rows, signal))
        for (const tried of [dimensions, names(ranked)])
          for (const rows of FIRST_ROWS) {
            if (!(await tells(tried, rows))) break
            let keys = tried
            for (const name of [...tried].reverse()) {
              const fewer = keys.filter((each) => each !== name)
              if (await tells(fewer, rows)) keys = fewer
            }
            if (rows === null || (await tells(keys, null)))
              return { keys: common.filter((name) => keys.includes(name)), unique: true }
          }
        const first = dimensions.length > 0 ? dimensions : names(ranked.length > 0 ? ranked : columns)
        return { keys: common.filter((name) => first.includes(name)), unique: false }
      },
      { lane: 'user', signal },
    ),
  )
}

async function isUnique(
  session: DuckSession,
  relation: Relation,
  keys: readonly string[],
  rows: number | null,
  signal: AbortSignal,
): Promise<boolean> {
  const names = byName(relation)
  const list = keys.map((key) => names.get(key.toLowerCase())!).join(', ')
  const { values } = await session.query(
    `SELECT count(*) FROM (SELECT 1 FROM (SELECT ${list} FROM ${relation.table}${rows === null ? '' : ` LIMIT ${rows}`}) GROUP BY ${list} HAVING count(*) > 1 LIMIT 1)`,
    { signal },
  )
  return Number(values[0][0]) === 0
}
