import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Clients } from '../../src/engines/contract.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import type { JobSpecInput } from '../../src/engines/mapreduce/contract.ts'
import { Millrace } from '../support/millrace.ts'
import { type Bench, benchDirectory, pace, type Row, ratio, root } from './harness.ts'

const MB = 1_000_000
const SCALE = Number(/--scale[= ](\d+)/.exec(process.argv.join(' '))?.[1] ?? 1)
const WORDS_MB = 200 * SCALE
const SORT_MB = 100 * SCALE
const [WORD_COUNT_MB_S, SORT_MB_S, SHARE, TIMES_SPARK, MEMORY_MB, SORT_MEMORY_MB] = [40, 25, 0.2, 3, 600, 300]

const MAP = `export function map(offset, line, context) {
  for (const word of line.split(' ')) context.emit(word, 1)
}
export function reduce(word, counts, context) {
  let sum = 0
  for (const count of counts) sum += count
  context.emit(word, sum)
}
`
const SORT = `export function map(offset, line, context) {
  context.emit(line.slice(0, 10), line.slice(10))
}
`
/** The same functions with nothing around them: half of the file, a table in memory. */
const PEER = `import { closeSync, openSync, readSync } from 'node:fs'
import { map } from './words.mjs'
const [file, start, end] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const counts = new Map()
const context = { emit: (word, one) => counts.set(word, (counts.get(word) ?? 0) + one) }
const handle = openSync(file)
const chunk = Buffer.alloc(1 << 20)
let rest = ''
for (let at = start; at < end; ) {
  const read = readSync(handle, chunk, 0, Math.min(chunk.length, end - at), at)
  at += read
  const lines = (rest + chunk.toString('latin1', 0, read)).split('\\n')
  rest = lines.pop()
  for (const line of lines) map(at, line, context)
}
closeSync(handle)
let sum = 0
for (const count of counts.values()) sum += count
process.stdout.write(String(sum))
`

/** Spark's own word count, its start left out. */
const SPARK = `import sys, time
from pyspark import SparkContext
context = SparkContext('local[2]')
context.setLogLevel('ERROR')
started = time.time()
words = context.textFile('file://' + sys.argv[1]).flatMap(lambda line: line.split(' ')).map(lambda word: (word, 1))
words.reduceByKey(lambda a, b: a + b).saveAsTextFile('file://' + sys.argv[2])
print(time.time() - started)
`

