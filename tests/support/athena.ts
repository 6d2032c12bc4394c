import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  type StartQueryExecutionInput,
} from '@aws-sdk/client-athena'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as cloudwatch } from '../../src/engines/cloudwatch/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from './gate.ts'

/** Athena before a lake, a catalog and CloudWatch, behind the gate, with a stock client. */
export class TestAthena {
  readonly gate: TestGate
  readonly client: AthenaClient

  private constructor(gate: TestGate) {
    this.gate = gate
    this.client = new AthenaClient(gate.config)
  }

  static async start(): Promise<TestAthena> {
    return new TestAthena(await startGate([lake, catalog, cloudwatch, athena]))
  }

  get clients() {
    return this.gate.engines.clients
  }

  async begin(QueryString: string, input: Partial<StartQueryExecutionInput> = {}): Promise<string> {
    return (await this.client.send(new StartQueryExecutionCommand({ QueryString, ...input }))).QueryExecutionId!
  }

  /** The query when it has ended. */
  async run(QueryString: string, input: Partial<StartQueryExecutionInput> = {}) {
    const queryId = await this.begin(QueryString, input)
    for await (const _ of this.clients.athena.watchQuery({ queryId }));
    return (await this.client.send(new GetQueryExecutionCommand({ QueryExecutionId: queryId }))).QueryExecution!
  }

  async rows(QueryString: string, input: Partial<StartQueryExecutionInput> = {}) {
    const { QueryExecutionId, Status } = await this.run(QueryString, input)
    if (Status?.State !== 'SUCCEEDED') throw new Error(Status?.StateChangeReason)
    const { ResultSet } = await this.client.send(new GetQueryResultsCommand({ QueryExecutionId }))
    return ResultSet!.Rows!.map((row) => row.Data!.map((datum) => datum.VarCharValue))
  }

  /** An object as text; undefined where there is none. */
  async object(uri: string): Promise<string | undefined> {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri)!
    const found = await this.clients.lake.getObject({ bucket, key }).catch(() => undefined)
    return found && Buffer.from(found.body).toString('latin1')
  }

  /** Puts a file into the lake, where the lake finds it. */
  file(place: string, content: string): void {
    const path = join(this.gate.engines.workspaceDirectory, 'lake', place)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }

  async end(): Promise<void> {
    this.client.destroy()
    await this.gate.engines[Symbol.asyncDispose]()
  }
}
