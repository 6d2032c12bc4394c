import { EngineError } from '../../../engines/kit/pure/errors.ts'
import type { TablePage } from '../../../engines/kit/pure/table.ts'
import { dialectOf, preview } from './execution.ts'
import { engineOf } from './model/header.ts'
import { parametersOf, withParameters } from './model/parameters.ts'
import type { Session } from './session.ts'

/** At most this much is shown and read: a look must not cost what a run does. */
export const LOOK_ROWS = 500
export const LOOK_BYTES = 256 * 1024 * 1024

/** The first rows of a query inside another, beside the results that are there. */
export interface Look {
  readonly title: string
  readonly sql: string
  readonly startedAt: number
  readonly page?: TablePage
  /** There are more rows than are shown. */
  readonly more?: boolean
  /** It would read more than a look may. */
  readonly tooLarge?: number
  readonly error?: EngineError
  readonly cancelled?: boolean
}

/** Shows rows of inner queries, one at a time: no execution, no history, no price, and the results stay as they are. */
export class Looker {
  private readonly session: Session
  private stop = new AbortController()

  constructor(session: Session) {
    this.session = session
  }

  async show(title: string, inner: string, values: Readonly<Record<string, string>>): Promise<void> {
    const { clients, header, store } = this.session
    this.stop.abort()
    const stop = new AbortController()
    this.stop = stop
    const sql = withParameters(inner, values, header.engine)
    const begun: Look = { title, sql, startedAt: performance.now() }
    const tell = (change: Partial<Look>) => {
      if (this.stop === stop) store.setState({ look: { ...begun, ...change } })
    }
    tell({})
    const { signal } = stop
    try {
      const missing = parametersOf(sql, header.engine)
      if (missing.length > 0)
        throw new EngineError('NoValue', `:${missing[0]} has no value yet. Run the query once to give it one.`)
      if (engineOf(header.engine) === 'athena') {
        const { bytesScanned, error } = await clients.athena.estimate(
          { sql, dialect: dialectOf(header.engine), database: header.database },
          { signal },
        )
        if (error) throw EngineError.fromWire(error)
        if (bytesScanned > LOOK_BYTES) return tell({ tooLarge: bytesScanned })
      }
      const page = await preview(
        clients,
        { ...header, sql, session: this.session.connection.current },
        LOOK_ROWS + 1,
        signal,
      )
      const rowCount = Math.min(page.rowCount, LOOK_ROWS)
      tell({
        page: { ...page, rowCount, values: page.values.map((column) => column.slice(0, rowCount)) },
        more: page.rowCount > rowCount,
      })
    } catch (thrown) {
      tell(signal.aborted ? { cancelled: true } : { error: EngineError.from(thrown) })
    }
  }

  cancel(): void {
    this.stop.abort()
  }

  /** Back to the results. */
  close(): void {
    this.stop.abort()
    this.stop = new AbortController()
    this.session.store.setState({ look: null })
  }
}
