import type { Ingested } from '../../src/engines/ingest/contract.ts'
import { engine as ingest } from '../../src/engines/ingest/engine.ts'
import { dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { startEngines, type TestEngines } from './engines.ts'

type Input = Parameters<TestEngines['clients']['ingest']['open']>[0]['settings']

/** A source that is open, whose records a test settles when it likes. */
export class OpenSource {
  readonly name: string
  readonly records: { key: string; text: string }[] = []
  ended = false
  failure: unknown
  last: Ingested | undefined
  leftOut = 0
  readonly done: Promise<void>
  private readonly engines: TestEngines
  private readonly abort = new AbortController()

  constructor(engines: TestEngines, name: string, settings: Input) {
    this.engines = engines
    this.name = name
    this.done = this.read(settings)
  }

  get clients() {
    return this.engines.clients
  }

  async url(): Promise<string> {
    for (;;) {
      const found = (await this.clients.ingest.list({})).find(({ source }) => source === this.name)
      if (found) return found.url
      if (this.failure) throw this.failure
      await tick()
    }
  }

  /** Waits until so many records have come. */
  async has(count: number): Promise<void> {
    while (this.records.length < count && !this.ended) await tick()
  }

  async settle(): Promise<void> {
    await this.clients.ingest.settle({ source: this.name, ticket: this.last!.ticket })
  }

  /** Settles whatever comes from now on. */
  settling = false

  async close(): Promise<void> {
    await this.clients.ingest.close({ source: this.name })
  }

  /** Ends the feed as a run that is given up does. */
  async giveUp(): Promise<void> {
    this.abort.abort(new Error('given up'))
    await this.done
  }

  private async read(settings: Input): Promise<void> {
    try {
      const items = this.clients.ingest.open({ source: this.name, settings }, { signal: this.abort.signal })
      for await (const item of items) {
        this.last = item
        this.leftOut += item.leftOut
        for (let i = 0; i < item.batch.count; i++)
          this.records.push({ key: keyText(item.batch, i), text: dataText(item.batch, i) })
        if (this.settling) await this.settle()
      }
    } catch (thrown) {
      this.failure = thrown
    }
    this.ended = true
  }
}

export const TOKEN = 'token-of-the-tests'

export function startIngest(options: { directory?: string; trusted?: boolean } = {}): Promise<TestEngines> {
  return startEngines([ingest], {
    ...(options.directory !== undefined && { directory: options.directory }),
    settings: { ingest: { token: TOKEN } },
    fakes: { workspace: { describe: async () => ({ trusted: options.trusted ?? true }) } },
  })
}

export const tick = () => new Promise((resolve) => setTimeout(resolve, 5))
