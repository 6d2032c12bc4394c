/** Which engine answers a query, and the Athena database that names without one belong to. */
export interface Header {
  engine: Engine
  /** Athena only; the warehouse has its search path. */
  database?: string
}

export type Engine = 'athena' | 'warehouse'

export const ENGINE_TITLES: Readonly<Record<Engine, string>> = { athena: 'Athena', warehouse: 'Warehouse' }

const ENTRY = /\b(engine|database)\s*:\s*([^\s,]+)/gi

/**
 * What the comments at the very top of a query say: `-- engine: athena, database: flights`, on one line or on several. The
 * first comment that says neither ends the header.
 */
export function readHeader(text: string): Partial<Header> {
  const header: Partial<Header> = {}
  for (const line of headerLines(text)) {
    for (const [, key, value] of line.matchAll(ENTRY)) {
      if (key.toLowerCase() === 'database') header.database = value
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

export function headerLine({ engine, database }: Header): string {
  return engine === 'athena' && database ? `-- engine: athena, database: ${database}` : `-- engine: ${engine}`
}

/** The lines of the header with their ends. */
function headerLines(text: string): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const count = lines.findIndex((line) => !/^\s*--\s*(engine|database)\s*:/i.test(line))
  return count < 0 ? lines : lines.slice(0, count)
}
