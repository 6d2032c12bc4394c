import { type Duck, literal } from '../kit/node/duck.ts'
import { searched } from './conditions.ts'
import { kept, type Relation } from './relation.ts'

interface Place {
  readonly row: number
  readonly column: number
}

/** The next cell whose text contains the word. Cells are counted along the rows, so one comparison tells what lies behind a place. */
export async function find(
  duck: Duck,
  relation: Relation,
  order: { table: string } | null,
  { word, from, backwards }: { word: string; from: Place; backwards: boolean },
  signal: AbortSignal,
): Promise<Place | null> {
  const width = relation.columns.length
  const here = from.row * width + from.column
  const rows = order
    ? `(SELECT v.rowid AS pos, t.* FROM ${order.table} AS v JOIN ${relation.table} AS t ON t.rowid = v.place)`
    : `(SELECT rowid AS pos, * FROM ${relation.table})`
  const needle = literal(word.toLowerCase())
  const hit = (text: string) => `contains(lower(${text}), ${needle})`
  const places = relation.columns.map(
    (column, at) => `CASE WHEN ${hit(searched(`r.${relation.names[at]}`, column))} THEN pos * ${width} + ${at} END`,
  )
  const [least, before] = backwards ? ['max', '<'] : ['min', '>']
  const { values } = await kept(
    duck.use(
      (session) =>
        session.query(
          `SELECT ${least}(cell) FILTER (cell ${before} ${here}), ${least}(cell)
           FROM (SELECT unnest([${places.join(', ')}]) AS cell FROM ${rows} AS r)`,
          { signal },
        ),
      { lane: 'user', signal },
    ),
  )
  const cell = values[0][0] ?? values[1][0]
  return cell === null ? null : { row: Math.floor(Number(cell) / width), column: Number(cell) % width }
}
