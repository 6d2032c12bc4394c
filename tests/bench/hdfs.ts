import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { localFile, readFile, type WebHdfsAt, writeFile } from '../../src/main/cli/hdfs/data.ts'
import { Millrace } from '../support/millrace.ts'
import { type Bench, compare, count, pace, type Row, ratio } from './harness.ts'

const MIB = 1024 * 1024
const FILE_MIB = 256
const REPLICAS = 2
const RUNS = 5
const SHARE = 0.5

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const startedMs = performance.now()
  await work()
  return (performance.now() - startedMs) / 1000
}

/** The peer: read, checksum, write and sync, and nothing else. */
async function copy(from: string, to: string): Promise<void> {
  await using source = await open(from)
  await using target = await open(to, 'w')
  const piece = Buffer.alloc(MIB)
  let sum = 0
  for (;;) {
    const { bytesRead } = await source.read(piece, 0, MIB)
    if (bytesRead === 0) break
    sum = crc32(piece.subarray(0, bytesRead), sum)
    await target.write(piece.subarray(0, bytesRead))
  }
  await target.datasync()
}

async function get(web: WebHdfsAt, to: string): Promise<void> {
  await using target = await open(to, 'w')
  for await (const piece of await readFile(web, '/bench')) await target.writeFile(piece)
  await target.datasync()
}

export const bench: Bench = {
  name: 'hdfs',
  title: `HDFS: a file of ${FILE_MIB} MiB put and got as the commands do it, each chunk with its checksum, synced`,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    const words = Buffer.from(
      Array.from({ length: MIB / 16 }, (_, i) => `word-${i % 9973}`.padEnd(15))
        .join('\n')
        .padEnd(MIB, '\n'),
    )
    writeFileSync(from, '')
    for (let i = 0; i < FILE_MIB; i++) writeFileSync(from, words, { flag: 'a' })
    await using millrace = await Millrace.start()
    const { hdfs } = await millrace.clients()
    const web = { url: (await hdfs.describe({})).webhdfs, user: userInfo().username }
    const put = () =>
      writeFile(web, '/bench', localFile(from), {
        overwrite: true,
        replication: REPLICAS,
        length: FILE_MIB * MIB,
      })
    try {
      await put()
      const taken = await compare(RUNS, {
        copy: () => seconds(() => copy(from, to)),
        put: () => seconds(put),
        get: () => seconds(() => get(web, to)),
      })
      const rate = (each: number) => FILE_MIB / each
      const share = (each: number) => taken.copy / each
      const rows: Row[] = [
        { name: 'copying it with a checksum, MiB/s', value: count(rate(taken.copy)) },
        { name: `put with ${REPLICAS} replicas, MiB/s of the file`, value: count(rate(taken.put)) },
        { name: 'put, MiB/s of replicas', value: count(rate(taken.put) * REPLICAS) },
        {
          name: 'put, a replica: share of copying',
          value: ratio(share(taken.put) * REPLICAS),
          target: `at least ${SHARE} ×`,
          kept: share(taken.put) * REPLICAS >= SHARE,
        },
        { name: 'get, MiB/s', value: count(rate(taken.get)) },
        {
          name: 'get: share of copying',
          value: ratio(share(taken.get)),
          target: `at least ${SHARE} ×`,
          kept: share(taken.get) >= SHARE,
        },
        pace(),
      ]
      return rows
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