export const bench: Bench = {
  name: 'mapreduce',
  title: `MapReduce: word count over ${WORDS_MB} MB, sort of ${SORT_MB} MB in records of 100 bytes`,
  async run() {
    const workspace = join(benchDirectory, 'mapreduce')
    mkdirSync(join(workspace, 'lake', 'bench'), { recursive: true })
    mkdirSync(join(workspace, 'jobs'), { recursive: true })
    rmSync(join(workspace, 'lake', 'bench', 'out'), { recursive: true, force: true })
    const words = join(workspace, 'lake', 'bench', `words-${WORDS_MB}.txt`)
    const sort = join(workspace, 'lake', 'bench', `sort-${SORT_MB}.txt`)
    if (!existsSync(words)) writeWords(words, WORDS_MB * MB)
    if (!existsSync(sort)) writeRecords(sort, SORT_MB * MB)
    writeFileSync(join(workspace, 'jobs', 'words.mjs'), MAP)
    writeFileSync(join(workspace, 'jobs', 'sort.mjs'), SORT)
    writeFileSync(join(workspace, 'jobs', 'peer.mjs'), PEER)
    await using millrace = await Millrace.start({ workspace })
    const { mapreduce, workspace: own } = await millrace.clients()
    await own.trust({})
    const cuts = ['P']
    const sorting: JobSpecInput = {
      name: 'sort',
      input: { paths: [`s3://bench/sort-${SORT_MB}.txt`], splitBytes: 32 * 1024 * 1024 },
      map: fn('sort', 'map'),
      partition: { kind: 'range', cuts },
      reducers: 2,
      memoryMiB: 16,
      output: { path: 's3://bench/out/sort', separator: '' },
    }
    const counted = await measure(mapreduce, wordCount(`s3://bench/words-${WORDS_MB}.txt`), millrace.process.pid!)
    const peerSeconds = await peer(workspace, words)
    const sorted = await measure(mapreduce, sorting, millrace.process.pid!)
    const sparkSeconds = spark(workspace, words)
    const bytes = { words: statSync(words).size / MB, sort: statSync(sort).size / MB }
    const [wordRate, peerRate, sortRate] = [
      bytes.words / counted.seconds,
      bytes.words / peerSeconds,
      bytes.sort / sorted.seconds,
    ]
    const rows: Row[] = [
      pace(),
      {
        name: 'word count, MB/s',
        value: wordRate.toFixed(1),
        target: `at least ${WORD_COUNT_MB_S}`,
        kept: wordRate >= WORD_COUNT_MB_S,
      },
      { name: 'the same in two bare processes, MB/s', value: peerRate.toFixed(1) },
      {
        name: 'share of the bare processes',
        value: ratio(wordRate / peerRate),
        target: `at least ${SHARE}`,
        kept: wordRate / peerRate >= SHARE,
      },
      sparkSeconds === undefined
        ? { name: 'Spark, RDD in Python', value: 'not there: npm run test:cluster gets it' }
        : {
            name: `times Spark, RDD in Python (${(bytes.words / sparkSeconds).toFixed(1)} MB/s)`,
            value: ratio((wordRate * sparkSeconds) / bytes.words),
            target: `at least ${TIMES_SPARK}`,
            kept: (wordRate * sparkSeconds) / bytes.words >= TIMES_SPARK,
          },
      {
        name: 'memory of all processes, word count, MB',
        value: counted.peakMb.toFixed(0),
        target: `under ${MEMORY_MB}`,
        kept: counted.peakMb < MEMORY_MB,
      },
      {
        name: 'sort with spills, MB/s',
        value: sortRate.toFixed(1),
        target: `at least ${SORT_MB_S}`,
        kept: sortRate >= SORT_MB_S,
      },
      { name: 'spills', value: String(sorted.spills) },
      {
        name: 'memory over idle, sort, MB',
        value: (sorted.peakMb - sorted.idleMb).toFixed(0),
        target: `under ${SORT_MEMORY_MB}`,
        kept: sorted.peakMb - sorted.idleMb < SORT_MEMORY_MB,
      },
    ]
    return rows
  },
}

const GROWTH_MB = [100, 1000, 4000]
/** What a megabyte may cost at the largest size, by what it costs at the middle one. */
const GROWTH = 1.1

export const growth: Bench = {
  name: 'mapreduce-growth',
  title: `MapReduce: word count over ${GROWTH_MB.join(', ')} MB`,
  async run() {
    const workspace = join(benchDirectory, 'mapreduce')
    const folder = join(workspace, 'lake', 'bench')
    mkdirSync(folder, { recursive: true })
    mkdirSync(join(workspace, 'jobs'), { recursive: true })
    writeFileSync(join(workspace, 'jobs', 'words.mjs'), MAP)
    const [least] = GROWTH_MB
    const piece = join(folder, `words-${least}.txt`)
    if (!existsSync(piece)) writeWords(piece, least * MB)
    await using millrace = await Millrace.start({ workspace })
    const { mapreduce, workspace: own } = await millrace.clients()
    await own.trust({})
    const rows: Row[] = [pace()]
    const costs: number[] = []
    for (const mb of GROWTH_MB) {
      const input = join(folder, 'growth', String(mb))
      mkdirSync(input, { recursive: true })
      const file = join(input, 'words.txt')
      const words = readFileSync(piece)
      for (let i = 0; i < mb / least; i++) writeFileSync(file, words, { flag: i === 0 ? 'w' : 'a' })
      rmSync(join(folder, 'out'), { recursive: true, force: true })
      const { seconds, peakMb } = await measure(
        mapreduce,
        wordCount(`s3://bench/growth/${mb}/words.txt`),
        millrace.process.pid!,
      )
      costs.push(seconds / statSync(file).size)
      rows.push({ name: `${mb} MB, MB/s`, value: (statSync(file).size / MB / seconds).toFixed(1) })
      rows.push({
        name: `${mb} MB, memory of all processes, MB`,
        value: peakMb.toFixed(0),
        target: `under ${MEMORY_MB}`,
        kept: peakMb < MEMORY_MB,
      })
      rmSync(input, { recursive: true, force: true })
    }
    const [, middle, most] = costs
    rows.push({
      name: `cost of a megabyte at ${GROWTH_MB[2]} MB by that at ${GROWTH_MB[1]} MB`,
      value: ratio(most / middle),
      target: `at most ${GROWTH}`,
      kept: most / middle <= GROWTH,
    })
    return rows
  },
}

