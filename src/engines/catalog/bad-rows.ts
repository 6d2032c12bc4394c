import { type DuckSession, literal } from '../kit/node/duck.ts'
import { REJECTS, type ReadableFiles } from './files.ts'

/** The rows of a text file that could not be read: how many, and where the first of them is. */
export class BadRows {
  badRows = 0
  firstBadRow: { line: number; message: string } | undefined
  private readonly session: DuckSession
  private readonly files: ReadableFiles
  private unread = 0

  constructor(session: DuckSession, files: ReadableFiles) {
    this.session = session
    this.files = files
  }

  /** A row of a JSON file came out empty. */
  note(_row: number): void {
    this.unread++
  }

  /** After a pass: takes what DuckDB put aside, and makes room for the next pass. `cut`: the pass ended before the file did. */
  async collect(cut = false): Promise<void> {
    if (this.files.format === 'csv') await this.collectCsv()
    if (this.files.format === 'json' && this.unread > 0) await this.collectJson(cut)
    this.unread = 0
  }

  private async collectCsv(): Promise<void> {
    const { session } = this
    const known = await session.query(
      `SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = ${literal(REJECTS.errors)}`,
    )
    if (known.rowCount === 0) return
    const rejected = await session.query(
      `SELECT min_by(line, line)::INTEGER, min_by(column_name, line), min_by(error_message, line),
         count(DISTINCT (file_id, line))::INTEGER FROM ${REJECTS.errors}`,
    )
    const [line, column, message, count] = rejected.values.map((values) => values[0])
    this.badRows += Number(count)
    await this.collectUnclosed()
    if (typeof line === 'number') {
      const where = column === null ? '' : `column "${column}": `
      this.firstBadRow ??= { line, message: `${where}${String(message).split('\n')[0]}` }
    }
    await session.run(`DELETE FROM ${REJECTS.errors}`)
    await session.run(`DELETE FROM ${REJECTS.scans}`)
  }

  /** DuckDB puts aside the row in which a quote opens, and says nothing of those that follow it up to the end of the file. */
  private async collectUnclosed(): Promise<void> {
    const unclosed = await this.session.query(
      `SELECT DISTINCT file_path, line::INTEGER FROM ${REJECTS.errors} JOIN ${REJECTS.scans} USING (scan_id, file_id)
       WHERE error_type = 'UNQUOTED VALUE' AND contains(csv_line, chr(10)) ORDER BY line`,
    )
    for (let i = 0; i < unclosed.rowCount; i++) {
      const [file, line] = unclosed.values.map((values) => values[i])
      const counted = await this.session.query(`SELECT count(*)::INTEGER FROM ${linesOf([String(file)])}`)
      const swallowed = Math.max(0, Number(counted.values[0][0]) - Number(line))
      this.badRows += swallowed
      const message = `a quote is opened and never closed, so that the ${swallowed} lines behind it cannot be read. Close it, or double it ("") where it is part of the text`
      this.firstBadRow ??= { line: Number(line), message }
    }
  }

  /** Empty lines are no rows. Only files with a broken line are read a second time, line by line. */
  private async collectJson(cut: boolean): Promise<void> {
    const broken = await this.session.query(
      `SELECT count(*)::INTEGER, min(number)::INTEGER, min_by(line, number) FROM (
         SELECT row_number() OVER () AS number, line FROM ${linesOf(this.files.paths)}
       ) WHERE trim(coalesce(line, '')) <> '' AND NOT json_valid(line)`,
    )
    const [count, line, text] = broken.values.map((values) => values[0])
    this.badRows += cut ? Math.min(Number(count), this.unread) : Number(count)
    if (typeof line === 'number') this.firstBadRow ??= { line, message: `not JSON: ${String(text).slice(0, 80)}` }
  }
}

/** A table of the files' lines as they are. */
function linesOf(paths: readonly string[]): string {
  return `read_csv([${paths.map(literal).join(', ')}], auto_detect = false, header = false,
    columns = {'line': 'VARCHAR'}, delim = '', quote = '', escape = '', null_padding = true, strict_mode = false)`
}
