import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

/** The transform's thread, which ends by itself at its first invocations: as many as MILLRACE_TEST_CRASHES says, counted in a file. */
const [crashes, file] = process.env.MILLRACE_TEST_CRASHES!.split(' ')
const crashed = existsSync(file) ? readFileSync(file, 'utf8').length : 0

parentPort!.on('message', ({ input }: { input: { type: string } }) => {
  if (input.type !== 'invoke' || crashed >= Number(crashes)) return
  appendFileSync(file, 'x')
  process.exit(9)
})
await import('../../../src/engines/firehose/transform-thread.ts')
