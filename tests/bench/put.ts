import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { Millrace } from '../support/millrace.ts'
import { type Bench, compare, count, peer, ratio, root } from './harness.ts'

const SHARDS = 4

function drive(port: number, stream: string, records: number, bytes: number, requests: number): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(
      process.execPath,
      [join(root, 'tests/bench/load.ts'), String(port), stream, String(records), String(bytes), String(requests), '8'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.on('exit', (code) =>
      code === 0 ? done(Number(text)) : failed(new Error(`the load driver ended with ${code}`)),
    )
  })
}

async function createStream(port: number, name: string): Promise<void> {
  const client = new KinesisClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: new NodeHttpHandler(),
  })
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: SHARDS }))
  for (;;) {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: name }))
    if (StreamDescription?.StreamStatus === 'ACTIVE') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function startKinesalite(): Promise<{ port: number; stop(): void }> {
  const folder = peer('kinesalite@3.3.3')
  const entry = join(folder, createRequire(join(folder, 'package.json'))('./package.json').bin.kinesalite)
  const port = 4600 + Math.floor(process.pid % 300)
  const child = spawn(
    process.execPath,
    [entry, '--port', String(port), '--createStreamMs', '5', '--shardLimit', '100'],
    { stdio: 'ignore' },
  )
  await new Promise((resolve) => setTimeout(resolve, 1500))
  return { port, stop: () => child.kill() }
}

export const bench: Bench = {
  name: 'put',
  title: 'PutRecords over HTTP/1.1, 500 × 100 B, 4 shards, acknowledged after fsync, 8 connections',
  async run() {
    await using millrace = await Millrace.start()
    const ours = Number(new URL(millrace.ready.aws).port)
    const clients = await millrace.clients()
    await clients.stream.createStream({ stream: 'bench', shardCount: SHARDS, quotas: false })
    const kinesalite = await startKinesalite()
    try {
      await createStream(kinesalite.port, 'bench')
      await drive(ours, 'bench', 500, 100, 100)
      await drive(kinesalite.port, 'bench', 500, 100, 20)
      const rates = await compare(3, {
        millrace: () => drive(ours, 'bench', 500, 100, 1200),
        kinesalite: () => drive(kinesalite.port, 'bench', 500, 100, 120),
      })
      const times = rates.millrace / rates.kinesalite
      return [
        { name: 'Millrace, records/s', value: count(rates.millrace) },
        { name: 'kinesalite 3.3.3 (in memory), records/s', value: count(rates.kinesalite) },
        { name: 'Millrace against kinesalite', value: ratio(times), target: 'at least 4 ×', kept: times >= 4 },
      ]
    } finally {
      kinesalite.stop()
    }
  },
}
