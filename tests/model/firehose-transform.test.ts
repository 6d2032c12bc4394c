import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Transform } from '../../src/engines/firehose/transform.ts'
import { type CodeOptions, CodeTransform } from '../../src/engines/firehose/transform-code.ts'

const encoder = new TextEncoder()
const records = ['a', 'bc', ''].map((text, i) => ({ data: encoder.encode(text), arrivalMs: 1000 + i }))
const same = 'const handler = (event) => ({ records: event.records.map((record) => ({ ...record, result: "Ok" })) })'

async function run(options: Partial<CodeOptions>) {
  const said: string[] = []
  const method = new CodeTransform({
    code: same,
    timeoutMs: 20_000,
    deliveryStreamArn: 'arn:d',
    onLog: (line) => said.push(line),
    ...options,
  })
  const transform = new Transform(method)
  try {
    return { results: await transform.run(records), said }
  } finally {
    await transform.stop()
  }
}

/** A thread that crashes so many times first; it reads that from its environment, which is a copy of this process's. */
function crashing(crashes: number): URL {
  process.env.MILLRACE_TEST_CRASHES = `${crashes} ${join(mkdtempSync(join(tmpdir(), 'millrace-crash-')), 'crashes')}`
  return new URL('./firehose/crashing-thread.ts', import.meta.url)
}

describe('a transform in its own thread', () => {
  it('goes on after its thread crashed', async () => {
    const { results } = await run({ entry: crashing(2) })
    expect(results.map((result) => result.result === 'Ok' && Buffer.from(result.data).toString())).toEqual([
      'a',
      'bc',
      '',
    ])
  })

  it('fails the records of an invocation that crashes every time, after three retries', async () => {
    const { results } = await run({ entry: crashing(10) })
    expect(results).toHaveLength(3)
    for (const result of results)
      expect(result).toMatchObject({ result: 'ProcessingFailed', code: 'Lambda.FunctionError', attempts: 4 })
  })

  it('stays within its memory, and says so', async () => {
    const code = 'const handler = () => new Uint8Array(200e6)'
    const { results } = await run({ code })
    expect(results[0]).toMatchObject({ result: 'ProcessingFailed', code: 'Lambda.FunctionError', attempts: 4 })
    expect(results[0]).toMatchObject({ message: expect.stringContaining('out of memory') })
  })

  it('gets what Lambda gives: the records, their streams, the time that is left, a log', async () => {
    const code = `exports.handler = async ({ deliveryStreamArn, sourceKinesisStreamArn, records }, context) => {
      const left = context.getRemainingTimeInMillis()
      console.log(deliveryStreamArn, sourceKinesisStreamArn, left > 0 && left <= 20000)
      return { records: records.map(({ recordId, approximateArrivalTimestamp: at, data }) =>
        ({ recordId, result: 'Ok', data: btoa(at + atob(data)) })) }
    }`
    const { results, said } = await run({ code, sourceStreamArn: 'arn:s' })
    expect(said).toEqual(['arn:d arn:s true'])
    expect(results.map((result) => result.result === 'Ok' && Buffer.from(result.data).toString())).toEqual([
      '1000a',
      '1001bc',
      '1002',
    ])
  })

  it('refuses code that fails as it starts', async () => {
    await expect(CodeTransform.check('throw new Error("early")')).rejects.toMatchObject({
      code: 'InvalidArgumentException',
      message: expect.stringContaining('early'),
    })
  })
})
