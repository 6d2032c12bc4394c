import {
  CheckSchemaVersionValidityCommand,
  type Compatibility,
  CreateRegistryCommand,
  CreateSchemaCommand,
  type DataFormat,
  DeleteSchemaVersionsCommand,
  GetSchemaByDefinitionCommand,
  GetSchemaCommand,
  GetSchemaVersionCommand,
  GetSchemaVersionsDiffCommand,
  GlueClient,
  ListSchemasCommand,
  ListSchemaVersionsCommand,
  PutSchemaVersionMetadataCommand,
  QuerySchemaVersionMetadataCommand,
  RegisterSchemaVersionCommand,
  RemoveSchemaVersionMetadataCommand,
  UpdateSchemaCommand,
} from '@aws-sdk/client-glue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let glue: GlueClient

beforeAll(async () => {
  gate = await startGate([catalog], { fakes: { lake: {} } })
  glue = new GlueClient(gate.config)
  await glue.send(new CreateRegistryCommand({ RegistryName: 'shop', Tags: { team: 'a' } }))
})
afterAll(async () => {
  glue.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

let made = 0
/** Registers `first` and then each of the others; answers the others' states. */
async function evolve(
  DataFormat: DataFormat,
  Compatibility: Compatibility,
  [first, ...others]: string[],
): Promise<string[]> {
  const SchemaId = { RegistryName: 'shop', SchemaName: `s${made++}` }
  const { SchemaName } = SchemaId
  const input = { RegistryId: { RegistryName: 'shop' }, SchemaName, DataFormat, Compatibility, SchemaDefinition: first }
  await glue.send(new CreateSchemaCommand(input))
  const states: string[] = []
  for (const SchemaDefinition of others)
    states.push((await glue.send(new RegisterSchemaVersionCommand({ SchemaId, SchemaDefinition }))).Status!)
  return states
}

const avro = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'Order', namespace: 'shop', fields })
const id = { name: 'id', type: 'int' }
const note = { name: 'note', type: 'string' }
const optional = { name: 'note', type: ['null', 'string'], default: null }

describe('compatibility', () => {
  it('of Avro: backward reads the old, forward is read by it, full is both', async () => {
    const long = { name: 'id', type: 'long' }
    expect(await evolve('AVRO', 'BACKWARD', [avro(id), avro(id, optional), avro(long)])).toEqual([
      'AVAILABLE',
      'AVAILABLE',
    ])
    expect(await evolve('AVRO', 'BACKWARD', [avro(id), avro(id, note)])).toEqual(['FAILURE'])
    expect(await evolve('AVRO', 'FORWARD', [avro(id), avro(id, note), avro(note)])).toEqual(['AVAILABLE', 'FAILURE'])
    expect(await evolve('AVRO', 'FULL', [avro(id), avro(id, optional), avro(long, optional)])).toEqual([
      'AVAILABLE',
      'FAILURE',
    ])
    expect(await evolve('AVRO', 'NONE', [avro(id), avro(note)])).toEqual(['AVAILABLE'])
    await expect(evolve('AVRO', 'DISABLED', [avro(id), avro(note)])).rejects.toMatchObject({
      name: 'InvalidInputException',
    })
  })

  it('of all versions, not the last alone', async () => {
    // The third reads the second, which has the field, and not the first, which has not.
    const versions = [avro(id), avro(id, { ...note, default: '' }), avro(id, note)]
    expect(await evolve('AVRO', 'BACKWARD', versions)).toEqual(['AVAILABLE', 'AVAILABLE'])
    expect(await evolve('AVRO', 'BACKWARD_ALL', versions)).toEqual(['AVAILABLE', 'FAILURE'])
  })

  it('of Avro enums, unions, aliases and records within themselves', async () => {
    const kind = (...symbols: string[]) => avro({ name: 'kind', type: { type: 'enum', name: 'Kind', symbols } })
    expect(await evolve('AVRO', 'BACKWARD', [kind('A'), kind('A', 'B'), kind('B')])).toEqual(['AVAILABLE', 'FAILURE'])
    const tree = (...more: object[]) => avro({ name: 'next', type: ['null', 'Order'], default: null }, ...more)
    expect(await evolve('AVRO', 'FULL', [tree(), tree(optional), tree(note)])).toEqual(['AVAILABLE', 'FAILURE'])
    const renamed = avro({ name: 'number', aliases: ['id'], type: 'int' })
    expect(await evolve('AVRO', 'BACKWARD', [avro(id), renamed])).toEqual(['AVAILABLE'])
  })

  it('of JSON Schema', async () => {
    const json = (properties: object, required: string[] = [], more: object = {}) =>
      JSON.stringify({ type: 'object', properties, required, ...more })
    const [integer, number, text] = [{ type: 'integer' }, { type: 'number' }, { type: 'string', maxLength: 9 }]
    const first = json({ id: integer }, ['id'])
    expect(await evolve('JSON', 'BACKWARD', [first, json({ id: number }, ['id']), json({ id: integer }, [])])).toEqual([
      'AVAILABLE',
      'FAILURE',
    ])
    expect(await evolve('JSON', 'BACKWARD', [first, json({ id: integer, note: text }, ['id', 'note'])])).toEqual([
      'FAILURE',
    ])
    expect(await evolve('JSON', 'FULL', [first, json({ id: integer, note: text }, ['id'])])).toEqual(['AVAILABLE'])
    const closed = json({ id: integer }, ['id'], { additionalProperties: false })
    expect(await evolve('JSON', 'BACKWARD', [json({ id: integer, note: text }, ['id']), closed])).toEqual(['FAILURE'])
    const shorter = json({ note: { type: 'string', maxLength: 5 } })
    expect(await evolve('JSON', 'FORWARD', [json({ note: text }), shorter])).toEqual(['AVAILABLE'])
    expect(await evolve('JSON', 'BACKWARD', [json({ note: text }), shorter])).toEqual(['FAILURE'])
  })

  it('of Protobuf, by the form on the wire', async () => {
    const proto = (body: string) => `syntax = "proto3"; message Order { ${body} }`
    expect(
      await evolve('PROTOBUF', 'FULL', [
        proto('int32 id = 1;'),
        proto('int64 id = 1; string note = 2;'),
        proto('string id = 1;'),
      ]),
    ).toEqual(['AVAILABLE', 'FAILURE'])
    const required = 'syntax = "proto2"; message Order { required int32 id = 1; required string note = 2; }'
    const plain = 'syntax = "proto2"; message Order { required int32 id = 1; }'
    expect(await evolve('PROTOBUF', 'BACKWARD', [plain, required])).toEqual(['FAILURE'])
    expect(await evolve('PROTOBUF', 'FORWARD', [plain, required])).toEqual(['AVAILABLE'])
    const other = 'syntax = "proto3"; message Invoice { int32 id = 1; }'
    expect(await evolve('PROTOBUF', 'BACKWARD', [proto('int32 id = 1;'), other])).toEqual(['FAILURE'])
  })
})

