import { spawn } from 'node:child_process'
import { type AddressInfo, connect, createServer } from 'node:net'
import { loadavg } from 'node:os'
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

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.on('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => done(true)).on('error', () => done(false))
    socket.on('connect', () => socket.destroy())
  })

/** In a process of its own, keeping records in memory; its limit of shards is raised, its throttling is as it comes (it has none). */
async function startKinesalite(): Promise<{ port: number; stop(): void }> {
  const folder = peer('kinesalite@3.3.3')
  const entry = join(folder, 'cli.js')
  const port = await freePort()
  const args = ['--port', String(port), '--createStreamMs', '5', '--shardLimit', '100']
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`kinesalite ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
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
      await drive(kinesalite.port, 'bench', 500, 100, 10)
      const rates = await compare(5, {
        millrace: () => drive(ours, 'bench', 500, 100, 800),
        kinesalite: () => drive(kinesalite.port, 'bench', 500, 100, 40),
      })
      const times = rates.millrace / rates.kinesalite
      return [
        { name: 'Millrace, records/s', value: count(rates.millrace) },
        { name: 'kinesalite 3.3.3 (in memory), records/s', value: count(rates.kinesalite) },
        // What else the machine did: on a busy one the ratio holds better than the rates.
        { name: 'load average of the last minute', value: loadavg()[0].toFixed(1) },
        { name: 'Millrace against kinesalite', value: ratio(times), target: 'at least 4 ×', kept: times >= 4 },
      ]
    } finally {
      kinesalite.stop()
    }
  },
}
