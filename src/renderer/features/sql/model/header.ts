/** Which engine answers a query, and what Athena goes by. */
export interface Header {
  engine: Engine
  /** That names without one belong to. Athena only; the warehouse has its search path. */
  database?: string
  /** Athena only. */
  workGroup?: string
  /** Athena only: an earlier result of the same text may stand for a new one when it is no older; 0 for never. */
  reuseMinutes?: number
}

export type Engine = 'athena' | 'warehouse'

export const ENGINE_TITLES: Readonly<Record<Engine, string>> = { athena: 'Athena', warehouse: 'Warehouse' }

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
      const name = key.toLowerCase()
      if (name === 'database') header.database = value
      else if (name === 'workgroup') header.workGroup = value
      else if (name === 'reuse') header.reuseMinutes = Number.parseInt(value, 10) || 0
      else if (value.toLowerCase() === 'athena' || value.toLowerCase() === 'warehouse')
        header.engine = value.toLowerCase() as Engine
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
  if (engine !== 'athena') return `-- engine: ${engine}`
  return [
    '-- engine: athena',
    database && `database: ${database}`,
    workGroup && workGroup !== PRIMARY && `workgroup: ${workGroup}`,
    reuseMinutes && `reuse: ${reuseMinutes}m`,
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
