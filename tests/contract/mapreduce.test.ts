import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestMapReduce, WORD_COUNT } from '../support/mapreduce.ts'

let bed: TestMapReduce
beforeAll(async () => {
  bed = await TestMapReduce.start()
})
afterAll(() => bed[Symbol.asyncDispose]())

describe('a job', () => {
  it('counts words, with and without a combiner', async () => {
    const fn = bed.module(WORD_COUNT)
    const path = bed.put('words/a.txt', 'to be or not\nto be\r\nthat is\n')
    const spec = { input: { paths: [path], splitBytes: 5 }, map: fn('map'), reduce: fn('reduce') }
    const plain = await bed.lines(spec)
    expect(plain).toEqual(['be\t2', 'is\t1', 'not\t1', 'or\t1', 'that\t1', 'to\t2'])
    expect(await bed.lines({ ...spec, combine: fn('reduce') })).toEqual(plain)
  })
})
