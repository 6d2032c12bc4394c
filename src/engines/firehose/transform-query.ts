import type { Clients } from '../contract.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Attempt, TransformMethod } from './transform.ts'
import type { ItemAnswer } from './transform-answer.ts'
import type { PackedRecords } from './transform-batch.ts'

const AGAIN_MS = 500

/**
 * A query over the table `records` (record_id, data as JSON). A record whose row comes back is Ok, with the row as its JSON; one without a
 * row is dropped. No AWS form: it is a setting of Millrace alone.
 */
export class QueryTransform implements TransformMethod {
  private readonly query: string
  private readonly clients: Pick<Clients, 'athena'>
  private readonly ending = new AbortController()

  constructor(query: string, clients: Pick<Clients, 'athena'>) {
    this.query = query
    this.clients = clients
  }

  /** Runs it over no record, so that what is wrong with it is said when the delivery stream is created. */
  static async check(query: string, clients: Pick<Clients, 'athena'>): Promise<void> {
    try {
      await clients.athena.selectRecords({ query, records: [] })
    } catch (thrown) {
      const { message } = EngineError.from(thrown)
      throw new EngineError('InvalidArgumentException', `transform.query: ${message}`, {
        at: { field: 'transform.query' },
      })
    }
  }

  async stop(): Promise<void> {
    this.ending.abort(new EngineError('Cancelled', 'The transform was stopped.', { retry: true }))
  }

  async attempt({ data, ends }: PackedRecords): Promise<Attempt> {
    const items: ItemAnswer[] = new Array(ends.length)
    const asked: number[] = []
    const records: string[] = []
    for (let i = 0, start = 0; i < ends.length; start = ends[i++]) {
      const text = jsonText(data.subarray(start, ends[i]))
      if (text === undefined) items[i] = failed('The record is no JSON, which the query could read.')
      else {
        asked.push(i)
        records.push(text)
      }
    }
    const { signal } = this.ending
    for (;;) {
      signal.throwIfAborted()
      try {
        const rows = await this.clients.athena.selectRecords({ query: this.query, records }, { signal })
        const byRecord = Map.groupBy(rows, ({ record }) => record)
        asked.forEach((index, record) => {
          items[index] = answerOf(byRecord.get(record) ?? [])
        })
        return { items }
      } catch (thrown) {
        signal.throwIfAborted()
        const { message, retry } = EngineError.from(thrown)
        if (!retry) return { code: 'Query.Failed', message, again: false }
        await realTime.sleep(AGAIN_MS)
      }
    }
  }
}

const failed = (message: string): ItemAnswer => ({ result: 'ProcessingFailed', code: 'Query.InvalidRecord', message })

function answerOf(rows: readonly { readonly text: string }[]): ItemAnswer {
  if (rows.length === 0) return { result: 'Dropped' }
  if (rows.length > 1) return failed(`The query made ${rows.length} rows of this record.`)
  return { result: 'Ok', data: new TextEncoder().encode(rows[0].text) }
}

function jsonText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    JSON.parse(text)
    return text
  } catch {
    return undefined
  }
}
