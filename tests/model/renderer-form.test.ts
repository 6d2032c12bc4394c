import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ui } from '../../src/engines/pipeline/nodes/define.ts'
import { nodeKinds } from '../../src/engines/pipeline/nodes/index.ts'
import { describeField, describeFields, fieldErrors, labelOf } from '../../src/renderer/lib/schema-form/describe.ts'

describe('a form drawn from a schema', () => {
  it('finds hints, bounds, defaults and choices under wrappers', () => {
    const field = describeField(
      'bufferBytesMax',
      z
        .number()
        .int()
        .min(1)
        .max(128)
        .default(64)
        .meta(ui({ label: 'Buffer', unit: 'MiB' })),
    )
    expect(field).toMatchObject({
      kind: 'number',
      label: 'Buffer',
      hints: { unit: 'MiB' },
      min: 1,
      max: 128,
      integer: true,
      optional: true,
      fallback: 64,
    })
    expect(describeField('format', z.enum(['PARQUET', 'JSON']).nullable())).toMatchObject({
      kind: 'choice',
      nullable: true,
      options: [
        { value: 'PARQUET', label: 'PARQUET' },
        { value: 'JSON', label: 'JSON' },
      ],
    })
    expect(describeField('rows', z.array(z.object({ name: z.string() })))).toMatchObject({
      kind: 'table',
      fields: [{ name: 'name', kind: 'text' }],
    })
    expect(
      describeField(
        'at',
        z.discriminatedUnion('type', [
          z.object({ type: z.literal('LATEST') }),
          z.object({ type: z.literal('AT_TIMESTAMP'), timestampMs: z.number() }),
        ]),
      ),
    ).toMatchObject({
      kind: 'variant',
      discriminator: 'type',
      variants: { LATEST: [], AT_TIMESTAMP: [{ kind: 'number' }] },
    })
  })

  it('has a form with words for every field of every node kind', () => {
    for (const { kind, config } of nodeKinds)
      for (const field of describeFields(config)) {
        expect(field.label, `${kind}.${field.name}`).not.toBe('')
        expect(field.kind, `${kind}.${field.name}`).not.toBe('json')
      }
  })

  it('puts each error at its field', () => {
    const schema = z.object({ name: z.string().min(1, 'Name it.'), list: z.array(z.object({ n: z.number() })) })
    expect(fieldErrors(schema, { name: '', list: [{ n: 1 }, { n: 'x' }] })).toMatchObject({
      name: 'Name it.',
      'list.1.n': expect.stringContaining('number'),
    })
    expect(fieldErrors(schema, { name: 'a' })).toEqual({ list: 'This field is needed.' })
    expect(fieldErrors(schema, { name: 'a', list: [] })).toEqual({})
  })

  it('reads names as words', () => {
    expect(labelOf('bufferBytesMax')).toBe('Buffer bytes max')
    expect(labelOf('TRIM_HORIZON')).toBe('TRIM_HORIZON')
  })
})
