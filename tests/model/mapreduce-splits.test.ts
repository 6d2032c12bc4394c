import { expect, it } from 'vitest'
import { JobSpec } from '../../src/engines/mapreduce/contract.ts'
import type { Files, InputFile } from '../../src/engines/mapreduce/files.ts'
import { planSplits } from '../../src/engines/mapreduce/splits.ts'

const MB = 1_000_000

async function lengths(file: Partial<InputFile>, processes: number, splitBytes?: number): Promise<number[]> {
  const list = async () => [{ uri: 's3://b/a.txt', bytes: 0, blocks: [], ...file }]
  const input = { paths: ['s3://b/a.txt'], ...(splitBytes && { splitBytes }) }
  const spec = JobSpec.parse({ name: 'splits', input, output: { path: 's3://b/out' } })
  const splits = await planSplits(spec, { list } as unknown as Files, processes)
  return splits.map(({ length }) => length)
}

it('splits a file of the lake so that all processes have the same to do', async () => {
  for (const processes of [1, 2, 3, 8])
    for (const bytes of [200 * MB, 1000 * MB, 4001 * MB]) {
      const made = await lengths({ bytes }, processes)
      expect(made.reduce((sum, length) => sum + length, 0)).toBe(bytes)
      if (bytes / processes < 64 * MB) continue
      expect(made.length % processes).toBe(0)
      expect(Math.max(...made) - Math.min(...made)).toBeLessThan(made.length)
      expect(Math.max(...made)).toBeLessThanOrEqual(64 * 1024 * 1024)
    }
})

it('leaves a small file whole, and splits by block or as a job says', async () => {
  expect(await lengths({ bytes: 5 * MB }, 8)).toEqual([5 * MB])
  expect(await lengths({ bytes: 300 * MB, blockBytes: 128 * MB }, 2)).toEqual([128 * MB, 128 * MB, 44 * MB])
  expect(await lengths({ bytes: 30 * MB, blockBytes: 128 * MB }, 2, 10 * MB)).toEqual([10 * MB, 10 * MB, 10 * MB])
})