const fn = (file: string, name: string) => ({ kind: 'module' as const, file: `jobs/${file}.mjs`, export: name })

const wordCount = (input: string): JobSpecInput => ({
  name: 'word count',
  input: { paths: [input] },
  map: fn('words', 'map'),
  combine: fn('words', 'reduce'),
  reduce: fn('words', 'reduce'),
  reducers: 2,
  memoryMiB: 64,
  output: { path: 's3://bench/out/words' },
})

async function measure(mapreduce: Clients['mapreduce'], spec: JobSpecInput, pid: number) {
  const idleMb = treeMb(pid)
  let peakMb = 0
  const look = setInterval(() => {
    peakMb = Math.max(peakMb, treeMb(pid))
  }, 100)
  const startedMs = performance.now()
  const { id } = await mapreduce.submit(spec)
  let spills = 0
  for await (const status of mapreduce.watch({ id })) {
    spills = status.spills
    if (status.state === 'FAILED') throw new Error(status.reason)
  }
  clearInterval(look)
  return { seconds: (performance.now() - startedMs) / 1000, idleMb, peakMb, spills }
}

/** Resident memory of a process and all below it. */
function treeMb(root: number): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
      parents.set(pid, Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => pid === root || (parents.has(pid) && isBelow(parents.get(pid)!))
  let bytes = 0
  for (const pid of parents.keys()) {
    if (!isBelow(pid)) continue
    try {
      bytes += Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096
    } catch {
      // It has ended meanwhile.
    }
  }
  return bytes / MB
}

async function peer(workspace: string, file: string): Promise<number> {
  const { size } = statSync(file)
  const startedMs = performance.now()
  const half = Math.floor(size / 2)
  await Promise.all(
    [
      [0, half],
      [half, size],
    ].map(
      ([start, end]) =>
        new Promise((done) =>
          spawn(process.execPath, [join(workspace, 'jobs', 'peer.mjs'), file, String(start), String(end)]).once(
            'exit',
            done,
          ),
        ),
    ),
  )
  return (performance.now() - startedMs) / 1000
}

/** Seconds of the same count in Spark's local mode on two cores, where `npm run test:cluster` has left one. */
function spark(workspace: string, file: string): number | undefined {
  const cache = join(root, '.cache')
  const folder = readdirSync(cache).find((name) => name.startsWith('spark-'))
  const python = folder && join(cache, folder, 'bin', 'python')
  if (!python || !existsSync(python)) return undefined
  const [script, out] = [join(workspace, 'jobs', 'spark.py'), join(workspace, 'spark-out')]
  rmSync(out, { recursive: true, force: true })
  writeFileSync(script, SPARK)
  const env = { ...process.env, PYSPARK_PYTHON: python, SPARK_LOCAL_IP: '127.0.0.1' }
  const { stdout, status } = spawnSync(python, [script, file, out], { env, encoding: 'utf8' })
  return status === 0 ? Number(stdout.trim().split('\n').at(-1)) : undefined
}

function writeWords(file: string, bytes: number): void {
  const random = seededRandom('words')
  const letters = () => String.fromCharCode(97 + random.int(26))
  const vocabulary = Array.from({ length: 50_000 }, () => Array.from({ length: 3 + random.int(7) }, letters).join(''))
  const handle = openSync(file, 'w')
  for (let written = 0; written < bytes; ) {
    let block = ''
    for (let line = 0; line < 5000; line++) {
      for (let word = 0; word < 12; word++)
        // Few words are frequent and most are rare, as in a language.
        block += `${vocabulary[Math.floor(vocabulary.length ** random.next()) - 1] ?? vocabulary[0]}${word < 11 ? ' ' : '\n'}`
    }
    written += writeSync(handle, block)
  }
  closeSync(handle)
}

/** Records in the form of TeraSort's text: a key of 10 characters, the number of the record, filling. */
function writeRecords(file: string, bytes: number): void {
  const random = seededRandom('records')
  const handle = openSync(file, 'w')
  const filling = 'ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZA'
  for (let written = 0, number = 0; written < bytes; ) {
    let block = ''
    for (let i = 0; i < 10_000; i++) {
      let key = ''
      for (let c = 0; c < 10; c++) key += String.fromCharCode(32 + random.int(95))
      block += `${key}  ${String(number++).padStart(32, '0')}  ${filling}\n`
    }
    written += writeSync(handle, block)
  }
  closeSync(handle)
}
