import { type Bench, machine } from './harness.ts'

/** `npm run bench [-- NAME … [--scale N]]`: each number is a ratio against a peer or a ceiling in the same run, or a promise of the documents. */
const BENCHES: Record<string, () => Promise<{ bench: Bench }>> = {
  put: () => import('./put.ts'),
  streams: () => import('./streams.ts'),
  pipeline: () => import('./pipeline.ts'),
  crawl: () => import('./crawl.ts'),
  query: () => import('./query.ts'),
  workbench: () => import('./workbench.ts'),
  s3: () => import('./s3.ts'),
  hdfs: () => import('./hdfs.ts'),
  shell: () => import('./shell.ts'),
  producers: () => import('./producers.ts'),
  monitor: () => import('./monitor.ts'),
  screens: () => import('./screens.ts'),
  batch: () => import('./batch.ts'),
  mapreduce: () => import('./mapreduce.ts'),
  'mapreduce-growth': async () => ({ bench: (await import('./mapreduce.ts')).growth }),
}

const wanted = process.argv.slice(2).filter((word) => /^[a-z]/.test(word))
process.stdout.write(`${machine()}\n`)
let broken = 0
for (const [name, load] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { bench } = await load()
  process.stdout.write(`\n${bench.title}\n`)
  for (const { name: what, value, target, kept } of await bench.run()) {
    const verdict = target === undefined ? '' : `   ${kept ? 'kept' : 'NOT KEPT'}: ${target}`
    process.stdout.write(`  ${what.padEnd(52)} ${value.padStart(16)}${verdict}\n`)
    if (kept === false) broken++
  }
}
process.exitCode = broken === 0 ? 0 : 1
