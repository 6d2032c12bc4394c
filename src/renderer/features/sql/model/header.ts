/** In which dialect a query is written, and what the engine of the lake goes by. */
export interface Header {
  engine: Dialect
  /** That names without one belong to. Not the warehouse's, which has its search path. */
  database?: string
  /** Athena and Spark only. */
  workGroup?: string
  /** Athena and Spark only: an earlier result of the same text may stand for a new one when it is no older; 0 for never. */
  reuseMinutes?: number
}

/** What answers queries here. */
export type Engine = 'athena' | 'warehouse'

/** Spark SQL runs here, by the engine of Athena. Queries for Flink are written, checked and formatted; they run elsewhere. */
export type Dialect = Engine | 'spark' | 'flink'

/** Dialects that run here. */
export type Running = Exclude<Dialect, 'flink'>

export const DIALECTS: readonly Dialect[] = ['athena', 'warehouse', 'spark', 'flink']

export const ENGINE_TITLES: Readonly<Record<Dialect, string>> = {
  athena: 'Athena',
  warehouse: 'Warehouse',
  spark: 'Spark',
  flink: 'Flink',
}

/** Where Flink SQL runs, which does not run here. */
export const FLINK_ELSEWHERE =
  'Flink SQL runs on without end: as a step of an EMR cluster, where emr.json names a Flink, or as an application of Managed Service for Apache Flink. Here it is checked and formatted. The records of a stream are queried now with Athena, as streams.default.<name>; a pipeline works on them as they come.'

export const isDialect = (name: unknown): name is Dialect => DIALECTS.includes(name as Dialect)
export const runsHere = (dialect: Dialect): dialect is Running => dialect !== 'flink'

/** What answers a dialect, and whose tables it names. */
export const engineOf = (dialect: Dialect): Engine => (dialect === 'warehouse' ? 'warehouse' : 'athena')

/** The workgroup that is always there. */
export const PRIMARY = 'primary'

const ENTRY = /\b(engine|database|workgroup|reuse)\s*:\s*([^\s,]+)/gi

/**
 * What the comments at the very top of a query say: `-- engine: athena, database: flights, workgroup: team, reuse: 60m`, on one line or on
 * several. The first comment that says nothing of it ends the header.
 */
export function readHeader(text: string): Partial<Header> {
  const header: Partial<Header> = {}
  for (const line of headerLines(text)) {
    for (const [, key, value] of line.matchAll(ENTRY)) {
      const [name, named] = [key.toLowerCase(), value.toLowerCase()]
      if (name === 'database') header.database = value
      else if (name === 'workgroup') header.workGroup = value
      else if (name === 'reuse') header.reuseMinutes = Number.parseInt(value, 10) || 0
      else if (isDialect(named)) header.engine = named
    }
  }
  return header
}

/** The same text under a header of one line that says this. Comments that are no header stay as they are. */
export function writeHeader(text: string, header: Header): string {
  const old = headerLines(text)
  const rest = text.slice(old.reduce((sum, line) => sum + line.length, 0))
  return `${headerLine(header)}\n${rest}`
}

export function headerLine({ engine, database, workGroup, reuseMinutes }: Header): string {
  const athena = engine === 'athena' || engine === 'spark'
  return [
    `-- engine: ${engine}`,
    engine !== 'warehouse' && database && `database: ${database}`,
    athena && workGroup && workGroup !== PRIMARY && `workgroup: ${workGroup}`,
    athena && reuseMinutes && `reuse: ${reuseMinutes}m`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** The lines of the header with their ends. */
function headerLines(text: string): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const count = lines.findIndex((line) => !/^\s*--\s*(engine|database|workgroup|reuse)\s*:/i.test(line))
  return count < 0 ? lines : lines.slice(0, count)
}
