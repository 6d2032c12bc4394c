import { spawn } from 'node:child_process'
import { type AddressInfo, connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { peer, root } from './harness.ts'

/** A server in a process of its own, to measure against. */
export interface Peer {
  readonly port: number
  readonly pid: number
  stop(): void
}

/** Keeps records in memory; its limit of shards is raised, its throttling is as it comes (it has none). */
export async function kinesalite(): Promise<Peer> {
  const cli = join(peer('kinesalite@3.3.3'), 'cli.js')
  return start((port) => [cli, '--port', String(port), '--createStreamMs', '5', '--shardLimit', '100'])
}

/** LocalStack's Kinesis (kinesis-mock) as npm has it. Keeps records in memory. */
export async function kinesisLocal(): Promise<Peer> {
  const main = join(peer('kinesis-local@0.6.2'), 'main.js')
  const tls = String(await freePort())
  return start(
    () => [main],
    (port) => ({ KINESIS_MOCK_PLAIN_PORT: String(port), KINESIS_MOCK_TLS_PORT: tls, LOG_LEVEL: 'ERROR' }),
  )
}

export function ceiling(): Promise<Peer> {
  return start((port) => [join(root, 'tests/bench/ceiling.ts'), String(port)])
}

async function start(
  args: (port: number) => string[],
  env: (port: number) => Record<string, string> = () => ({}),
): Promise<Peer> {
  const port = await freePort()
  const child = spawn(process.execPath, args(port), {
    // It reads files of its own from where it is started.
    cwd: dirname(args(port)[0]),
    env: { ...process.env, ...env(port) },
    stdio: 'ignore',
  })
  process.once('exit', () => child.kill())
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${args(port)[0]} ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { port, pid: child.pid!, stop: () => child.kill() }
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

export async function createStream(port: number, StreamName: string, ShardCount: number): Promise<void> {
  const client = new KinesisClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: new NodeHttpHandler(),
  })
  await client.send(new CreateStreamCommand({ StreamName, ShardCount }))
  for (;;) {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }))
    if (StreamDescription?.StreamStatus === 'ACTIVE') break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  client.destroy()
}
