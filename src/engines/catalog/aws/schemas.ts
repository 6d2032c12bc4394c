import {
  CreateSchema$,
  type CreateSchemaInput,
  type CreateSchemaResponse,
  DeleteSchema$,
  type DeleteSchemaInput,
  type DeleteSchemaResponse,
  GetSchema$,
  type GetSchemaInput,
  type GetSchemaResponse,
  ListSchemas$,
  type ListSchemasInput,
  type ListSchemasResponse,
  UpdateSchema$,
  type UpdateSchemaInput,
  type UpdateSchemaResponse,
} from '@aws-sdk/client-glue'
import { page } from '../../kit/node/aws/glue.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { RegisteredSchema } from '../contract.ts'
import { invalid } from '../model.ts'
import { operation, paged, type Reach } from './common.ts'
import {
  COMPATIBILITY,
  DATA_FORMAT,
  DEFAULT_REGISTRY,
  isoTime,
  numbered,
  registryArn,
  registryOf,
  SCHEMA_NAME,
  schemaArn,
  schemaOf,
} from './schema-place.ts'
import { forgetTags, keepTags } from './tags.ts'

const toGlue = (schema: RegisteredSchema, region: string) => ({
  RegistryName: schema.registry,
  RegistryArn: registryArn(schema.registry, region),
  SchemaName: schema.name,
  SchemaArn: schemaArn(schema.registry, schema.name, region),
  Description: schema.description,
  DataFormat: schema.format,
  Compatibility: schema.compatibility,
  SchemaCheckpoint: schema.checkpoint,
  LatestSchemaVersion: schema.latestVersion,
  NextSchemaVersion: schema.nextVersion,
  SchemaStatus: 'AVAILABLE' as const,
})

/** The default registry comes to be with its first schema. */
async function requireRegistry(registry: string, { clients }: Reach): Promise<void> {
  if (registry !== DEFAULT_REGISTRY) return
  await clients.catalog.createRegistry({ registry }).catch((thrown) => {
    if (EngineError.from(thrown).code !== 'AlreadyExistsException') throw thrown
  })
}

export const CreateSchema = operation<CreateSchemaInput, CreateSchemaResponse>({
  schema: CreateSchema$,
  constraints: {
    SchemaName: SCHEMA_NAME,
    DataFormat: DATA_FORMAT,
    Compatibility: COMPATIBILITY,
    Description: { length: [0, 2048] },
    SchemaDefinition: { length: [1, 170_000] },
    Tags: { length: [0, 50] },
  },
  async run(input, context) {
    const registry = registryOf(input.RegistryId)
    await requireRegistry(registry, context)
    const { catalog } = context.clients
    const created = await catalog.createSchema({
      registry,
      schema: input.SchemaName!,
      format: input.DataFormat!,
      compatibility: input.Compatibility ?? 'NONE',
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.SchemaDefinition !== undefined && { definition: input.SchemaDefinition }),
    })
    const answer = toGlue(created, context.region)
    await keepTags(answer.SchemaArn, input.Tags, context)
    const [first] = await catalog.listSchemaVersions({ registry, schema: created.name })
    return {
      ...answer,
      ...(first && { SchemaVersionId: first.versionId, SchemaVersionStatus: first.status }),
      Tags: input.Tags,
    }
  },
})

export const GetSchema = operation<GetSchemaInput, GetSchemaResponse>({
  schema: GetSchema$,
  async run({ SchemaId }, { clients, region }) {
    const schema = await clients.catalog.getSchema(schemaOf(SchemaId!))
    return {
      ...toGlue(schema, region),
      CreatedTime: isoTime(schema.createdMs),
      UpdatedTime: isoTime(schema.updatedMs),
    }
  },
})

export const ListSchemas = operation<ListSchemasInput, ListSchemasResponse>({
  schema: ListSchemas$,
  constraints: paged,
  async run({ RegistryId, NextToken, MaxResults }, { clients, region }) {
    const all = await clients.catalog.listSchemas(RegistryId ? { registry: registryOf(RegistryId) } : {})
    const { items, ...next } = page(all, NextToken, MaxResults)
    return {
      Schemas: items.map((schema) => ({
        RegistryName: schema.registry,
        SchemaName: schema.name,
        SchemaArn: schemaArn(schema.registry, schema.name, region),
        Description: schema.description,
        SchemaStatus: 'AVAILABLE',
        CreatedTime: isoTime(schema.createdMs),
        UpdatedTime: isoTime(schema.updatedMs),
      })),
      ...next,
    }
  },
})

export const UpdateSchema = operation<UpdateSchemaInput, UpdateSchemaResponse>({
  schema: UpdateSchema$,
  constraints: { Compatibility: COMPATIBILITY, Description: { length: [0, 2048] } },
  async run({ SchemaId, SchemaVersionNumber, Compatibility, Description }, { clients, region }) {
    const place = schemaOf(SchemaId!)
    if (Compatibility === undefined && SchemaVersionNumber === undefined && Description === undefined)
      throw invalid('Compatibility, SchemaVersionNumber or Description is needed.')
    // A new mode holds from a version on: "VersionNumber is required" (AWS Glue API, UpdateSchema).
    if (Compatibility !== undefined && SchemaVersionNumber === undefined)
      throw invalid('SchemaVersionNumber is needed to change the compatibility: it is the new checkpoint.')
    const checkpoint =
      SchemaVersionNumber &&
      numbered(await clients.catalog.listSchemaVersions(place), SchemaVersionNumber, place.schema).version
    await clients.catalog.updateSchema({
      ...place,
      ...(Compatibility !== undefined && { compatibility: Compatibility }),
      ...(Description !== undefined && { description: Description }),
      ...(checkpoint !== undefined && { checkpoint }),
    })
    return {
      SchemaArn: schemaArn(place.registry, place.schema, region),
      SchemaName: place.schema,
      RegistryName: place.registry,
    }
  },
})

export const DeleteSchema = operation<DeleteSchemaInput, DeleteSchemaResponse>({
  schema: DeleteSchema$,
  async run({ SchemaId }, context) {
    const place = schemaOf(SchemaId!)
    const SchemaArn = schemaArn(place.registry, place.schema, context.region)
    await context.clients.catalog.deleteSchema(place)
    await forgetTags(SchemaArn, context)
    return { SchemaArn, SchemaName: place.schema, Status: 'DELETING' }
  },
})
