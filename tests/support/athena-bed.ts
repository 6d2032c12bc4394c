import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { EngineDefinition } from '../../src/engines/define.ts'
import { startEngines, type TestEngines } from './engines.ts'
import { fakeLake } from './lake.ts'

/** Athena and the catalog over a lake of files, for tests that write files and query them. */
export class AthenaBed {
  readonly engines: TestEngines

  private constructor(engines: TestEngines) {
    this.engines = engines
  }

  static async start(
    options: Parameters<typeof startEngines>[1] & { beside?: readonly EngineDefinition[] } = {},
  ): Promise<AthenaBed> {
    let engines!: TestEngines
    const lake = fakeLake(() => engines.workspaceDirectory)
    const fakes = { lake, ...options.fakes }
    engines = await startEngines([catalog, ...(options.beside ?? []), athena], { ...options, fakes })
    await engines.clients.lake.createBucket({ bucket: 'data' })
    return new AthenaBed(engines)
  }

  /** The path of an object of the bucket `data`. */
  path(key: string): string {
    const path = join(this.engines.workspaceDirectory, 'lake', 'data', key)
    mkdirSync(dirname(path), { recursive: true })
    return path
  }

  put(key: string, content: string | Uint8Array): void {
    writeFileSync(this.path(key), content)
  }

  async run(sql: string, options: { database?: string } = {}) {
    const { athena } = this.engines.clients
    const { queryId } = await athena.startQuery({ sql, ...options })
    let last = await athena.getQuery({ queryId })
    for await (const query of athena.watchQuery({ queryId })) last = query
    return last
  }

  async rows(sql: string, options: { database?: string } = {}): Promise<unknown[][]> {
    const query = await this.run(sql, options)
    if (query.state !== 'SUCCEEDED') throw new Error(`${query.error?.code}: ${query.error?.message} in ${sql}`)
    const page = await this.engines.clients.athena.results({ queryId: query.queryId, rows: 10_000 })
    return Array.from({ length: page.rowCount }, (_, r) => page.values.map((column) => column[r]))
  }

  /** The rows of a statement of one column, as lines. */
  async lines(sql: string): Promise<string[]> {
    return (await this.rows(sql)).map(([line]) => String(line))
  }

  async failure(sql: string): Promise<string> {
    const { state, error } = await this.run(sql)
    if (state !== 'FAILED') throw new Error(`${sql} is ${state}`)
    return `${error?.code}: ${error?.message}`
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.engines[Symbol.asyncDispose]()
  }
}
