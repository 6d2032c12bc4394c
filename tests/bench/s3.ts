import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AwsRequest } from '../../src/engines/gate/contract.ts'
import { Millrace } from '../support/millrace.ts'
import { type Bench, compare, count, type Row, ratio, root } from './harness.ts'

const MIB = 1024 * 1024
const OBJECTS = 200
/** As the AWS CLI does by itself. */
const AT_ONCE = 10
const RUNS = 5
const SHARE = 0.6
const KEYS = 100_000
const PAGE = 1000
const LIST_MS = 1000

/** Puts or gets objects of 1 MiB, several at once, over plain HTTP without a client package; answers MiB a second. */
async function drive(origin: string, method: 'PUT' | 'GET'): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const body = Buffer.alloc(MIB, 'millrace ')
  let next = 0
  const worker = async () => {
    while (next < OBJECTS) {
      const sent = request(`${origin}/bench/object-${next++}`, {
        method,
        agent,
        headers: { 'content-length': method === 'PUT' ? MIB : 0 },
      })
      sent.end(method === 'PUT' ? body : undefined)
      const [answer] = await once(sent, 'response')
      let bytes = 0
      for await (const piece of answer) bytes += piece.length
      if (answer.statusCode !== 200 || (method === 'GET' && bytes !== MIB))
        throw new Error(`${method} was answered ${answer.statusCode} with ${bytes} bytes`)
    }
  }
  const startedMs = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  agent.destroy()
  return OBJECTS / ((performance.now() - startedMs) / 1000)
}

/** The peer: a Node HTTP server that works out the MD5 and syncs the file, and nothing else. */
async function startPeer(folder: string): Promise<{ origin: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(root, 'tests/bench/s3-peer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout!, 'data')
  return { origin: `http://127.0.0.1:${String(said).trim()}`, child }
}

async function throughput(millrace: Millrace): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const { origin, child } = await startPeer(folder)
  const ours = `http://127.0.0.1:${new URL(millrace.ready.aws).port}`
  const { lake } = await millrace.clients()
  await lake.createBucket({ bucket: 'bench' })
  try {
    const rows: Row[] = []
    for (const method of ['PUT', 'GET'] as const) {
      await drive(ours, method)
      await drive(origin, method)
      const sides = await compare(RUNS, { ours: () => drive(ours, method), peer: () => drive(origin, method) })
      const share = sides.ours / sides.peer
      rows.push(
        { name: `${method} of 1 MiB, MiB/s`, value: count(sides.ours) },
        { name: `${method} of 1 MiB by the plain server, MiB/s`, value: count(sides.peer) },
        {
          name: `${method}: share of the plain server`,
          value: ratio(share),
          target: `at least ${SHARE} ×`,
          kept: share >= SHARE,
        },
      )
    }
    return rows
  } finally {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function listing(millrace: Millrace): Promise<Row> {
  const clients = await millrace.clients()
  await clients.lake.createBucket({ bucket: 'many' })
  const bucket = join(millrace.ready.workspace, 'lake', 'many')
  for (let i = 0; i < KEYS; i++) {
    const folder = join(bucket, `day=${String(i % 100).padStart(2, '0')}`)
    if (i < 100) mkdirSync(folder)
    writeFileSync(join(folder, `part-${String(i).padStart(6, '0')}.csv`), 'x')
  }
  // The first look reads every folder; what is measured is a listing.
  await clients.lake.listObjects({ bucket: 'many', max: 1 })
  const stop = new AbortController()
  const seen: AwsRequest[] = []
  const watching = (async () => {
    for await (const group of clients.gate.watchRequests({}, { signal: stop.signal })) seen.push(...group)
  })().catch(() => {})
  const origin = `http://127.0.0.1:${new URL(millrace.ready.aws).port}`
  let keys = 0
  const pages = KEYS / PAGE
  for (let token = '', page = 0; page < pages; page++) {
    const answer = await fetch(`${origin}/many?list-type=2${token && `&continuation-token=${token}`}`)
    const text = await answer.text()
    keys += text.split('<Key>').length - 1
    token = /<NextContinuationToken>([^<]+)/.exec(text)?.[1] ?? ''
  }
  if (keys !== KEYS) throw new Error(`${keys} keys were listed of ${KEYS}`)
  while (seen.filter((one) => one.operation === 'ListObjectsV2').length < pages)
    await new Promise((later) => setTimeout(later, 100))
  stop.abort()
  await watching
  const ms = seen.reduce((sum, one) => sum + (one.operation === 'ListObjectsV2' ? one.durationMs : 0), 0)
  const name = `${count(KEYS)} keys listed in pages of ${count(PAGE)}, ms of server time`
  return { name, value: count(ms), target: `under ${count(LIST_MS)}`, kept: ms < LIST_MS }
}

export const bench: Bench = {
  name: 's3',
  title: 'The lake: objects of 1 MiB, and a large listing',
  async run() {
    await using millrace = await Millrace.start()
    return [...(await throughput(millrace)), await listing(millrace)]
  },
}
