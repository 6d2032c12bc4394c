import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { createFunction, invoke } from '../support/lambda.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 20 : 2
const CODE = `export const handler = async ({ Records }) => {
  const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString())
  await new Promise((resolve) => setTimeout(resolve, 20))
  console.log('HANDLED ' + texts.join(','))
}`

const start = (workspace: string, home: string) => Millrace.start({ workspace, env: { MILLRACE_HOME: home } })

async function put({ stream }: Clients, records: readonly number[]): Promise<void> {
  const batch = new BatchBuilder()
  for (const record of records) batch.add(String(record % 7), String(record))
  await stream.put({ stream: 's', batch: batch.finish() })
}

/** What the function has said of itself, over all starts: from its log file, so that nobody asks the engine to start. */
function handled(workspace: string): string[] {
  const file = join(workspace, '.millrace/functions/logs/f.log')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return lines.flatMap((line) => (line.includes('HANDLED ') ? line.slice(line.indexOf('HANDLED ') + 8).split(',') : []))
}

const running = (tag: string) => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(tag)

describe('kill -9 while a mapping works', () => {
  it(`loses no record in ${KILLS} kills, and the mapping goes on by itself`, {
    timeout: 60_000 + KILLS * 30_000,
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
    const random = seededRandom(`functions kill ${KILLS}`)
    const records: number[] = []
    const more = async (clients: Clients) => {
      const next = Array.from({ length: 150 }, (_, i) => records.length + i)
      await put(clients, next)
      records.push(...next)
    }
    let millrace = await start(workspace, home)
    try {
      const { aws: endpoint, accessKeyId, secretAccessKey, region } = millrace.ready
      const lambda = new LambdaClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
      await (await millrace.clients()).stream.createStream({ stream: 's', shardCount: 2 })
      await createFunction(lambda, 'f', CODE)
      await lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: 'f',
          EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s',
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 10,
          ParallelizationFactor: 2,
        }),
      )
      lambda.destroy()
      for (let kill = 0; kill < KILLS; kill++) {
        const clients = await millrace.clients()
        await more(clients)
        const enough = handled(workspace).length + random.int(100)
        await expect.poll(() => handled(workspace).length, { timeout: 20_000, interval: 10 }).toBeGreaterThan(enough)
        await millrace.end('SIGKILL')
        millrace = await start(workspace, home)
      }
      const expected = new Set(records.map(String))
      // The log is written after the answer and before the checkpoint: what it lacks would not have been handled.
      const missing = () => [...expected.difference(new Set(handled(workspace)))]
      await expect.poll(missing, { timeout: 30_000 }).toEqual([])
    } finally {
      await millrace.end()
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('leaves no endless loop behind', { timeout: 60_000 }, async () => {
    await using millrace = await Millrace.start()
    const { aws: endpoint, accessKeyId, secretAccessKey, region } = millrace.ready
    const lambda = new LambdaClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 })
    const name = `loop-${process.pid}`
    await createFunction(lambda, name, 'export const handler = async () => { while (true); }', { Timeout: 60 })
    const ended = invoke(lambda, name).catch(() => 'gone')
    await expect.poll(() => running(`functions/${name}`), { timeout: 20_000 }).toBe(true)
    await millrace.end('SIGKILL')
    await ended
    lambda.destroy()
    await expect.poll(() => running(`functions/${name}`), { timeout: 10_000 }).toBe(false)
  })
})
