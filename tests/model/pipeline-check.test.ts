import { expect, test } from 'vitest'
import { checkPipeline } from '../../src/engines/pipeline/check.ts'
import type { PipelineDocument } from '../../src/engines/pipeline/document.ts'
import { nodeKinds } from '../../src/engines/pipeline/nodes/index.ts'
import { pipelineOf } from '../support/pipeline.ts'

const source = { id: 'source', kind: 'replay', config: { file: 'a.csv' } }
const stream = (id: string, name = id) => ({ id, kind: 'stream', config: { stream: name } })
const errors = (document: PipelineDocument) => checkPipeline(document).filter((problem) => problem.severity === 'error')

test('a sound pipeline has no problems', () => {
  expect(checkPipeline(pipelineOf([source, stream('s')]))).toEqual([])
})

test('an unknown node kind is named with its node', () => {
  const [problem] = errors(pipelineOf([source, { id: 'x', kind: 'teleport', config: {} }]))
  expect(problem).toMatchObject({ node: 'x', message: expect.stringContaining('"teleport"') })
})

test('a circle is told with the nodes on it, not with those behind it', () => {
  const document = pipelineOf(
    [stream('a'), stream('b'), stream('c')],
    [
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'c'],
    ],
  )
  const circle = errors(document).find((problem) => problem.message.includes('circle'))!
  expect(circle.message).toMatch(/Data stream → Data stream → Data stream\./)
})

test('ports of different types do not meet, and the message says what to put between', () => {
  const [problem] = errors(
    pipelineOf([source, { id: 'q', kind: 'athena', config: { outputTable: 't', outputBucket: 'lake' } }]),
  )
  expect(problem).toMatchObject({ wire: 'w1', message: expect.stringContaining('delivery stream and a lake table') })
})

test('wires that lead nowhere, missing inputs and a second wire into a single input are errors', () => {
  const table = (id: string) => ({
    id,
    kind: 'lake-table',
    config: { database: 'd', table: id, bucket: 'lake', prefix: `${id}/` },
  })
  const document = pipelineOf(
    [
      table('a'),
      table('b'),
      { id: 'w', kind: 'warehouse', config: { table: 't' } },
      { id: 'x', kind: 'spice', config: { id: 'x' } },
    ],
    [
      ['a', 'w'],
      ['b', 'w'],
      ['gone', 'w'],
    ],
  )
  expect(errors(document)).toEqual([
    expect.objectContaining({ node: 'w', wire: 'w2', message: expect.stringContaining('one wire') }),
    expect.objectContaining({ node: 'x', message: expect.stringContaining('needs an input') }),
    expect.objectContaining({ wire: 'w3', message: expect.stringContaining('"gone"') }),
  ])
})

test('configuration errors name node and field, unknown settings too', () => {
  const document = pipelineOf([
    { ...source, config: { file: '', speeed: 2 } },
    { id: 's', kind: 'stream', config: { shards: 0 } },
    {
      id: 't',
      kind: 'transform',
      config: { filter: 'delay >> 3', fields: [{ name: 'x', expression: 'nofunction(1)' }] },
    },
  ])
  expect(errors(document).map(({ node, field }) => `${node}.${field}`)).toEqual([
    'source.file',
    'source.speeed',
    's.stream',
    's.shards',
    't.filter',
    't.fields.0.expression',
  ])
  expect(errors(document)[2].message).toBe('This must be filled in.')
})

test('two nodes cannot own one resource', () => {
  const [problem] = errors(pipelineOf([source, stream('a', 'same'), stream('b', 'same')]))
  expect(problem).toMatchObject({ node: 'b', message: expect.stringContaining('stream "same"') })
})

test('a delivery that would empty a whole bucket or miss its table is refused before it runs', () => {
  const delivery = (config: Record<string, unknown>) => ({
    id: 'd',
    kind: 'delivery',
    config: { name: 'd', bucket: 'lake', ...config },
  })
  const table = { id: 't', kind: 'lake-table', config: { database: 'd', table: 't', bucket: 'lake', prefix: 'rows/' } }
  const fields = (config: Record<string, unknown>) =>
    errors(pipelineOf([source, delivery(config), table])).map((problem) => problem.field)
  expect(fields({ prefix: '!{partitionKeyFromQuery:day}/', onStart: 'replace' })).toEqual([
    'prefix',
    'partitionFields',
    'onStart',
  ])
  expect(fields({ prefix: 'rows/' })).toEqual([])
})

test('every field of every node kind says how the inspector draws it, and its defaults stand', () => {
  for (const kind of nodeKinds)
    for (const [name, field] of Object.entries(kind.config.shape)) {
      const hints = field.meta()?.ui
      expect(hints, `${kind.kind}.${name}`).toMatchObject({ label: expect.any(String) })
    }
})