describe('a schema', () => {
  const SchemaId = { SchemaArn: 'arn:aws:glue:us-east-1:000000000000:schema/shop/orders' }

  it('has versions that are found by id, number and definition', async () => {
    const created = await glue.send(
      new CreateSchemaCommand({
        RegistryId: { RegistryName: 'shop' },
        SchemaName: 'orders',
        DataFormat: 'AVRO',
        Compatibility: 'BACKWARD',
        SchemaDefinition: avro(id),
      }),
    )
    expect(created).toMatchObject({ ...SchemaId, LatestSchemaVersion: 1, NextSchemaVersion: 2, SchemaCheckpoint: 1 })
    const second = await glue.send(new RegisterSchemaVersionCommand({ SchemaId, SchemaDefinition: avro(id, optional) }))
    expect(second).toMatchObject({ VersionNumber: 2, Status: 'AVAILABLE' })
    // White space alone makes no version.
    const pretty = JSON.stringify(JSON.parse(avro(id, optional)), null, 2)
    const again = await glue.send(new RegisterSchemaVersionCommand({ SchemaId, SchemaDefinition: pretty }))
    expect(again.SchemaVersionId).toBe(second.SchemaVersionId)
    const byId = await glue.send(new GetSchemaVersionCommand({ SchemaVersionId: second.SchemaVersionId }))
    expect(byId).toMatchObject({ VersionNumber: 2, SchemaDefinition: avro(id, optional), DataFormat: 'AVRO' })
    const byText = await glue.send(new GetSchemaByDefinitionCommand({ SchemaId, SchemaDefinition: pretty }))
    expect(byText.SchemaVersionId).toBe(second.SchemaVersionId)
    const { Schemas } = await glue.send(new ListSchemaVersionsCommand({ SchemaId }))
    expect(Schemas!.map(({ VersionNumber }) => VersionNumber)).toEqual([1, 2])
  })

  it('is not led by a version that is not compatible', async () => {
    const refused = await glue.send(new RegisterSchemaVersionCommand({ SchemaId, SchemaDefinition: avro(note) }))
    expect(refused).toMatchObject({ VersionNumber: 3, Status: 'FAILURE' })
    const latest = { SchemaId, SchemaVersionNumber: { LatestVersion: true } }
    expect(await glue.send(new GetSchemaVersionCommand(latest))).toMatchObject({ VersionNumber: 2 })
    expect(await glue.send(new GetSchemaCommand({ SchemaId }))).toMatchObject({
      LatestSchemaVersion: 2,
      NextSchemaVersion: 4,
    })
  })

  it('tells the difference of two versions as a JSON Patch', async () => {
    const { Diff } = await glue.send(
      new GetSchemaVersionsDiffCommand({
        SchemaId,
        FirstSchemaVersionNumber: { VersionNumber: 1 },
        SecondSchemaVersionNumber: { LatestVersion: true },
        SchemaDiffType: 'SYNTAX_DIFF',
      }),
    )
    expect(JSON.parse(Diff!)).toEqual([{ op: 'add', path: '/fields/-', value: optional }])
  })

  it('takes metadata of its versions, the newest value first', async () => {
    const SchemaVersionNumber = { VersionNumber: 1 }
    for (const MetadataValue of ['draft', 'final']) {
      const MetadataKeyValue = { MetadataKey: 'state', MetadataValue }
      await glue.send(new PutSchemaVersionMetadataCommand({ SchemaId, SchemaVersionNumber, MetadataKeyValue }))
      await (gate.engines.clock as unknown as { advance(ms: number): Promise<void> }).advance(1000)
    }
    const all = await glue.send(new QuerySchemaVersionMetadataCommand({ SchemaId, SchemaVersionNumber }))
    expect(all.MetadataInfoMap).toMatchObject({
      state: { MetadataValue: 'final', OtherMetadataValueList: [{ MetadataValue: 'draft' }] },
    })
    const MetadataKeyValue = { MetadataKey: 'state', MetadataValue: 'final' }
    await glue.send(new RemoveSchemaVersionMetadataCommand({ SchemaId, SchemaVersionNumber, MetadataKeyValue }))
    const left = await glue.send(new QuerySchemaVersionMetadataCommand({ SchemaId, SchemaVersionNumber }))
    expect(left.MetadataInfoMap!.state).toMatchObject({ MetadataValue: 'draft' })
  })

  it('moves its checkpoint with its mode, and keeps that version', async () => {
    await glue.send(
      new UpdateSchemaCommand({ SchemaId, SchemaVersionNumber: { VersionNumber: 2 }, Compatibility: 'BACKWARD_ALL' }),
    )
    expect(await glue.send(new GetSchemaCommand({ SchemaId }))).toMatchObject({
      SchemaCheckpoint: 2,
      Compatibility: 'BACKWARD_ALL',
    })
    const { SchemaVersionErrors } = await glue.send(new DeleteSchemaVersionsCommand({ SchemaId, Versions: '1-2' }))
    expect(SchemaVersionErrors).toMatchObject([{ VersionNumber: 2 }])
    const all = new DeleteSchemaVersionsCommand({ SchemaId, Versions: '1-999999' })
    await expect(glue.send(all)).rejects.toThrow(/At most 25/)
    const { Schemas } = await glue.send(new ListSchemaVersionsCommand({ SchemaId }))
    expect(Schemas!.map(({ VersionNumber }) => VersionNumber)).toEqual([2, 3])
  })

  it('is made in the default registry where none is named', async () => {
    await glue.send(new CreateSchemaCommand({ SchemaName: 'loose', DataFormat: 'JSON', SchemaDefinition: '{}' }))
    const { Schemas } = await glue.send(new ListSchemasCommand({ RegistryId: { RegistryName: 'default-registry' } }))
    expect(Schemas).toMatchObject([{ SchemaName: 'loose', RegistryName: 'default-registry' }])
  })

  it('is checked by the grammar of its format', async () => {
    const check = async (DataFormat: DataFormat, SchemaDefinition: string) =>
      glue.send(new CheckSchemaVersionValidityCommand({ DataFormat, SchemaDefinition }))
    expect(await check('AVRO', avro(id))).toMatchObject({ Valid: true })
    expect(await check('AVRO', avro({ name: 'x', type: 'nothing' }))).toMatchObject({
      Valid: false,
      Error: expect.stringContaining('"nothing" is not defined'),
    })
    expect(await check('AVRO', avro({ ...id, default: 'x' }))).toMatchObject({ Valid: false })
    expect(await check('JSON', '{"type": "text"}')).toMatchObject({ Valid: false })
    expect(await check('JSON', '{"$ref": "#/definitions/x"}')).toMatchObject({ Valid: false })
    expect(await check('PROTOBUF', 'syntax = "proto3"; message A { int32 a = 1; }')).toMatchObject({ Valid: true })
    expect(await check('PROTOBUF', 'message A { int32 a = ; }')).toMatchObject({ Valid: false })
    const broken = { SchemaName: 'broken', DataFormat: 'AVRO' as const, SchemaDefinition: '{' }
    await expect(glue.send(new CreateSchemaCommand(broken))).rejects.toMatchObject({ name: 'InvalidInputException' })
  })
})
