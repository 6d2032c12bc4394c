import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as hdfs } from '../../src/engines/hdfs/engine.ts'
import type { JobSpecInput, JobStatus } from '../../src/engines/mapreduce/contract.ts'
import { engine } from '../../src/engines/mapreduce/engine.ts'
import { startEngines, type TestEngines } from './engines.ts'
import { fakeLake } from './lake.ts'

export const BUCKET = 'b'

/** MapReduce over a lake of plain files, and HDFS where a test asks for it. */
export class TestMapReduce implements AsyncDisposable {
  readonly engines: TestEngines
  readonly client: Clients['mapreduce']
  private outputs = 0

  private constructor(engines: TestEngines) {
    this.engines = engines
    this.client = engines.clients.mapreduce
  }

  static async start(
    options: {
      hdfs?: boolean
      processes?: number
      jobsKept?: number
      directory?: string
      fakes?: Partial<Record<keyof Clients, object>>
    } = {},
  ): Promise<TestMapReduce> {
    let workspace = ''
    const engines = await startEngines(options.hdfs ? [hdfs, engine] : [engine], {
      settings: { hdfs: { port: 0 }, mapreduce: { processes: options.processes ?? 2, jobsKept: options.jobsKept } },
      ...(options.directory !== undefined && { directory: options.directory }),
      fakes: { lake: fakeLake(() => workspace), ...options.fakes },
    })
    workspace = engines.workspaceDirectory
    mkdirSync(join(workspace, 'lake', BUCKET), { recursive: true })
    return new TestMapReduce(engines)
  }

  /** Writes an object of the lake; gives its address. */
  put(key: string, body: string | Uint8Array): string {
    return this.write(`lake/${BUCKET}/${key}`, body, `s3://${BUCKET}/${key}`)
  }

  /** Writes a module of the workspace; gives the function of it. */
  module(text: string, file = 'jobs/job.mjs'): (name: string) => { kind: 'module'; file: string; export: string } {
    this.write(file, text, file)
    return (name) => ({ kind: 'module', file, export: name })
  }

  newOutput(): string {
    return `s3://${BUCKET}/out/${++this.outputs}`
  }

  submit(spec: Partial<JobSpecInput> & Pick<JobSpecInput, 'input'>): Promise<{ id: string }> {
    return this.client.submit({
      name: 'test',
      memoryMiB: 4,
      containerMiB: 256,
      output: { path: this.newOutput() },
      ...spec,
    })
  }

  /** Comes back when the job has ended, however it did. */
  async ended(id: string): Promise<JobStatus> {
    let last: JobStatus | undefined
    for await (const status of this.client.watch({ id })) last = status
    return last!
  }

  async run(spec: Partial<JobSpecInput> & Pick<JobSpecInput, 'input'>): Promise<JobStatus> {
    const { id } = await this.submit(spec)
    return this.ended(id)
  }

  /** Runs a job that has to succeed, and gives all lines of its output in the order of its parts. */
  async lines(spec: Partial<JobSpecInput> & Pick<JobSpecInput, 'input'>): Promise<string[]> {
    const status = await this.run(spec)
    if (status.state !== 'SUCCEEDED') throw new Error(`${status.state}: ${status.reason}`)
    return this.read(status.output)
  }

  read(output: string): string[] {
    const folder = this.folder(output)
    const names = readdirSync(folder)
      .filter((name) => name.startsWith('part-'))
      .sort()
    return names.flatMap((name) => {
      const raw = readFileSync(join(folder, name))
      const bytes = name.endsWith('.gz') ? gunzipSync(raw) : name.endsWith('.zst') ? zstdDecompressSync(raw) : raw
      return bytes.toString('utf8').split('\n').slice(0, -1)
    })
  }

  folder(output: string): string {
    return join(this.engines.workspaceDirectory, 'lake', output.replace('s3://', ''))
  }

  private write<T>(path: string, body: string | Uint8Array, name: T): T {
    const file = join(this.engines.workspaceDirectory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, body)
    return name
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engines[Symbol.asyncDispose]()
  }
}

export const WORD_COUNT = `
export function map(offset, line, context) {
  for (const word of line.split(/\\s+/)) if (word) context.emit(word, 1)
}
export function reduce(word, counts, context) {
  let sum = 0
  for (const count of counts) sum += count
  context.emit(word, sum)
}`
